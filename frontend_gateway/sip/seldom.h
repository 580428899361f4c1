#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace causeway::gateway::sip {

// Keeps what strangers can cause at will from filling the log: one a second, with their number.
class Seldom {
 public:
  using Clock = std::chrono::steady_clock;

  // Whether to say it; then how many were not said since the last time.
  std::optional<std::uint64_t> now() {
    if (Clock::now() < next_) {
      ++unsaid_;
      return std::nullopt;
    }
    next_ = Clock::now() + std::chrono::seconds(1);
    return std::exchange(unsaid_, 0);
  }

 private:
  Clock::time_point next_{};
  std::uint64_t unsaid_ = 0;
};

}  // namespace causeway::gateway::sip
