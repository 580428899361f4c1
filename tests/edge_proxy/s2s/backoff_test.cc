#include "edge_proxy/s2s/backoff.h"

#include <catch2/catch.hpp>
#include <set>
#include <vector>

using causeway::edge::s2s::Backoff;
using namespace std::chrono_literals;
using std::chrono::seconds;

namespace {

constexpr Backoff::Clock::time_point kNow = Backoff::Clock::time_point() + 1h;

Backoff after(int failures) {
  Backoff backoff;
  for (int i = 0; i < failures; ++i) backoff.failed(kNow);
  return backoff;
}

}  // namespace

TEST_CASE("the pause doubles up to five minutes", "[s2s][backoff]") {
  struct Row {
    int failures;
    seconds full;
  };
  const std::vector<Row> rows{{1, 2s},   {2, 4s},   {3, 8s},   {4, 16s},   {5, 32s},   {6, 64s},
                              {7, 128s}, {8, 256s}, {9, 300s}, {10, 300s}, {200, 300s}};
  for (const Row& row : rows) {
    INFO(row.failures << " failures");
    for (int draw = 0; draw < 100; ++draw) {
      const Backoff backoff = after(row.failures);
      CHECK(backoff.failures() == row.failures);
      REQUIRE(backoff.retry_at() - kNow >= row.full / 2);
      REQUIRE(backoff.retry_at() - kNow <= row.full);
    }
  }
}

TEST_CASE("edges that fail together do not try together", "[s2s][backoff]") {
  std::set<Backoff::Clock::time_point> ends;
  for (int draw = 0; draw < 200; ++draw) ends.insert(after(9).retry_at());
  CHECK(ends.size() > 100);
}

TEST_CASE("a pause has a beginning and an end, and may be called off", "[s2s][backoff]") {
  Backoff backoff;
  CHECK_FALSE(backoff.waiting(kNow));
  backoff.failed(kNow);
  CHECK(backoff.waiting(kNow));
  CHECK(backoff.waiting(backoff.retry_at() - 1ms));
  CHECK_FALSE(backoff.waiting(backoff.retry_at()));
  CHECK(backoff.failures() == 1);  // remembered: the next pause is longer

  backoff.failed(backoff.retry_at());
  CHECK(backoff.failures() == 2);
  backoff.reset();
  CHECK_FALSE(backoff.waiting(kNow));
  CHECK(backoff.failures() == 0);
}
