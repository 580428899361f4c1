#pragma once

#include <chrono>

namespace causeway::edge::s2s {

// The pause between attempts to reach a server that could not be reached. It doubles with each
// failure in a row, from 2 s to 5 min, and is drawn from the upper half of that, so that edges that
// failed together do not try together. A value; knows no clock.
class Backoff {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr std::chrono::seconds kLongest{300};

  void failed(Clock::time_point now);
  // The server has been heard from, somebody asks for it, or it has moved: no pause, nothing
  // remembered.
  void reset();

  bool waiting(Clock::time_point now) const { return failures_ != 0 && now < retry_at_; }
  // When the pause ends; the clock's beginning when there is none.
  Clock::time_point retry_at() const { return retry_at_; }
  int failures() const { return failures_; }  // in a row

 private:
  int failures_ = 0;
  Clock::time_point retry_at_{};
};

}  // namespace causeway::edge::s2s
