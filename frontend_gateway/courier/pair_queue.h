#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "frontend_gateway/courier/errand.h"
#include "frontend_gateway/sip/user_agent.h"
#include "frontend_gateway/surroundings/surroundings.h"

namespace causeway::gateway {

// One pending MESSAGE from each user to each other, the next ones in order behind it: RFC 3428
// section 8 asks for the one, and nothing else keeps their order.
class PairQueue {
 public:
  // Two users as a number. Should two pairs share one, they only wait for each other.
  using Pair = std::uint64_t;
  using Finished = std::function<void(Errand, sip::Response)>;
  struct Limits {
    std::size_t per_pair;                           // waiting behind the pending one
    std::size_t in_all;                             // pending and waiting
    std::chrono::milliseconds longest_wait{60000};  // from push() to the outcome
  };

  // `finished` gets every errand back that was taken, once, without its request. One whose attempt
  // is declined keeps its turn and is sent again in the plain form, if it has one and time is left.
  PairQueue(Surroundings& surroundings, Limits limits, Finished finished);

  // Leaves `errand` as it is and says false when there is no room for it. Who cannot have an
  // outcome in time any more is not sent: a local 408 is the outcome.
  bool push(Pair pair, Errand& errand);

  // Something of the pair is pending.
  bool busy(Pair pair) const { return lanes_.contains(pair); }

  std::size_t size() const { return size_; }

 private:
  using Clock = std::chrono::steady_clock;
  using Deadline = std::pair<Clock::time_point, std::uint64_t>;  // equal ones in order of push()
  struct Waiting {
    Errand errand;
    Deadline deadline;
  };
  struct Lane {
    Errand pending;  // its request is with the user agent
    Deadline deadline{};
    std::list<Waiting> waiting;
  };

  struct Place {
    Pair pair;
    std::list<Waiting>::iterator at;
  };

  bool hopeless(Clock::time_point deadline) const;
  void wait(Pair pair, Lane& lane, Waiting waiting);
  void send(Pair pair, Lane& lane, Waiting waiting);
  void answered(Pair pair, sip::Response response);
  bool try_plainly(Pair pair, Lane& lane, const sip::Response& response);
  void next_turn(Pair pair, sip::Response response);
  void watch();
  void look();
  void give_up(std::list<Waiting> late);

  Surroundings& surroundings_;
  const Limits limits_;
  const Finished finished_;
  absl::flat_hash_map<Pair, Lane> lanes_;         // of pairs with a pending MESSAGE
  absl::btree_map<Deadline, Place> by_deadline_;  // all who wait
  std::uint64_t pushed_ = 0;
  std::size_t size_ = 0;
  bool watching_ = false;  // a timer is set; one serves all
  // Outcomes to tell. While the user agent ends, send() has its outcome before it returns.
  std::deque<std::pair<Pair, sip::Response>> answers_;
  bool telling_ = false;
};

}  // namespace causeway::gateway
