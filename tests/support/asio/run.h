#pragma once

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <utility>

namespace causeway::test {

// Runs a test's coroutine to its end, and with it whatever else waits on `io`. Rethrows what it
// threw; a test that hangs fails after `limit`.
inline void run(asio::io_context& io, asio::awaitable<void> test,
                std::chrono::steady_clock::duration limit = std::chrono::seconds(30)) {
  bool done = false;
  std::exception_ptr fault;
  asio::co_spawn(io, std::move(test), [&](std::exception_ptr thrown) {
    done = true;
    fault = std::move(thrown);
  });
  const auto deadline = std::chrono::steady_clock::now() + limit;
  io.restart();
  while (!done) {
    if (io.run_one_until(deadline) == 0) break;
  }
  if (fault) std::rethrow_exception(fault);
  if (!done) throw std::runtime_error("the test's coroutine did not end");
  while (io.poll_one() != 0) continue;  // what its end has set free
}

// For a test of time itself; everything else waits for an event.
inline asio::awaitable<void> sleep(std::chrono::steady_clock::duration time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace causeway::test
