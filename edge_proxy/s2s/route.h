#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include "common/address/domain.h"
#include "common/link/delivery.h"
#include "edge_proxy/s2s/backoff.h"
#include "edge_proxy/s2s/environment.h"
#include "edge_proxy/s2s/move_watch.h"
#include "edge_proxy/s2s/send_queue.h"

namespace causeway::edge::s2s {

class Carrier;

// The way to one domain for one of ours: what waits, the pause after a failure, and which stream
// carries it. Several streams may be able to, such as ours and one of the peer's that is
// bidirectional; the first of them does, alone, so that the order is kept, and when it ends the
// next one takes over. The end of any other changes nothing.
//
// Stays on its thread, which is its partner's.
class Route {
 public:
  using Clock = std::chrono::steady_clock;

  // `call` makes a stream for it, and then says called().
  Route(Environment& environment, address::Domain local, address::Domain remote,
        std::function<void(Route&)> call);
  ~Route();
  Route(const Route&) = delete;
  Route& operator=(const Route&) = delete;

  const address::Domain& local() const { return local_; }
  const address::Domain& remote() const { return remote_; }

  // Queues the stanza or refuses it; flush() sets what is queued in motion.
  void send(causeway::link::Delivery delivery);
  void flush();

  // From carriers.
  SendQueue& queue() { return queue_; }
  void offer(Carrier& carrier);
  void withdraw(Carrier& carrier, std::vector<SendQueue::Waiting> lost);
  bool is_carried() const { return !carriers_.empty(); }

  // The call has come to a stream, or to nothing.
  void called();
  // It is still referred to, for as long as the call lives.
  void hold() { ++holds_; }
  void let_go() { --holds_; }
  // No stream came about: who waits need not.
  void failed(Refusal refusal);
  // The same, but another attempt may follow at once.
  void refuse_all(const Refusal& refusal);

  // Both ends are still domains that speak to each other.
  bool permitted() const;
  bool stopping() const { return stopping_; }

  void configure();                     // there is a new directory
  void heard_from() { reset_pause(); }  // its server is up: no pause any longer
  void tick(Clock::time_point now) { queue_.expire(now); }
  void stop();  // refuses what has no stream

  // In the pause after a failure: whether it is time to look if the server has moved, which would
  // end the pause. Who looks says so, and says what came of it.
  bool may_have_moved(Clock::time_point now) const {
    return backoff_.waiting(now) && watch_.due(now);
  }
  void look() { watch_.look(); }
  void found(const stream::Whereabouts& now) {
    if (watch_.found(now)) reset_pause();
  }
  void given_up_looking() { watch_.given_up(); }

  // Nothing is under way, and nothing is worth remembering.
  bool idle(Clock::time_point now) const;

 private:
  std::optional<Refusal> refusal_for(std::size_t bytes) const;
  void reset_pause() {
    backoff_.reset();
    watch_.reset();
  }

  Environment& environment_;
  const address::Domain local_;
  const address::Domain remote_;
  const std::function<void(Route&)> call_;
  SendQueue queue_;
  std::vector<Carrier*> carriers_;  // the first carries
  bool calling_ = false;
  int holds_ = 0;
  bool stopping_ = false;
  Backoff backoff_;
  MoveWatch watch_;
  Refusal last_refusal_{};
};

}  // namespace causeway::edge::s2s
