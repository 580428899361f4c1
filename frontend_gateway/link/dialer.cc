#include "frontend_gateway/link/dialer.h"

#include <grpcpp/create_channel.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "common/rpc/credentials.h"
#include "common/rpc/log_bridge.h"
#include "common/rpc/settings.h"

namespace causeway::gateway::link {
namespace {

constexpr char kPort[] = ":23456";

// "10.0.0.1", "[::1]:23456", "edge.contoso.example": the port may be left out.
std::string with_port(const std::string& address) {
  const auto colon = address.rfind(':');
  const auto bracket = address.rfind(']');
  const bool has_port = colon != address.npos && (bracket == address.npos || colon > bracket);
  return has_port ? address : absl::StrCat(address, kPort);
}

}  // namespace

Dialer::Dialer(std::shared_ptr<causeway::link::Hub> hub, const config::Edge& edge,
               const config::Link& settings,
               std::function<std::shared_ptr<const v1::Snapshot>()> snapshot,
               std::function<void(std::vector<v1::StreamEvent>)> stream_events)
    : hub_(std::move(hub)),
      name_(edge.name),
      address_(with_port(edge.address)),
      settings_(settings),
      snapshot_(std::move(snapshot)),
      stream_events_(std::move(stream_events)),
      pause_(settings.reconnect_least),
      random_(std::random_device{}()) {}

void Dialer::tick(causeway::link::Clock::time_point now) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_ || busy_ || now < next_) return;
    busy_ = true;
  }
  line_.reset();
  dial();
}

void Dialer::dial() {
  const auto identity = rpc::read_identity(settings_.certificate, settings_.private_key,
                                           settings_.certificate_authority);
  if (!identity.ok()) return gone(std::string(identity.status().message()));
  grpc::ChannelArguments arguments;
  rpc::apply(arguments);
  arguments.SetSslTargetNameOverride(name_);  // what the handshake asks for
  auto channel =
      grpc::CreateCustomChannel(address_, rpc::channel_credentials(*identity), arguments);
  std::string last_life;
  {
    const std::lock_guard lock(mutex_);
    last_life = peer_instance_;
  }
  EdgeLine::Owner owner;
  owner.attached = [this](const v1::Hello& theirs, const std::string& address) {
    attached(theirs, address);
  };
  owner.snapshot = snapshot_;
  owner.stream_events = stream_events_;
  owner.gone = [this](const std::string& reason) { gone(reason); };
  line_ = std::make_unique<EdgeLine>(hub_, std::move(channel), name_, hub_->hello(last_life),
                                     std::move(owner));
  line_->start();
}

void Dialer::attached(const v1::Hello& theirs, const std::string& address) {
  log::info("link.attached", "An edge is attached.",
            {{"edge", name_},
             {"name", theirs.name()},
             {"instance", theirs.instance()},
             {"software", theirs.software()},
             {"address", address}});
  const std::lock_guard lock(mutex_);
  attached_ = true;
  peer_instance_ = theirs.instance();
  last_failure_.clear();
  pause_ = settings_.reconnect_least;
}

void Dialer::gone(const std::string& reason) {
  const std::lock_guard lock(mutex_);
  busy_ = false;
  changed_.notify_all();  // under the lock: who waits may destroy this then
  if (std::exchange(attached_, false))
    log::info("link.detached", "An edge has gone.", {{"edge", name_}, {"reason", reason}});
  else
    note_failure(rpc::explain_hang_up(reason));
  back_off();
}

// A reason is logged when it comes up, not at each attempt that it spoils.
void Dialer::note_failure(const std::string& reason) {
  if (stopped_ || reason == last_failure_) return;
  last_failure_ = reason;
  log::warning("link.failed", "An edge cannot be reached; trying again.",
               {{"edge", name_}, {"address", address_}, {"reason", reason}});
}

void Dialer::back_off() {
  const double jitter = std::uniform_real_distribution<double>(0.75, 1.25)(random_);
  next_ = causeway::link::Clock::now() +
          std::chrono::duration_cast<std::chrono::milliseconds>(pause_ * jitter);
  pause_ = std::min(2 * pause_, settings_.reconnect_most);
}

void Dialer::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
}

void Dialer::wait_until_gone() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !busy_; });
}

bool Dialer::is_attached() const {
  const std::lock_guard lock(mutex_);
  return attached_;
}

std::string Dialer::last_failure() const {
  const std::lock_guard lock(mutex_);
  return last_failure_;
}

}  // namespace causeway::gateway::link
