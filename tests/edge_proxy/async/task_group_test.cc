#include "edge_proxy/async/task_group.h"

#include <asio/experimental/parallel_group.hpp>
#include <asio/io_context.hpp>
#include <asio/system_error.hpp>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "edge_proxy/async/within.h"
#include "tests/support/asio/run.h"

using asio::awaitable;
using causeway::edge::async::TaskGroup;
using causeway::edge::async::within;
using causeway::test::run;
using causeway::test::sleep;
using namespace std::chrono_literals;
using Said = std::vector<std::string>;

namespace {

awaitable<void> speak(Said& said, std::string word, std::chrono::milliseconds after) {
  co_await sleep(after);
  said.push_back(std::move(word));
}

awaitable<void> hang(Said& said, std::string name) {
  try {
    co_await sleep(1h);
  } catch (const asio::system_error& error) {
    said.push_back(name +
                   (error.code() == asio::error::operation_aborted ? " cancelled" : " failed"));
    throw;
  }
}

// Says goodbye after its cancellation, under a limit of its own.
awaitable<void> goodbye(Said& said) {
  try {
    co_await sleep(1h);
  } catch (const asio::system_error&) {
  }
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  co_await within(5s, sleep(5ms));
  said.push_back("goodbye");
}

awaitable<void> boom(std::string word) {
  co_await sleep(1ms);
  throw std::runtime_error(word);
}

}  // namespace

TEST_CASE("tasks run and leave the group when they end", "[async][task_group]") {
  asio::io_context io;
  run(io, [](asio::io_context& io) -> awaitable<void> {
    Said said;
    TaskGroup group(io.get_executor());
    group.spawn(speak(said, "second", 100ms));
    group.spawn(speak(said, "first", 1ms));
    CHECK(group.size() == 2);
    while (group.size() != 0) co_await sleep(1ms);
    CHECK(said == Said{"first", "second"});
    co_await group.stop();
  }(io));
}

TEST_CASE("stop cancels and waits for the last", "[async][task_group]") {
  asio::io_context io;
  run(io, [](asio::io_context& io) -> awaitable<void> {
    Said said;
    TaskGroup group(io.get_executor());
    group.spawn(hang(said, "a"));
    group.spawn(within(1h, hang(said, "b")));
    group.spawn(goodbye(said));
    co_await group.stop();
    CHECK(group.size() == 0);
    CHECK(said == Said{"a cancelled", "b cancelled", "goodbye"});
    co_await group.stop();  // nothing left, nothing happens
  }(io));
}

TEST_CASE("what is spawned after stop never starts", "[async][task_group]") {
  asio::io_context io;
  run(io, [](asio::io_context& io) -> awaitable<void> {
    Said said;
    TaskGroup group(io.get_executor());
    co_await group.stop();
    group.spawn(speak(said, "too late", 0ms));
    CHECK(group.size() == 0);
    co_await sleep(2ms);
    CHECK(said.empty());
  }(io));
}

TEST_CASE("a task spawned from outside the loop and stopped before it began",
          "[async][task_group]") {
  asio::io_context io;
  Said said;
  TaskGroup group(io.get_executor());
  group.spawn(hang(said, "a"));
  run(io, group.stop());
  CHECK(group.size() == 0);
}

TEST_CASE("an escaped exception is told once and hurts no other task", "[async][task_group]") {
  asio::io_context io;
  run(io, [](asio::io_context& io) -> awaitable<void> {
    Said said;
    Said faults;
    TaskGroup group(io.get_executor(), [&](std::exception_ptr fault) {
      try {
        std::rethrow_exception(fault);
      } catch (const std::exception& error) {
        faults.push_back(error.what());
      }
    });
    group.spawn(boom("one"));
    group.spawn(boom("two"));
    group.spawn(speak(said, "still here", 5ms));
    while (group.size() != 0) co_await sleep(1ms);
    CHECK(faults == Said{"one", "two"});
    CHECK(said == Said{"still here"});
    co_await group.stop();
  }(io));
}

TEST_CASE("without anybody to tell, an exception leaves the loop", "[async][task_group]") {
  asio::io_context io;
  TaskGroup group(io.get_executor());
  group.spawn(boom("nobody caught it"));
  CHECK_THROWS_WITH(io.run(), "nobody caught it");
  CHECK(group.size() == 0);
}

TEST_CASE("stop outlives the cancellation of its caller", "[async][task_group]") {
  asio::io_context io;
  run(io, [](asio::io_context& io) -> awaitable<void> {
    Said said;
    TaskGroup inner(io.get_executor());
    TaskGroup outer(io.get_executor());
    const auto owner = [](TaskGroup& inner, Said& said) -> awaitable<void> {
      co_await inner.stop();
      said.push_back("inner is empty");
    };
    inner.spawn(goodbye(said));
    outer.spawn(owner(inner, said));
    co_await outer.stop();
    CHECK(inner.size() == 0);
    CHECK(said == Said{"goodbye", "inner is empty"});
  }(io));
}

TEST_CASE("tasks that end while being stopped, many", "[async][task_group]") {
  asio::io_context io;
  run(io, [](asio::io_context& io) -> awaitable<void> {
    Said said;
    TaskGroup group(io.get_executor());
    for (int i = 0; i < 500; ++i) {
      group.spawn(speak(said, "x", std::chrono::milliseconds(i % 7)));
      group.spawn(
          within(std::chrono::seconds(50 + i % 3), sleep(std::chrono::milliseconds(i % 5))));
    }
    co_await sleep(3ms);
    co_await group.stop();
    CHECK(group.size() == 0);
  }(io));
}
