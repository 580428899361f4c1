#pragma once

#include <cstddef>

#include "common/link/delivery.h"
#include "frontend_gateway/courier/pair_queue.h"
#include "frontend_gateway/gateway/body_log.h"
#include "frontend_gateway/policy/current.h"
#include "frontend_gateway/sip/user_agent.h"
#include "frontend_gateway/translate/threads.h"

namespace causeway::gateway {

// From a stanza that an edge delivers to a SIP request and its outcome.
class XmppToSip {
 public:
  // `largest_request` in bytes on the wire.
  XmppToSip(const policy::Current& policy, const policy::Contacts& contacts,
            translate::Threads& threads, PairQueue& queue, std::size_t largest_request);

  // Settles it in the end. An error stanza is not for here.
  void take(causeway::link::Delivery delivery);

  // The outcome of what was queued.
  void settle(causeway::link::Receipt receipt, const sip::Response& response) const;

 private:
  void take_message(const v1::Stanza& stanza, causeway::link::Receipt receipt);

  const policy::Current& policy_;
  const policy::Contacts& contacts_;
  translate::Threads& threads_;
  PairQueue& queue_;
  const std::size_t largest_request_;
  const BodyLog body_log_{policy_};
};

}  // namespace causeway::gateway
