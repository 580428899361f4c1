#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/link/delivery.h"
#include "edge_proxy/ledger/tally.h"

namespace causeway::edge::s2s {

// Why a stanza is not delivered. The text is for its sender and names no host.
struct Refusal {
  v1::StanzaCondition condition;
  std::string text;
};
// Counted in `tally`, if there is one.
void refuse(causeway::link::Delivery& delivery, const Refusal& refusal, ledger::Tally* tally);

// What waits for one pair of domains to have a stream, each stanza with its sender's patience.
// Messages and iqs go first, in their order; then presences, in theirs: a queue that has grown long
// delivers what somebody wrote before it says who is away. Of a user's available and unavailable
// presence to one recipient only the latest waits, since nobody wants to hear the earlier ones any
// more; what was replaced counts as delivered. Subscriptions, probes and errors are never replaced.
// Stays on its thread; counts its bytes in a sum over all threads.
class SendQueue {
 public:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    causeway::link::Delivery delivery;
    Clock::time_point deadline;  // of the sender's patience
    std::size_t bytes;
    bool tried = false;  // written to a stream that was lost
  };

  explicit SendQueue(std::atomic<std::size_t>& sum, ledger::Tally* tally = nullptr)
      : sum_(sum), tally_(tally) {}

  bool empty() const { return urgent_.empty() && presences_.empty(); }
  std::size_t size() const { return urgent_.size() + presences_.size(); }
  std::size_t bytes() const { return bytes_; }
  std::size_t bytes_of_all_queues() const { return sum_.load(std::memory_order_relaxed); }

  void push(causeway::link::Delivery delivery, std::size_t bytes);
  Waiting pop();
  // What a lost stream did not take, before all else of its class: once. Who has lost two streams
  // is refused.
  void put_back(std::vector<Waiting> lost);

  void refuse_all(const Refusal& refusal);
  // Refuses what has waited too long; the rest stays in order.
  void expire(Clock::time_point now);

 private:
  using Presences = std::list<Waiting>;

  Presences::iterator* older(const v1::Stanza& stanza);
  void remember(Presences::iterator presence);
  void forget(Presences::iterator presence);
  Waiting take(Presences::iterator presence);
  void put_back_presence(Waiting presence);
  void count(std::size_t bytes);
  void discount(std::size_t bytes);

  std::atomic<std::size_t>& sum_;
  ledger::Tally* const tally_;
  std::deque<Waiting> urgent_;  // messages and iqs
  Presences presences_;
  absl::flat_hash_map<std::uint64_t, Presences::iterator> latest_;  // by a hash of from and to
  std::size_t bytes_ = 0;
};

inline const Refusal kTooLate{v1::REMOTE_SERVER_TIMEOUT, "not delivered in time"};
inline const Refusal kShuttingDown{v1::REMOTE_SERVER_TIMEOUT, "the server is shutting down"};

}  // namespace causeway::edge::s2s
