#include "edge_proxy/async/token_bucket.h"

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace causeway::edge::async {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a token bucket lets its rate pass, and its burst after a pause") {
  struct Step {
    std::chrono::milliseconds at;
    std::uint64_t count;
    std::chrono::milliseconds wait;  // what charge() says
  };
  struct Row {
    const char* name;
    Rate rate;
    std::vector<Step> steps;
  };
  const auto row = GENERATE(values<Row>({
      {"the burst at once, then the rate",
       {10, 5},
       {{0ms, 5, 0ms}, {0ms, 1, 100ms}, {0ms, 1, 200ms}, {200ms, 1, 100ms}}},
      {"a pause fills it, but not beyond the burst",
       {10, 5},
       {{0ms, 5, 0ms}, {10'000ms, 5, 0ms}, {10'000ms, 1, 100ms}}},
      {"half a pause fills half of it",
       {10, 4},
       {{0ms, 4, 0ms}, {200ms, 2, 0ms}, {200ms, 1, 100ms}}},
      {"more than the burst is waited for",
       {1000, 1000},
       {{0ms, 3000, 2000ms}, {1000ms, 0, 1000ms}}},
      {"nothing costs nothing", {1, 1}, {{0ms, 0, 0ms}, {0ms, 1, 0ms}, {0ms, 0, 0ms}}},
      {"steady traffic within the rate never waits",
       {1000, 10},
       {{0ms, 10, 0ms}, {10ms, 10, 0ms}, {20ms, 10, 0ms}, {30ms, 10, 0ms}}},
      {"very large numbers do not overflow",
       {64 << 20, 64 << 20},
       {{0ms, 64ull << 30, 1'023'000ms}, {1'023'000ms, 0, 0ms}}},
  }));
  INFO(row.name);
  TokenBucket bucket;
  const TokenBucket::Clock::time_point begin(1h);
  for (const Step& step : row.steps) {
    INFO("at " << step.at.count() << " ms, " << step.count);
    CHECK(bucket.charge(row.rate, step.count, begin + step.at) == step.wait);
  }
}

TEST_CASE("what is refused is not taken") {
  TokenBucket bucket;
  const Rate rate{10, 2};
  const TokenBucket::Clock::time_point begin(1h);
  CHECK(bucket.take(rate, 2, begin));
  for (int i = 0; i < 100; ++i) CHECK_FALSE(bucket.take(rate, 1, begin));
  CHECK(bucket.take(rate, 1, begin + 100ms));
  CHECK(bucket.reserve(rate, 1, begin + 100ms, 100ms) == TokenBucket::Wait(100ms));
  CHECK(bucket.reserve(rate, 1, begin + 100ms, 100ms) == std::nullopt);
  CHECK(bucket.reserve(rate, 1, begin + 150ms, 150ms) == TokenBucket::Wait(150ms));
}

TEST_CASE("threads that share a bucket take no more than there is") {
  TokenBucket bucket;
  const Rate rate{1, 10'000};
  const TokenBucket::Clock::time_point now(1h);
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 5'000; ++n) taken += bucket.take(rate, 1, now) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(taken == 10'000);
}

}  // namespace
}  // namespace causeway::edge::async
