#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

#include "frontend_gateway/presence/notifier/book.h"
#include "frontend_gateway/surroundings/deadlines.h"
#include "frontend_gateway/surroundings/surroundings.h"

namespace causeway::gateway::presence {

// Sends the NOTIFYs of established subscriptions: what a pair's state is when it is the turn of one
// of them, so that the last state wins.
//
// At most one has no answer yet, and changes wait until `interval` after the NOTIFY before (RFC
// 3856 section 6.10); the first document goes at once, and so does what answers a SUBSCRIBE or
// ends the subscription. Who keeps changing at every turn gets his turns later and later.
//
// The CSeq never falls, not even over a restart: the row holds one that lies above all that may be
// used, and nothing beyond it is used before a row with a higher one is durable.
class Notifier {
 public:
  struct Limits {
    std::chrono::milliseconds interval{5000};
  };
  using Ended = std::function<void(Number pair, bool poll)>;

  // `ended`: a subscription of the pair, or a single look, is gone from the book.
  Notifier(Book& book, Surroundings& surroundings, Limits limits, Ended ended);

  // Its pair's state is another one.
  void tell(Subscription& subscription);
  // A SUBSCRIBE was answered, or may have been.
  void tell_now(Subscription& subscription);
  // With `last` as what is known. Of one that is not established yet it is the first NOTIFY too.
  // It may be gone when this returns.
  void end(Subscription& subscription, Reason reason, ViewRef last = nullptr);

  // Writes the row, with room for CSeqs. `written` is told whether it is durable; the subscription
  // may be gone by then.
  using Written = absl::AnyInvocable<void(bool durable)>;
  void write(Subscription& subscription, std::vector<store::Change> with, Written written);

  std::size_t pending() const { return pending_; }

 private:
  using Clock = std::chrono::steady_clock;

  void turn(Subscription& subscription);
  bool is_first_document(const Subscription& subscription, const Pair& pair) const;
  bool nothing_new(const Subscription& subscription, const Pair& pair) const;
  bool may_number(Subscription& subscription);
  void make_room(Subscription& subscription);
  void send(Subscription& subscription, const Pair& pair);
  void wait_for_next(Subscription& subscription);
  void send_last(Subscription& subscription);
  void forget(Subscription& subscription);
  void answered(Number number, const sip::Response& response);
  void postpone(Subscription& subscription, const sip::Response& response);
  sip::Request request(Subscription& subscription, std::string state, const ViewRef& view);

  Book& book_;
  Surroundings& surroundings_;
  const Limits limits_;
  const Ended ended_;
  Deadlines<Number> turns_;
  std::size_t pending_ = 0;
};

}  // namespace causeway::gateway::presence
