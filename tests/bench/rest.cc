#include "tests/bench/rest.h"

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>
#include <cstdio>

#include "tests/bench/process_meter.h"

namespace causeway::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto kWindow = 500ms;  // the gateway may answer a SIP request that late
constexpr auto kBusy = 25ms;     // of CPU, in a window
constexpr int kWindows = 40;

std::chrono::microseconds cpu_of(const std::vector<pid_t>& processes) {
  std::chrono::microseconds sum{};
  for (const pid_t process : processes) sum += usage_of(process).cpu;
  return sum;
}

}  // namespace

asio::awaitable<void> at_rest(std::vector<pid_t> processes) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  std::chrono::microseconds before = cpu_of(processes);
  for (int window = 0; window < kWindows; ++window) {
    timer.expires_after(kWindow);
    co_await timer.async_wait(asio::use_awaitable);
    const std::chrono::microseconds now = cpu_of(processes);
    if (now - before < kBusy) co_return;
    before = now;
  }
  std::fprintf(stderr, "the daemons do not come to rest; the next figures include what is left\n");
}

}  // namespace causeway::bench
