#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "common/link/delivery.h"

namespace causeway::edge::s2s {

// Why a stanza is not delivered. The text is for its sender and names no host.
struct Refusal {
  v1::StanzaCondition condition;
  std::string text;
};
void refuse(causeway::link::Delivery& delivery, const Refusal& refusal);

// What waits for one stream, in order, each with its sender's patience. Stays on its thread; counts
// its bytes in a sum over all threads.
class SendQueue {
 public:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    causeway::link::Delivery delivery;
    Clock::time_point deadline;  // of the sender's patience
    std::size_t bytes;
    bool tried = false;  // written to a stream that was lost
  };

  explicit SendQueue(std::atomic<std::size_t>& sum) : sum_(sum) {}

  bool empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }
  std::size_t bytes() const { return bytes_; }
  std::size_t bytes_of_all_queues() const { return sum_.load(std::memory_order_relaxed); }

  void push(causeway::link::Delivery delivery, std::size_t bytes);
  Waiting pop();
  // What a lost stream did not take, before all else: once. Who has lost two streams is refused.
  void put_back(std::vector<Waiting> lost);

  void refuse_all(const Refusal& refusal);
  // Refuses what has waited too long; the rest stays in order.
  void expire(Clock::time_point now);

 private:
  void count(std::size_t bytes);

  std::atomic<std::size_t>& sum_;
  std::deque<Waiting> waiting_;
  std::size_t bytes_ = 0;
};

inline const Refusal kTooLate{v1::REMOTE_SERVER_TIMEOUT, "not delivered in time"};

}  // namespace causeway::edge::s2s
