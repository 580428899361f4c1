#include "frontend_gateway/link/edges.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>

#include "common/link/hello.h"
#include "common/link/hub.h"
#include "common/link/rendezvous.h"
#include "common/link/ticker.h"
#include "common/rpc/log_bridge.h"
#include "frontend_gateway/link/dialer.h"
#include "frontend_gateway/link/edge_line.h"

namespace causeway::gateway::link {
namespace {

using namespace std::chrono_literals;
using causeway::link::Clock;
using causeway::link::Delivery;
using causeway::link::Entry;
using causeway::link::Hub;
using causeway::link::Outcome;

constexpr auto kTick = 100ms;
constexpr auto kSettling = 1000ms;             // what edges have when the gateway stops
constexpr auto kGoodbye = 500ms;               // for farewells to be answered
constexpr auto kPatience = 25000ms;            // of a stanza that names none; below Timer F of SIP
constexpr std::size_t kQueueBytes = 64 << 20;  // waiting for edges, in all

Hub::Settings hub_settings(const config::Link& settings, std::function<void()> hurry) {
  Hub::Settings hub;
  hub.name = causeway::link::own_name(settings.name);
  hub.software = causeway::link::software("frontend_gateway");
  hub.credit = settings.credit;
  hub.grace = settings.resume_grace;
  hub.queue_bytes = kQueueBytes;
  hub.hurry = std::move(hurry);
  return hub;
}

// std::function wants what it holds to be copied; deliveries and outcomes cannot be.
template <typename Batch, typename Use>
void run_on(const Edges::Executor& executor, Batch batch, Use use) {
  executor([batch = std::make_shared<Batch>(std::move(batch)), use = std::move(use)] {
    use(std::move(*batch));
  });
}

void tell_senders(std::vector<Outcome> outcomes) {
  for (Outcome& outcome : outcomes)
    if (outcome.entry.settled) outcome.entry.settled(std::move(outcome.refusal));
}

Hub::Handlers hub_handlers(const Edges::Executor& executor, const Edges::Handlers& handlers) {
  Hub::Handlers hub;
  hub.deliver = [executor, deliver = handlers.deliver](std::vector<Delivery> deliveries) {
    run_on(executor, std::move(deliveries), deliver);
  };
  hub.settled = [executor](std::vector<Outcome> outcomes) {
    for (Outcome& outcome : outcomes) outcome.entry.stanza.reset();  // not on the executor's time
    run_on(executor, std::move(outcomes), tell_senders);
  };
  return hub;
}

Entry make_entry(v1::Stanza stanza, Edges::Settled settled) {
  const auto patience = std::chrono::milliseconds(stanza.patience_ms());
  Entry entry;
  entry.settled = std::move(settled);
  entry.deadline = Clock::now() + (patience > 0ms ? patience : kPatience);
  entry.key = causeway::link::stable_hash(stanza.from().domain(), stanza.to().domain());
  entry.bytes = static_cast<std::uint32_t>(stanza.ByteSizeLong());
  entry.stanza = std::make_shared<v1::Stanza>(std::move(stanza));
  return entry;
}

}  // namespace

class Edges::Impl {
 public:
  Impl(const config::Config& config, Executor executor, Handlers handlers);

  void start();
  const std::string& instance() const { return hub_->instance(); }
  void stop();
  void configure(v1::Snapshot snapshot);
  Hub& hub() { return *hub_; }
  std::size_t attached() const;
  std::vector<std::pair<std::string, std::string>> failures() const;

 private:
  std::shared_ptr<const v1::Snapshot> snapshot() const;

  const config::Config config_;
  const std::shared_ptr<Hub> hub_;
  mutable std::mutex mutex_;
  std::shared_ptr<const v1::Snapshot> snapshot_;  // guarded by mutex_
  std::vector<std::unique_ptr<Dialer>> dialers_;
  bool stopped_ = false;
  causeway::link::Ticker ticker_;
};

Edges::Impl::Impl(const config::Config& config, Executor executor, Handlers handlers)
    : config_(config),
      hub_(std::make_shared<Hub>(hub_settings(config.link, [this] { ticker_.hurry(); }),
                                 hub_handlers(executor, handlers))) {
  const auto events = [executor,
                       handle = handlers.stream_event](std::vector<v1::StreamEvent> batch) {
    run_on(executor, std::move(batch), [handle](const std::vector<v1::StreamEvent>& batch) {
      for (const v1::StreamEvent& event : batch) handle(event);
    });
  };
  for (const config::Edge& edge : config_.edges)
    dialers_.push_back(std::make_unique<Dialer>(
        hub_, edge, config_.link, [this] { return snapshot(); }, events));
}

void Edges::Impl::start() {
  rpc::bridge_log();
  const auto tick = [this] {
    hub_->tick();
    for (const auto& dialer : dialers_) dialer->tick(Clock::now());
  };
  ticker_.start(kTick, tick, [this] { hub_->acknowledge(); });
}

void Edges::Impl::stop() {
  if (std::exchange(stopped_, true)) return;
  for (const auto& dialer : dialers_) dialer->stop();
  hub_->settle_within(kSettling);
  ticker_.stop();
  hub_->say_farewell("the gateway is stopping");
  hub_->wait_until_empty(kGoodbye);
  hub_->cut_all("the gateway is stopping");
  for (const auto& dialer : dialers_) dialer->wait_until_gone();
  hub_->close();
}

void Edges::Impl::configure(v1::Snapshot snapshot) {
  const auto shared = std::make_shared<const v1::Snapshot>(std::move(snapshot));
  {
    const std::lock_guard lock(mutex_);
    snapshot_ = shared;
  }
  hub_->tell_all(
      [&](causeway::link::Line& line) { static_cast<EdgeLine&>(line).set_snapshot(shared); });
}

std::shared_ptr<const v1::Snapshot> Edges::Impl::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

std::size_t Edges::Impl::attached() const {
  return static_cast<std::size_t>(std::count_if(
      dialers_.begin(), dialers_.end(), [](const auto& dialer) { return dialer->is_attached(); }));
}

std::vector<std::pair<std::string, std::string>> Edges::Impl::failures() const {
  std::vector<std::pair<std::string, std::string>> failures;
  for (std::size_t i = 0; i < dialers_.size(); ++i)
    if (std::string reason = dialers_[i]->last_failure(); !reason.empty())
      failures.emplace_back(config_.edges[i].name, std::move(reason));
  return failures;
}

Edges::Edges(const config::Config& config, Executor executor, Handlers handlers)
    : impl_(std::make_unique<Impl>(config, std::move(executor), std::move(handlers))) {}

Edges::~Edges() { stop(); }

const std::string& Edges::instance() const { return impl_->instance(); }
void Edges::start() { impl_->start(); }
void Edges::stop() { impl_->stop(); }
void Edges::configure(v1::Snapshot snapshot) { impl_->configure(std::move(snapshot)); }

void Edges::submit(v1::Stanza stanza, Settled settled) {
  impl_->hub().submit(make_entry(std::move(stanza), std::move(settled)));
}

std::size_t Edges::attached() const { return impl_->attached(); }
std::vector<std::pair<std::string, std::string>> Edges::failures() const {
  return impl_->failures();
}

}  // namespace causeway::gateway::link
