#include "frontend_gateway/sip/loop.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/sip_agent/sip_agent.h"

namespace causeway::test {
namespace {

using gateway::sip::Loop;
using std::chrono::milliseconds;

TEST_CASE("posts made before run() are kept, in order", "[sip][loop]") {
  Loop loop;
  std::string order;
  loop.post([&] { order += "1"; });
  REQUIRE(loop.open().ok());
  loop.post([&] { order += "2"; });
  loop.post([&] {
    order += "3";
    loop.stop();
  });
  loop.run();
  CHECK(order == "123");
}

TEST_CASE("what was posted before the stop runs, what comes after it is dropped", "[sip][loop]") {
  Loop loop;
  std::string order;
  REQUIRE(loop.open().ok());
  SECTION("before the loop runs") {
    loop.post([&] { order += "1"; });
    loop.post([&] { order += "2"; });
    loop.stop();
    loop.post([&] { order += "late"; });
  }
  SECTION("in one look of the loop") {
    loop.post([&] {
      order += "1";
      loop.stop();
      loop.post([&] { order += "late"; });
    });
    loop.post([&] { order += "2"; });
  }
  SECTION("from within a task") {
    loop.post([&] {
      order += "1";
      loop.post([&] { order += "2"; });
      loop.stop();
    });
  }
  SECTION("a timer is no post") {
    loop.post([&] {
      order += "1";
      loop.after(milliseconds(0), [&] { order += "late"; });
    });
    loop.post([&] {
      order += "2";
      loop.stop();
    });
  }
  loop.run();
  CHECK(order == "12");
}

TEST_CASE("a post after the end is not kept", "[sip][loop]") {
  Loop loop;
  REQUIRE(loop.open().ok());
  loop.stop();
  loop.run();
  const auto token = std::make_shared<int>();
  loop.post([token] {});
  CHECK(token.use_count() == 1);
}

TEST_CASE("a thread has one loop of libre", "[sip][loop]") {
  Loop loop;
  REQUIRE(loop.open().ok());
  Loop second;
  CHECK_FALSE(second.open().ok());
  loop.close();
  CHECK(second.open().ok());
}

TEST_CASE("posts from many threads all run", "[sip][loop]") {
  Loop loop;
  constexpr int kThreads = 4, kEach = 10000;
  int ran = 0;  // in the loop only
  std::vector<std::thread> threads;
  std::thread runner([&] {
    if (loop.open().ok()) loop.run();
    loop.close();
  });
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        loop.post([&] {
          if (++ran == kThreads * kEach) loop.stop();
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  runner.join();
  CHECK(ran == kThreads * kEach);
}

TEST_CASE("timers fire in order of their time, then of their making", "[sip][loop]") {
  Loop loop;
  REQUIRE(loop.open().ok());
  std::string order;
  const auto begin = std::chrono::steady_clock::now();
  loop.after(milliseconds(30), [&] { order += "c"; });
  loop.after(milliseconds(5), [&] { order += "a"; });
  loop.after(milliseconds(15), [&] {
    order += "b";
    loop.after(milliseconds(0), [&] { order += "-"; });
  });
  loop.after(milliseconds(30), [&] { order += "d"; });
  loop.after(milliseconds(40), [&] { loop.stop(); });
  loop.after(milliseconds(500), [&] { order += "never"; });
  loop.run();
  CHECK(order == "ab-cd");
  CHECK(std::chrono::steady_clock::now() - begin >= milliseconds(40));
}

TEST_CASE("ten thousand timers cost one of libre's", "[sip][loop]") {
  Loop loop;
  REQUIRE(loop.open().ok());
  int fired = 0, last = -1;
  bool ordered = true;
  for (int i = 0; i < 10000; ++i) {
    const int due = (i * 7919) % 50;
    loop.after(milliseconds(due), [&, due] {
      ordered = ordered && due >= last - 1;  // the clock moves on while they are made
      last = due;
      if (++fired == 10000) loop.stop();
    });
  }
  loop.run();
  CHECK(fired == 10000);
}

}  // namespace
}  // namespace causeway::test
