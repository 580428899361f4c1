#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace causeway::link {

// Calls `tick` again and again, and `soon` when that is asked for, from a thread of its own, until
// stop() or the destructor.
class Ticker {
 public:
  static constexpr std::chrono::milliseconds kSoon{5};

  Ticker() = default;
  ~Ticker() { stop(); }
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  void start(std::chrono::milliseconds interval, std::function<void()> tick,
             std::function<void()> soon);
  // `soon`, or `tick` in its place, is called in kSoon: once for all who ask until then.
  void hurry();
  // Returns when the last call has. Not from within one.
  void stop();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool hurried_ = false;
  std::thread thread_;
};

}  // namespace causeway::link
