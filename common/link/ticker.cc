#include "common/link/ticker.h"

#include <utility>

namespace causeway::link {

void Ticker::start(std::chrono::milliseconds interval, std::function<void()> tick,
                   std::function<void()> soon) {
  using Clock = std::chrono::steady_clock;
  thread_ = std::thread([this, interval, tick = std::move(tick), soon = std::move(soon)] {
    Clock::time_point next = Clock::now() + interval;
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait_until(lock, next, [this] { return stopping_ || hurried_; });
      if (hurried_) changed_.wait_for(lock, kSoon, [this] { return stopping_; });
      if (stopping_) return;
      hurried_ = false;
      lock.unlock();
      if (Clock::now() < next) {
        soon();
      } else {
        tick();
        next = Clock::now() + interval;
      }
      lock.lock();
    }
  });
}

void Ticker::hurry() {
  {
    const std::lock_guard lock(mutex_);
    hurried_ = true;
  }
  changed_.notify_all();
}

void Ticker::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

}  // namespace causeway::link
