#include "edge_proxy/s2s/send_queue.h"

#include <algorithm>
#include <utility>

#include "common/log/log.h"
#include "common/stanza/conditions.h"

namespace causeway::edge::s2s {

void refuse(causeway::link::Delivery& delivery, const Refusal& refusal) {
  if (!delivery.receipt.owed()) {
    log::info("bounce.dropped", "An error could not be delivered; its sender is not told.",
              {{"peer", delivery.stanza.to().domain()}, {"reason", refusal.text}});
    return;
  }
  delivery.receipt.refused(stanza::error(refusal.condition, refusal.text));
}

void SendQueue::push(causeway::link::Delivery delivery, std::size_t bytes) {
  const std::chrono::milliseconds patience(delivery.stanza.patience_ms());
  const Clock::time_point deadline =
      patience.count() == 0 ? Clock::time_point::max() : Clock::now() + patience;
  count(bytes);
  waiting_.push_back({std::move(delivery), deadline, bytes});
}

SendQueue::Waiting SendQueue::pop() {
  Waiting next = std::move(waiting_.front());
  waiting_.pop_front();
  bytes_ -= next.bytes;
  sum_.fetch_sub(next.bytes, std::memory_order_relaxed);
  return next;
}

void SendQueue::put_back(std::vector<Waiting> lost) {
  for (auto last = lost.rbegin(); last != lost.rend(); ++last) {
    if (last->tried) {
      refuse(last->delivery, {v1::REMOTE_SERVER_TIMEOUT, "the connection was lost twice"});
      continue;
    }
    last->tried = true;
    count(last->bytes);
    waiting_.push_front(std::move(*last));
  }
}

void SendQueue::refuse_all(const Refusal& refusal) {
  while (!waiting_.empty()) {
    Waiting next = pop();
    refuse(next.delivery, refusal);
  }
}

void SendQueue::expire(Clock::time_point now) {
  const auto late = [now](const Waiting& waiting) { return waiting.deadline <= now; };
  if (std::none_of(waiting_.begin(), waiting_.end(), late)) return;
  for (std::size_t left = waiting_.size(); left != 0; --left) {
    Waiting next = pop();
    if (late(next)) {
      refuse(next.delivery, kTooLate);
      continue;
    }
    count(next.bytes);
    waiting_.push_back(std::move(next));
  }
}

void SendQueue::count(std::size_t bytes) {
  bytes_ += bytes;
  sum_.fetch_add(bytes, std::memory_order_relaxed);
}

}  // namespace causeway::edge::s2s
