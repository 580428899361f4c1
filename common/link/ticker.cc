#include "common/link/ticker.h"

#include <utility>

namespace causeway::link {

void Ticker::start(std::chrono::milliseconds interval, std::function<void()> tick) {
  thread_ = std::thread([this, interval, tick = std::move(tick)] {
    absl::MutexLock lock(&mutex_);
    while (!mutex_.AwaitWithTimeout(absl::Condition(&stopping_), absl::FromChrono(interval))) {
      mutex_.Unlock();
      tick();
      mutex_.Lock();
    }
  });
}

void Ticker::stop() {
  if (!thread_.joinable()) return;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

}  // namespace causeway::link
