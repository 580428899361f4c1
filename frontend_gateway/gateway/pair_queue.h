#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>

#include "absl/container/flat_hash_map.h"
#include "common/link/delivery.h"
#include "frontend_gateway/gateway/surroundings.h"
#include "frontend_gateway/sip/user_agent.h"

namespace causeway::gateway {

// A MESSAGE on its way to a SIP user, and whom its outcome concerns.
struct Errand {
  sip::Request request;
  causeway::link::Receipt receipt;  // says nothing for a notice of our own
  bool notice = false;
};

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
    std::chrono::milliseconds longest_wait{60000};  // for the turn; then a local 408 is the outcome
  };

  // `finished` gets every errand back that was taken, once, without its request.
  PairQueue(Surroundings& surroundings, Limits limits, Finished finished);

  // Leaves `errand` as it is and says false when there is no room for it.
  bool push(Pair pair, Errand& errand);

  std::size_t size() const { return size_; }

 private:
  struct Waiting {
    Errand errand;
    std::chrono::steady_clock::time_point since;
  };
  struct Lane {
    Errand pending;  // its request is with the user agent
    std::list<Waiting> waiting;
  };

  void send(Pair pair, Lane& lane, Errand errand);
  void answered(Pair pair, sip::Response response);

  Surroundings& surroundings_;
  const Limits limits_;
  const Finished finished_;
  absl::flat_hash_map<Pair, Lane> lanes_;  // of pairs with a pending MESSAGE
  std::size_t size_ = 0;
};

}  // namespace causeway::gateway
