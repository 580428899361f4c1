#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include "absl/synchronization/mutex.h"

namespace causeway::link {

// Calls `tick` again and again from a thread of its own, until stop() or the destructor.
class Ticker {
 public:
  Ticker() = default;
  ~Ticker() { stop(); }
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  void start(std::chrono::milliseconds interval, std::function<void()> tick);
  // Returns when the last call has. Not from within `tick`.
  void stop();

 private:
  absl::Mutex mutex_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace causeway::link
