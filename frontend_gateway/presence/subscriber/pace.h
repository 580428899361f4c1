#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>

#include "absl/container/flat_hash_map.h"
#include "frontend_gateway/presence/subscriber/watch.h"
#include "frontend_gateway/surroundings/surroundings.h"

namespace causeway::gateway::presence {

// One after the other at a bounded rate: what would begin at once after a restart, of ours or of
// the presence server's. It must live until the loop has ended.
class Pace {
 public:
  using Turn = std::function<void(WatchNumber)>;

  Pace(Surroundings& surroundings, double per_second, Turn turn);
  Pace(const Pace&) = delete;
  Pace& operator=(const Pace&) = delete;

  void wait(WatchNumber number);
  // Somebody looks: before the others. In place of its turn, if it waits.
  void wait_in_front(WatchNumber number);
  void stop();

  std::size_t waiting() const { return waiting_.size(); }

 private:
  void arm();
  void next();

  Surroundings& surroundings_;
  const std::chrono::milliseconds pause_;
  const Turn turn_;
  std::deque<WatchNumber> queue_;  // one that was overtaken by itself stands there twice
  absl::flat_hash_map<WatchNumber, bool> waiting_;  // true: in front
  std::chrono::steady_clock::time_point free_at_ = std::chrono::steady_clock::time_point::min();
  bool armed_ = false;
  bool stopped_ = false;
};

}  // namespace causeway::gateway::presence
