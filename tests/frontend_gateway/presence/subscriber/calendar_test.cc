#include "frontend_gateway/presence/subscriber/calendar.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <queue>
#include <vector>

namespace causeway::gateway::presence {
namespace {

using namespace std::chrono_literals;
using Clock = Calendar::Clock;

TEST_CASE("a refresh comes between a half and four fifths of the time") {
  Calendar calendar;
  for (const auto granted : {10s, 60s, 3600s, 86400s}) {
    for (int i = 0; i < 200; ++i) {
      const auto after = calendar.book(Clock::time_point(100s), granted) - Clock::time_point(100s);
      CHECK(after >= granted / 2);
      CHECK(after <= granted * 4 / 5);
    }
  }
  CHECK(calendar.booked() == 800);
}

TEST_CASE("what is released makes room") {
  Calendar calendar;
  std::vector<Clock::time_point> booked;
  for (int i = 0; i < 100; ++i) booked.push_back(calendar.book(Clock::time_point(0s), 60s));
  for (const auto when : booked) calendar.release(when);
  CHECK(calendar.booked() == 0);
  calendar.release(booked[0]);  // of nobody's
  CHECK(calendar.booked() == 0);
}

// SUBSCRIBEs in each minute of a day, of subscriptions that begin at `begins`.
std::vector<int> day(const std::vector<Clock::time_point>& begins) {
  Calendar calendar;
  std::priority_queue<Clock::time_point, std::vector<Clock::time_point>, std::greater<>> due;
  for (const auto begin : begins) due.push(calendar.book(begin, 3600s));
  std::vector<int> minutes(24 * 60);
  while (!due.empty()) {
    const auto now = due.top();
    due.pop();
    calendar.release(now);
    const auto minute = static_cast<std::size_t>(now.time_since_epoch() / 60s);
    if (minute >= minutes.size()) continue;
    ++minutes[minute];
    due.push(calendar.book(now, 3600s));
  }
  return minutes;
}

TEST_CASE(
    "10,000 refreshes are spread: no minute of a day has twice the mean, nor after a restart") {
  // All rows, one after the other, 10 a second: what Watches does by default.
  std::vector<Clock::time_point> begins;
  for (int i = 0; i < 10000; ++i) begins.push_back(Clock::time_point(i * 100ms));
  const std::vector<int> minutes = day(begins);
  int sum = 0;
  for (const int count : minutes) sum += count;
  const double mean = sum / static_cast<double>(minutes.size());
  const int most = *std::max_element(minutes.begin(), minutes.end());
  INFO("mean " << mean << " a minute, most " << most);
  CHECK(sum > 300000);
  CHECK(most <= 2 * mean);
}

TEST_CASE("back-off doubles from half a minute to half an hour, a quarter less or more") {
  absl::InsecureBitGen random;
  for (unsigned failures = 0; failures < 260; ++failures) {
    const std::chrono::milliseconds pause = failures < 6 ? 30s * (1 << failures) : 1800s;
    bool differs = false;
    const auto first = back_off(failures, random);
    for (int i = 0; i < 20; ++i) {
      const auto found = back_off(failures, random);
      CHECK(found >= pause * 3 / 4);
      CHECK(found <= pause * 5 / 4);
      differs = differs || found != first;
    }
    CHECK(differs);
  }
}

}  // namespace
}  // namespace causeway::gateway::presence
