#include "edge_proxy/s2s/peers.h"

#include <algorithm>

#include "absl/cleanup/cleanup.h"
#include "absl/status/statusor.h"
#include "edge_proxy/stream/whereabouts.h"

namespace causeway::edge::s2s {

Peers::Peers(Environment& environment, asio::any_io_executor executor)
    : environment_(environment), tasks_(std::move(executor)) {}

void Peers::send(std::vector<causeway::link::Delivery> deliveries) {
  std::vector<Route*> touched;
  for (causeway::link::Delivery& delivery : deliveries) {
    Route* const way = route(delivery.stanza.from().domain(), delivery.stanza.to().domain());
    if (way == nullptr) {
      refuse(delivery, {v1::POLICY_VIOLATION, "not an allowed partner"}, &environment_.tally);
      continue;
    }
    way->send(std::move(delivery));
    if (std::find(touched.begin(), touched.end(), way) == touched.end()) touched.push_back(way);
  }
  // Only now, so that one write takes all of the batch.
  for (Route* const way : touched) {
    way->flush();
    look_again(*way);
  }
}

Route* Peers::route(std::string_view local, std::string_view remote) {
  const PairView pair(local, remote);
  if (const auto found = routes_.find(pair); found != routes_.end()) return found->second.get();
  const Directory& directory = *environment_.directory;
  if (!directory.hosts(local) || directory.partner(remote) == nullptr) return nullptr;
  absl::StatusOr<address::Domain> ours = address::Domain::parse(local);
  absl::StatusOr<address::Domain> theirs = address::Domain::parse(remote);
  if (!ours.ok() || !theirs.ok()) return nullptr;
  auto way = std::make_unique<Route>(environment_, *std::move(ours), *std::move(theirs),
                                     [this](Route& each) { tasks_.spawn(call(each)); });
  return routes_.emplace(Pair(pair), std::move(way)).first->second.get();
}

asio::awaitable<void> Peers::call(Route& route) {
  route.hold();
  const absl::Cleanup let_go = [&] { route.let_go(); };
  absl::Cleanup called = [&] { route.called(); };
  const bool shared = co_await share(route);
  if (shared || route.is_carried()) co_return;  // or by a stream of the peer's
  const auto call = std::make_shared<Call>(environment_, tasks_, route);
  calls_.push_back(call);
  const absl::Cleanup ended = [&] { std::erase(calls_, call); };
  const bool established = co_await call->establish();
  if (established) {
    call->begin();
    std::move(called).Invoke();  // another may be made while this one says goodbye
    co_await call->serve();
  }
  look_again(route);  // where it is that cannot be reached
}

// Over a stream to the same partner that is up already; all of them together have the time of one
// dialback.
asio::awaitable<bool> Peers::share(Route& route) {
  const auto deadline = std::chrono::steady_clock::now() + environment_.limits.dialback;
  const std::vector<std::shared_ptr<Call>> calls = calls_;
  for (const auto& call : calls) {
    if (std::chrono::steady_clock::now() >= deadline) break;
    if (!call->may_take(route)) continue;
    const bool taken = co_await call->take(route, deadline);
    if (taken) co_return true;
  }
  co_return false;
}

// --- In the pause after a failure ---

void Peers::look_again(Route& route) {
  if (!route.may_have_moved(std::chrono::steady_clock::now())) return;
  route.look();
  tasks_.spawn(look(route));
}

asio::awaitable<void> Peers::look(Route& route) {
  absl::Cleanup given_up = [&] { route.given_up_looking(); };
  const Partner* const partner = environment_.directory->partner(route.remote().unicode());
  if (partner == nullptr) co_return;
  stream::SearchOptions options{.proxy = partner->proxy,
                                .direct_tls = partner->tls_supported(),
                                .limits = environment_.limits};
  const stream::Whereabouts now =
      co_await stream::find_whereabouts(environment_.resolver, route.remote(), std::move(options));
  std::move(given_up).Cancel();
  route.found(now);
}

void Peers::configure() {
  for (auto& entry : routes_) entry.second->configure();
  for (const auto& call : calls_) call->configure();
}

void Peers::heard_from(std::string_view remote) {
  for (auto& entry : routes_) {
    if (entry.first.second == remote) entry.second->heard_from();
  }
}

void Peers::close(std::string_view remote) {
  for (const auto& call : calls_) call->close(remote);
}

void Peers::tick(std::chrono::steady_clock::time_point now) {
  std::size_t queued = 0;
  for (auto& entry : routes_) {
    entry.second->tick(now);
    queued += entry.second->queue().size();
  }
  environment_.tally.queued.set(queued);
  for (const auto& call : calls_) call->tick(now);
  absl::erase_if(routes_, [&](const auto& entry) { return entry.second->idle(now); });
}

void Peers::stop() {
  for (auto& entry : routes_) entry.second->stop();
  for (const auto& call : calls_) call->stop();
}

bool Peers::serving() const {
  return std::any_of(calls_.begin(), calls_.end(),
                     [](const auto& call) { return call->serving(); });
}

}  // namespace causeway::edge::s2s
