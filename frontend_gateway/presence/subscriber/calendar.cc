#include "frontend_gateway/presence/subscriber/calendar.h"

#include <algorithm>

namespace causeway::gateway::presence {
namespace {

using std::chrono::milliseconds;

// Fine enough for a minute to have several, coarse enough for each to say something.
constexpr std::chrono::seconds kPage(10);
// Of so many pages, the one with the least on it: more would not spread better.
constexpr int kLooks = 8;

constexpr milliseconds kLeastPause(30'000);
constexpr milliseconds kMostPause(30 * 60'000);

}  // namespace

std::int64_t Calendar::page(Clock::time_point time) { return time.time_since_epoch() / kPage; }

Calendar::Clock::time_point Calendar::book(Clock::time_point now, std::chrono::seconds granted) {
  const auto least = std::chrono::duration_cast<milliseconds>(granted) / 2;
  const auto most = std::chrono::duration_cast<milliseconds>(granted) * 4 / 5;
  Clock::time_point best{};
  std::uint32_t there = 0;
  for (int look = 0; look < kLooks; ++look) {
    const milliseconds after(
        absl::Uniform<std::int64_t>(absl::IntervalClosed, random_, least.count(), most.count()));
    const auto found = pages_.find(page(now + after));
    const std::uint32_t count = found == pages_.end() ? 0 : found->second;
    if (look > 0 && count >= there) continue;
    best = now + after;
    there = count;
  }
  ++pages_[page(best)];
  ++booked_;
  return best;
}

void Calendar::release(Clock::time_point booked) {
  const auto found = pages_.find(page(booked));
  if (found == pages_.end()) return;
  --booked_;
  if (--found->second == 0) pages_.erase(found);
}

milliseconds back_off(unsigned failures, absl::InsecureBitGen& random) {
  const auto pause = std::min(kMostPause, kLeastPause * (1 << std::min(failures, 10u)));
  return milliseconds(absl::Uniform<std::int64_t>(absl::IntervalClosed, random,
                                                  pause.count() * 3 / 4, pause.count() * 5 / 4));
}

}  // namespace causeway::gateway::presence
