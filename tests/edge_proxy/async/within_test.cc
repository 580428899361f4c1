#include "edge_proxy/async/within.h"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "tests/support/asio/run.h"

using asio::awaitable;
using causeway::edge::async::TimedOut;
using causeway::edge::async::within;
using causeway::test::run;
using causeway::test::sleep;
using namespace std::chrono_literals;

namespace {

// Says when a coroutine's frame has gone.
struct Alive {
  explicit Alive(int& count) : count(count) { ++count; }
  ~Alive() { --count; }
  Alive(const Alive&) = delete;
  int& count;
};

awaitable<void> hang(int& alive) {
  const Alive here(alive);
  co_await sleep(1h);
}

awaitable<int> answer(int value, std::chrono::milliseconds after) {
  co_await sleep(after);
  co_return value;
}

awaitable<void> hang_up() {
  throw std::runtime_error("peer closed");
  co_return;
}

awaitable<void> hang_up_later() {
  co_await sleep(1ms);
  throw std::runtime_error("peer closed");
}

// Is slow to notice that it was cancelled.
awaitable<void> winds_down(int& alive) {
  const Alive here(alive);
  try {
    co_await sleep(1h);
  } catch (const asio::system_error&) {
  }
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  co_await sleep(20ms);
  throw std::runtime_error("what it made of the cancellation");
}

std::string ending_of(std::exception_ptr fault) {
  if (!fault) return "done";
  try {
    std::rethrow_exception(fault);
  } catch (const TimedOut&) {
    return "timed out";
  } catch (const asio::system_error& error) {
    return error.code() == asio::error::operation_aborted ? "cancelled" : "error";
  } catch (const std::exception& error) {
    return error.what();
  }
}

// How `task` ends when it is cancelled at `cancel_after`, or left alone.
std::string ending(awaitable<void> task, std::chrono::milliseconds cancel_after = -1ms) {
  asio::io_context io;
  asio::cancellation_signal cancel;
  asio::steady_timer at(io);
  std::string result = "did not end";
  asio::co_spawn(io, std::move(task),
                 asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr fault) {
                   result = ending_of(std::move(fault));
                   at.cancel();
                 }));
  if (cancel_after >= 0ms) {
    at.expires_after(cancel_after);
    at.async_wait([&](std::error_code ec) {
      if (!ec) cancel.emit(asio::cancellation_type::terminal);
    });
  }
  io.run_for(10s);
  return result;
}

}  // namespace

TEST_CASE("within passes on what ends in time", "[async][within]") {
  asio::io_context io;
  run(io, []() -> awaitable<void> {
    const int value = co_await within(10s, answer(7, 1ms));
    CHECK(value == 7);
    const int at_once = co_await within(10s, answer(8, 0ms));
    CHECK(at_once == 8);
    co_await within(10s, sleep(1ms));
  }());
}

TEST_CASE("within rethrows a failure at once", "[async][within]") {
  const auto begin = std::chrono::steady_clock::now();
  CHECK(ending(within(1h, hang_up())) == "peer closed");
  CHECK(ending(within(1h, hang_up_later())) == "peer closed");
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
}

TEST_CASE("within throws TimedOut after the operation has gone", "[async][within]") {
  int alive = 0;
  CHECK(ending(within(5ms, hang(alive))) == "timed out");
  CHECK(alive == 0);
  CHECK(ending(within(5ms, winds_down(alive))) == "timed out");
  CHECK(alive == 0);
  CHECK(ending(within(std::chrono::steady_clock::now() - 1s, hang(alive))) == "timed out");
  CHECK(alive == 0);
}

TEST_CASE("the inner and the outer limit are told apart", "[async][within]") {
  int alive = 0;
  SECTION("the inner one is reached and handled") {
    asio::io_context io;
    run(io, [](int& alive) -> awaitable<void> {
      bool inner = false;
      try {
        co_await within(5ms, hang(alive));
      } catch (const TimedOut&) {
        inner = true;
      }
      CHECK(inner);
      co_await sleep(1ms);  // the caller is not cancelled and goes on
    }(alive));
  }
  SECTION("the inner one passes through the outer") {
    CHECK(ending(within(1h, within(5ms, hang(alive)))) == "timed out");
  }
  SECTION("the outer one: the inner must not call it its own") {
    std::string inner;
    const auto nested = [](int& alive, std::string& inner) -> awaitable<void> {
      try {
        co_await within(1h, hang(alive));
      } catch (...) {
        inner = ending_of(std::current_exception());
        throw;
      }
    };
    CHECK(ending(within(5ms, nested(alive, inner))) == "timed out");
    CHECK(inner == "cancelled");
  }
  CHECK(alive == 0);
}

TEST_CASE("a cancelled caller sees its cancellation", "[async][within]") {
  int alive = 0;
  CHECK(ending(within(1h, hang(alive)), 5ms) == "cancelled");
  CHECK(ending(within(1h, hang(alive)), 0ms) == "cancelled");
  CHECK(ending(within(1h, within(1h, hang(alive))), 5ms) == "cancelled");
  CHECK(ending(within(1h, winds_down(alive)), 5ms) == "cancelled");
  // Cancelled while an expired operation winds down.
  CHECK(ending(within(2ms, winds_down(alive)), 10ms) == "cancelled");
  CHECK(alive == 0);
}

TEST_CASE("a caller cancelled before it asks does not start the operation", "[async][within]") {
  int alive = 0;
  const auto late = [](int& alive) -> awaitable<void> {
    try {
      co_await sleep(1h);
    } catch (const asio::system_error&) {
    }
    co_await within(1h, hang(alive));
  };
  CHECK(ending(late(alive), 1ms) == "cancelled");
  CHECK(alive == 0);
}
