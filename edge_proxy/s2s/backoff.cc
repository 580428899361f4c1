#include "edge_proxy/s2s/backoff.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>

namespace causeway::edge::s2s {
namespace {

constexpr int kMostDoublings = 9;  // 2^9 s is beyond the longest pause

std::chrono::milliseconds pause_after(int failures) {
  thread_local std::minstd_rand generator{std::random_device{}()};
  const std::chrono::milliseconds full = std::min<std::chrono::milliseconds>(
      Backoff::kLongest, std::chrono::seconds(1 << std::min(failures, kMostDoublings)));
  std::uniform_int_distribution<std::int64_t> upper_half(full.count() / 2, full.count());
  return std::chrono::milliseconds(upper_half(generator));
}

}  // namespace

void Backoff::failed(Clock::time_point now) {
  if (failures_ != std::numeric_limits<int>::max()) ++failures_;
  retry_at_ = now + pause_after(failures_);
}

void Backoff::reset() { *this = Backoff(); }

}  // namespace causeway::edge::s2s
