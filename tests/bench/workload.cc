#include "tests/bench/workload.h"

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include "absl/strings/str_cat.h"

namespace causeway::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kBurst = 64;  // messages in one write
constexpr auto kTick = 500us;
constexpr auto kSilence = 30s;

// Says how many messages may be sent now.
class Pace {
 public:
  Pace(const Load& load, const Ledger& ledger)
      : load_(load), ledger_(ledger), begin_(Clock::now()) {}

  std::uint64_t allowance() const {
    const std::uint64_t left = load_.messages - ledger_.sent();
    const std::uint64_t room = load_.window - std::min(load_.window, ledger_.under_way());
    return std::min({left, room, kBurst, due()});
  }
  bool finished() const { return ledger_.sent() == load_.messages; }
  Clock::time_point begin() const { return begin_; }

 private:
  std::uint64_t due() const {
    if (load_.per_second == 0) return kBurst;
    const std::chrono::duration<double> elapsed = Clock::now() - begin_;
    const auto by_now = static_cast<std::uint64_t>(elapsed.count() * load_.per_second);
    return by_now - std::min(by_now, ledger_.sent());
  }
  Load load_;
  const Ledger& ledger_;
  Clock::time_point begin_;
};

asio::awaitable<void> tick(asio::steady_timer& timer) {
  timer.expires_after(kTick);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<Outcome> rest_arrives(Clock::time_point begin, const Ledger& ledger,
                                      asio::steady_timer& timer) {
  std::uint64_t seen = ledger.received();
  Clock::time_point last = Clock::now();
  while (ledger.under_way() > 0 && Clock::now() - last < kSilence) {
    co_await tick(timer);
    if (ledger.received() != seen) last = Clock::now();
    seen = ledger.received();
  }
  co_return Outcome{.time = last - begin, .complete = ledger.under_way() == 0};
}

}  // namespace

asio::awaitable<Outcome> xmpp_to_sip(XmppSide& from, edge::tls::Transport& stream,
                                     std::size_t pairs, Ledger& ledger, Load load) {
  asio::steady_timer timer(stream.get_executor());
  const Pace pace(load, ledger);
  std::string stanzas;
  std::size_t pair = 0;
  while (!pace.finished()) {
    stanzas.clear();
    for (std::uint64_t left = pace.allowance(); left > 0; --left, pair = (pair + 1) % pairs) {
      const std::string body = ledger.next_body(pair);
      stanzas += from.message(absl::StrCat("x", pair), absl::StrCat("s", pair),
                              absl::StrCat("m", ledger.sent()), body);
    }
    if (stanzas.empty()) {
      co_await tick(timer);
    } else {
      co_await stream.write(stanzas);
    }
  }
  co_return co_await rest_arrives(pace.begin(), ledger, timer);
}

asio::awaitable<Outcome> sip_to_xmpp(SipSide& from, Ledger& ledger, Load load) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const Pace pace(load, ledger);
  std::string requests;
  while (!pace.finished()) {
    requests.clear();
    for (std::uint64_t left = pace.allowance(); left > 0 && from.has_free_pair(); --left) {
      const std::size_t pair = from.take_free_pair();
      const std::string body = ledger.next_body(pair);
      from.append_message(requests, pair, body);
    }
    if (requests.empty()) {
      co_await tick(timer);
    } else {
      co_await from.write(requests);
    }
  }
  co_return co_await rest_arrives(pace.begin(), ledger, timer);
}

}  // namespace causeway::bench
