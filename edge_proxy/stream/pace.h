#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "edge_proxy/async/token_bucket.h"

namespace causeway::edge::stream {

// How fast somebody may send.
struct Speed {
  async::Rate bytes;
  async::Rate stanzas;
};

// What has come, of a stream or of all streams of a domain. Threads may share it.
class Traffic {
 public:
  explicit Traffic(const Speed& speed) : speed_(speed) {}

  // How long to read nothing, so that what has come so far was not too fast.
  std::chrono::nanoseconds charge(std::uint64_t bytes, std::uint64_t stanzas,
                                  std::chrono::steady_clock::time_point now) {
    return std::max(bytes_.charge(speed_.bytes, bytes, now),
                    stanzas_.charge(speed_.stanzas, stanzas, now));
  }

 private:
  const Speed speed_;
  async::TokenBucket bytes_;
  async::TokenBucket stanzas_;
};

// The pace at which one stream is read: its own, and that of its domain, which it shares with the
// domain's other streams. Lives on the stream's thread; asked once for each read.
class Pace {
 public:
  Pace(const Speed& own, std::shared_ptr<Traffic> domain) : own_(own), domain_(std::move(domain)) {}

  void count_stanza() { ++stanzas_; }
  void count_bytes(std::uint64_t bytes) { bytes_ += bytes; }
  // How long to read nothing after what was counted since the last question.
  std::chrono::nanoseconds rest(std::chrono::steady_clock::time_point now) {
    const std::uint64_t bytes = std::exchange(bytes_, 0);
    const std::uint64_t stanzas = std::exchange(stanzas_, 0);
    return std::max(own_.charge(bytes, stanzas, now), domain_->charge(bytes, stanzas, now));
  }

 private:
  Traffic own_;
  const std::shared_ptr<Traffic> domain_;
  std::uint64_t bytes_ = 0;
  std::uint64_t stanzas_ = 0;
};

}  // namespace causeway::edge::stream
