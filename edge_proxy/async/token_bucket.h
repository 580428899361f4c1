#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace causeway::edge::async {

// How much of something may pass: so much a second, and after a pause so much at once. Both are at
// least 1.
struct Rate {
  std::uint64_t per_second;
  std::uint64_t burst;
};

// A token bucket as the moment at which it will be full again (the GCRA of ATM): one number, so
// that nothing has to be refilled and threads may share it without a lock. Pure: time is a
// parameter, and whoever takes tokens for a batch reads the clock once.
class TokenBucket {
 public:
  using Clock = std::chrono::steady_clock;
  using Wait = std::chrono::nanoseconds;

  // Takes `count` tokens and says how long to wait for them, if that is no longer than `patience`;
  // otherwise takes nothing.
  std::optional<Wait> reserve(const Rate& rate, std::uint64_t count, Clock::time_point now,
                              Wait patience) {
    const std::int64_t at = now.time_since_epoch() / Wait(1);
    const std::int64_t price = time_for(rate, count);
    const std::int64_t burst = time_for(rate, rate.burst);
    std::int64_t full_at = full_at_.load(std::memory_order_relaxed);
    for (;;) {
      const std::int64_t next = std::max(full_at, at) + price;
      const Wait wait(std::max<std::int64_t>(0, next - at - burst));
      if (wait > patience) return std::nullopt;
      if (full_at_.compare_exchange_weak(full_at, next, std::memory_order_relaxed)) return wait;
    }
  }

  // Takes what is there at once, or nothing.
  bool take(const Rate& rate, std::uint64_t count, Clock::time_point now) {
    return reserve(rate, count, now, Wait(0)).has_value();
  }

  // For what has happened already: how long until it is paid for.
  Wait charge(const Rate& rate, std::uint64_t count, Clock::time_point now) {
    return *reserve(rate, count, now, Wait::max());
  }

 private:
  static std::int64_t time_for(const Rate& rate, std::uint64_t count) {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    return static_cast<std::int64_t>(count / rate.per_second * kSecond +
                                     count % rate.per_second * kSecond / rate.per_second);
  }

  std::atomic<std::int64_t> full_at_{0};
};

}  // namespace causeway::edge::async
