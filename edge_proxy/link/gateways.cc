#include "edge_proxy/link/gateways.h"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/link/hello.h"
#include "common/link/hub.h"
#include "common/link/rendezvous.h"
#include "common/link/ticker.h"
#include "common/rpc/credentials.h"
#include "common/rpc/log_bridge.h"
#include "common/rpc/settings.h"
#include "edge_proxy/link/configuration.h"
#include "edge_proxy/link/gateway_line.h"
#include "edge_proxy/link/service.h"

namespace causeway::edge::link {
namespace {

using namespace std::chrono_literals;
using causeway::link::Clock;
using causeway::link::Entry;
using causeway::link::Hub;
using causeway::link::Outcome;

constexpr auto kTick = 100ms;
constexpr auto kSettling = 1000ms;  // what gateways have when the edge stops
constexpr auto kGoodbye = 500ms;    // for a farewell to be written

Hub::Settings hub_settings(const config::Link& settings, std::function<void()> hurry) {
  Hub::Settings hub;
  hub.name = causeway::link::own_name(settings.name);
  hub.software = causeway::link::software("edge_proxy");
  hub.credit = settings.credit;
  hub.grace = settings.resume_grace;
  hub.queue_bytes = settings.queue_bytes;
  hub.hurry = std::move(hurry);
  return hub;
}

// All that is sent to one user goes through one gateway, in order; but an error goes to the life
// that waits for it.
std::uint64_t key_of(const v1::Stanza& stanza) {
  if (stanza.has_error()) {
    if (const auto life = causeway::link::life_in(stanza.id()); !life.empty())
      return causeway::link::stable_hash(life);
  }
  return causeway::link::stable_hash(stanza.to().local(), stanza.to().domain());
}

// What was refused is news to the edge; whoever takes a stanza answers for it. Either way the peer
// that sent it, if it waits to be told, need not send it again.
void report(std::vector<Outcome> outcomes,
            const std::function<void(v1::Stanza, v1::StanzaError)>& returned) {
  for (Outcome& outcome : outcomes) {
    if (outcome.refusal) returned(*outcome.entry.stanza, *std::move(outcome.refusal));
    if (outcome.entry.settled) outcome.entry.settled(std::nullopt);
  }
}

Hub::Handlers hub_handlers(Gateways::Handlers handlers) {
  Hub::Handlers hub;
  hub.deliver = std::move(handlers.deliver);
  hub.settled = [returned = std::move(handlers.returned)](std::vector<Outcome> outcomes) {
    report(std::move(outcomes), returned);
  };
  return hub;
}

}  // namespace

class Gateways::Impl {
 public:
  Impl(const config::Link& settings, Handlers handlers)
      : settings_(settings),
        configuration_(std::move(handlers.configure)),
        hub_(std::make_shared<Hub>(hub_settings(settings, [this] { ticker_.hurry(); }),
                                   hub_handlers(std::move(handlers)))),
        service_(*hub_, configuration_, settings.allowed_gateways) {}

  absl::Status start();
  void stop();
  int port() const { return port_; }
  Hub& hub() { return *hub_; }
  std::size_t queue_bytes() const { return settings_.queue_bytes; }
  std::uint64_t snapshot() const { return configuration_.version_in_force(); }
  Entry make_entry(v1::Stanza stanza) const;

 private:
  const config::Link settings_;
  Configuration configuration_;
  const std::shared_ptr<Hub> hub_;
  Service service_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  bool stopped_ = false;
  causeway::link::Ticker ticker_;
};

absl::Status Gateways::Impl::start() {
  rpc::bridge_log();
  const auto identity = rpc::read_identity(settings_.certificate, settings_.private_key,
                                           settings_.certificate_authority);
  if (!identity.ok()) return identity.status();
  grpc::ServerBuilder builder;
  rpc::apply(builder);
  builder.AddListeningPort(settings_.listen, rpc::server_credentials(*identity), &port_);
  builder.RegisterService(&service_);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0)
    return absl::UnavailableError(absl::StrCat("cannot listen on ", settings_.listen,
                                               " with the certificate ", settings_.certificate,
                                               ": the lines grpc.error of this log say why"));
  ticker_.start(
      kTick, [this] { hub_->tick(); }, [this] { hub_->acknowledge(); });
  return absl::OkStatus();
}

void Gateways::Impl::stop() {
  if (std::exchange(stopped_, true)) return;
  service_.close();
  hub_->settle_within(kSettling);
  hub_->say_farewell("the edge is stopping");
  hub_->wait_until_empty(kGoodbye);
  ticker_.stop();
  if (server_ != nullptr) {
    server_->Shutdown(std::chrono::system_clock::now());  // cuts those that have not gone
    server_->Wait();
  }
  hub_->close();
}

Entry Gateways::Impl::make_entry(v1::Stanza stanza) const {
  Entry entry;
  if (stanza.patience_ms() == 0)
    stanza.set_patience_ms(
        static_cast<std::uint32_t>(std::chrono::milliseconds(settings_.patience).count()));
  entry.deadline = Clock::now() + std::chrono::milliseconds(stanza.patience_ms());
  entry.key = key_of(stanza);
  entry.bytes = static_cast<std::uint32_t>(stanza.ByteSizeLong());
  entry.stanza = std::make_shared<v1::Stanza>(std::move(stanza));
  return entry;
}

Gateways::Gateways(const config::Link& settings, Handlers handlers)
    : impl_(std::make_unique<Impl>(settings, std::move(handlers))) {}

Gateways::~Gateways() { stop(); }

absl::Status Gateways::start() { return impl_->start(); }
void Gateways::stop() { impl_->stop(); }
int Gateways::port() const { return impl_->port(); }
bool Gateways::congested() const { return impl_->hub().congested(); }

void Gateways::submit(v1::Stanza stanza) {
  impl_->hub().submit(impl_->make_entry(std::move(stanza)));
}

void Gateways::submit(std::vector<causeway::link::Delivery> deliveries) {
  std::vector<Entry> entries;
  entries.reserve(deliveries.size());
  for (causeway::link::Delivery& delivery : deliveries) {
    entries.push_back(impl_->make_entry(std::move(delivery.stanza)));
    if (!delivery.receipt.owed()) continue;
    entries.back().settled = [receipt = std::move(delivery.receipt)](auto) mutable {
      receipt.taken();
    };
  }
  impl_->hub().submit(std::move(entries));
}

std::vector<Hub::Attached> Gateways::attached() const { return impl_->hub().attached(); }
std::uint64_t Gateways::snapshot() const { return impl_->snapshot(); }
std::size_t Gateways::queued_bytes() const { return impl_->hub().bytes(); }
std::size_t Gateways::queue_bytes() const { return impl_->queue_bytes(); }

void Gateways::report(v1::StreamEvent event) {
  impl_->hub().tell_all(
      [&](causeway::link::Line& line) { static_cast<GatewayLine&>(line).add(event); });
}

}  // namespace causeway::edge::link
