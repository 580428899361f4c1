#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "absl/random/random.h"

namespace causeway::gateway::presence {

// When subscriptions are refreshed: between a half and four fifths of their time, and where there
// is the least to do. Chance alone would not spread them: those that began together meet again
// for many rounds.
class Calendar {
 public:
  using Clock = std::chrono::steady_clock;

  // For a subscription that is granted for so long from `now` on.
  Clock::time_point book(Clock::time_point now, std::chrono::seconds granted);
  // It has come, or is not wanted any more.
  void release(Clock::time_point booked);

  std::size_t booked() const { return booked_; }

 private:
  static std::int64_t page(Clock::time_point time);

  absl::flat_hash_map<std::int64_t, std::uint32_t> pages_;
  std::size_t booked_ = 0;
  absl::InsecureBitGen random_;
};

// The time before the next attempt after so many failures in a row: 30 s, twice as much each time,
// half an hour at most; each a quarter less or more, so that those who failed together do not come
// back together.
std::chrono::milliseconds back_off(unsigned failures, absl::InsecureBitGen& random);

}  // namespace causeway::gateway::presence
