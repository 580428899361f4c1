#include "frontend_gateway/presence/subscriber/pace.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace causeway::gateway::presence {

using std::chrono::milliseconds;

Pace::Pace(Surroundings& surroundings, double per_second, Turn turn)
    : surroundings_(surroundings),
      pause_(std::max<std::int64_t>(1, static_cast<std::int64_t>(1000 / per_second))),
      turn_(std::move(turn)) {}

void Pace::wait(WatchNumber number) {
  if (!waiting_.try_emplace(number, false).second) return;
  queue_.push_back(number);
  arm();
}

void Pace::wait_in_front(WatchNumber number) {
  if (std::exchange(waiting_[number], true)) return;
  queue_.push_front(number);
  arm();
}

void Pace::stop() {
  stopped_ = true;
  queue_.clear();
  waiting_.clear();
}

void Pace::arm() {
  if (armed_ || stopped_) return;
  armed_ = true;
  const auto now = surroundings_.clock();
  const auto left =
      free_at_ <= now ? milliseconds(0) : std::chrono::ceil<milliseconds>(free_at_ - now);
  surroundings_.after(left, [this] { next(); });
}

void Pace::next() {
  armed_ = false;
  while (!queue_.empty() && !waiting_.contains(queue_.front())) queue_.pop_front();
  if (queue_.empty()) return;
  const WatchNumber number = queue_.front();
  queue_.pop_front();
  waiting_.erase(number);
  free_at_ = surroundings_.clock() + pause_;
  turn_(number);
  if (!queue_.empty()) arm();
}

}  // namespace causeway::gateway::presence
