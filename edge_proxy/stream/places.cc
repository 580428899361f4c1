#include "edge_proxy/stream/places.h"

#include <algorithm>
#include <asio/error.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/system_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <exception>
#include <random>
#include <utility>

#include "edge_proxy/async/task_group.h"
#include "edge_proxy/async/within.h"
#include "edge_proxy/stream/cat.h"

namespace causeway::edge::stream {
namespace {

using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

std::uint32_t draw(std::uint32_t most) {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_int_distribution<std::uint32_t>(0, most)(generator);
}

std::string to_words(const tcp::endpoint& place) {
  const std::string address = place.address().to_string();
  return place.address().is_v6() ? cat("[", address, "]:", place.port())
                                 : cat(address, ":", place.port());
}

// Addresses that no server can have; 0.0.0.0 would be this host.
bool is_of_no_host(const asio::ip::address& address) {
  return address.is_unspecified() || address.is_multicast() ||
         address == asio::ip::address(asio::ip::address_v4::broadcast());
}

std::string failure_words(const std::error_code& error) {
  if (error == asio::error::connection_refused) return " refused";
  return cat(": ", error.message());
}

}  // namespace

// One run of the race: from the first question or attempt that is under way to the last.
struct Places::Heat {
  explicit Heat(const asio::any_io_executor& executor)
      : news(executor, asio::steady_timer::time_point::max()), tasks(executor) {}

  std::optional<Place> won;
  asio::steady_timer news;  // its cancellation is the news
  async::TaskGroup tasks;
};

Places::Places(dns::Resolver& resolver, address::Domain domain, SearchOptions options, Steps& steps)
    : resolver_(resolver),
      domain_(std::move(domain)),
      options_(std::move(options)),
      steps_(steps) {}

asio::awaitable<std::optional<Place>> Places::next() {
  if (!searched_) co_await look();
  while (race_ || begin_group()) {
    std::optional<Place> place = co_await race();
    if (place) co_return place;
    race_.reset();
  }
  if (seen_.empty()) throw dns::LookupError(failure_, why_);
  co_return std::nullopt;
}

// --- Where to look ---

asio::awaitable<void> Places::look() {
  searched_ = true;
  const std::function<std::uint32_t(std::uint32_t)> dice = draw;
  Search found = co_await search(resolver_, domain_, options_, dice);
  steps_.note(found.words);
  why_ = found.targets.empty() ? std::move(found.words) : "no address was found";
  failure_ = found.failure.value_or(dns::Failure::not_found);
  targets_ = std::move(found.targets);
}

// The targets of the next priority.
bool Places::begin_group() {
  if (begun_ == targets_.size()) return false;
  const auto first = targets_.begin() + static_cast<std::ptrdiff_t>(begun_);
  const auto end = std::find_if(first, targets_.end(), [&](const Target& target) {
    return target.priority != first->priority;
  });
  group_.assign(first, end);
  begun_ += group_.size();
  const config::Limits& limits = options_.limits;
  race_.emplace(group_.size(), Race::Limits{.attempt_delay = limits.connect_attempt_delay,
                                            .resolution_delay = limits.connect_resolution_delay,
                                            .attempts = limits.connect_attempts});
  return true;
}

// --- The race ---

// However it ends, nothing of it is under way any longer.
asio::awaitable<std::optional<Place>> Places::race() {
  Heat heat(co_await asio::this_coro::executor);
  std::exception_ptr fault;
  try {
    co_await run(heat);
  } catch (...) {
    fault = std::current_exception();
  }
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await heat.tasks.stop();
  co_await asio::this_coro::throw_if_cancelled(true);
  if (fault) std::rethrow_exception(fault);
  co_return std::move(heat.won);
}

asio::awaitable<void> Places::run(Heat& heat) {
  for (std::size_t target = 0; target < group_.size(); ++target) {
    for (const Race::Family family : {Race::Family::ipv6, Race::Family::ipv4}) {
      if (race_->is_resolved(target, family)) continue;
      heat.tasks.spawn(resolve(heat, target, family));
    }
  }
  std::error_code woken;
  while (!heat.won && !race_->over()) {
    while (const std::optional<Race::Attempt> next = race_->next(Clock::now())) {
      heat.tasks.spawn(attempt(heat, *next));
    }
    heat.news.expires_at(race_->wake());
    co_await heat.news.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
}

asio::awaitable<void> Places::resolve(Heat& heat, std::size_t target, Race::Family family) {
  const Target& host = group_[target];
  const dns::Type type = family == Race::Family::ipv6 ? dns::Type::aaaa : dns::Type::a;
  const dns::Known answer = co_await resolver_.look_up(host.host, type);
  if (answer->failure == dns::Failure::failed) {
    failure_ = dns::Failure::failed;
    steps_.note(cat("address of ", answer->words));
  }
  const std::vector<asio::ip::address> found = worth_trying(host, answer->addresses);
  race_->resolved(target, family, found, Clock::now());
  heat.news.cancel();
}

// One place is tried once, in whatever records it is found.
std::vector<asio::ip::address> Places::worth_trying(const Target& target,
                                                    const std::vector<asio::ip::address>& found) {
  std::vector<asio::ip::address> worth;
  for (const asio::ip::address& address : found) {
    const std::pair place(tcp::endpoint(address, target.port), target.direct_tls);
    if (is_of_no_host(address)) {
      steps_.note(cat(target.host, ": ", address.to_string(), " is no host's address"));
      continue;
    }
    if (std::find(seen_.begin(), seen_.end(), place) != seen_.end()) continue;
    if (seen_.size() == options_.limits.connect_addresses) break;
    seen_.push_back(place);
    worth.push_back(address);
  }
  return worth;
}

asio::awaitable<void> Places::attempt(Heat& heat, Race::Attempt attempt) {
  const Target& target = group_[attempt.target];
  const tcp::endpoint place(attempt.address, target.port);
  const Clock::time_point begun = Clock::now();
  tcp::socket socket(co_await asio::this_coro::executor);
  std::error_code failed;
  try {
    co_await async::within(options_.limits.connect,
                           socket.async_connect(place, asio::use_awaitable));
  } catch (const async::TimedOut&) {
    failed = asio::error::timed_out;
  } catch (const asio::system_error& error) {
    failed = error.code();
  }
  if (heat.won || failed == asio::error::operation_aborted) {
    race_->gave_way(attempt);
    co_return;
  }
  if (failed) {
    race_->failed(attempt, Clock::now());
    steps_.note(failed == asio::error::timed_out ? cat(to_words(place), " did not answer")
                                                 : cat(to_words(place), failure_words(failed)));
  } else {
    race_->won(attempt);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
    steps_.note(cat(to_words(place), " connected in ", took.count(), " ms"));
    heat.won.emplace(Place{std::move(socket), target.direct_tls, to_words(place)});
  }
  heat.news.cancel();
}

}  // namespace causeway::edge::stream
