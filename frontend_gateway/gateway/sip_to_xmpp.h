#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "frontend_gateway/courier/pair_queue.h"
#include "frontend_gateway/gateway/body_log.h"
#include "frontend_gateway/gateway/sent_stanzas.h"
#include "frontend_gateway/policy/current.h"
#include "frontend_gateway/sip/user_agent.h"
#include "frontend_gateway/surroundings/surroundings.h"
#include "frontend_gateway/translate/threads.h"

namespace causeway::gateway {

// From a SIP request to a stanza that an edge has handed on, and its outcome: an error of the edge
// or of the recipient's server, or 202 when none has come in time. Stanzas of a pair leave in the
// order in which their requests came.
class SipToXmpp {
 public:
  struct Limits {
    std::chrono::milliseconds error_wait;  // for the recipient's server to refuse what it was given
    std::chrono::milliseconds patience;    // for the edge to hand it on
    std::size_t pending;                   // requests without a final response
  };

  // `queue` takes the notices of late errors. `contacts` learns whom SIP users write to.
  SipToXmpp(const policy::Current& policy, policy::Contacts& contacts,
            const translate::Threads& threads, PairQueue& queue, Surroundings& surroundings,
            Limits limits);

  // Answers the request in the end.
  void take(const sip::IncomingRequest& request, Reply reply);

  // An error stanza from XMPP: the outcome of what it answers, or late news of it, or nothing of
  // ours.
  void take_error(const v1::Stanza& error);

  // After the last outcome: who waits only for errors is told that there was none.
  void conclude();

  std::size_t pending() const { return sent_.pending_count(); }

 private:
  using Clock = std::chrono::steady_clock;

  void meet(const policy::Pair& domains, const causeway::address::Jid& from,
            const causeway::address::Jid& to);
  void submit(v1::Stanza stanza, std::unique_ptr<Sent> sent);
  void settled(std::uint64_t number, std::optional<v1::StanzaError> refusal);
  void refuse(Sent& sent, const v1::StanzaError& error);
  void tell_late(Sent& sent, const v1::StanzaError& error);
  void await_expiry();
  void accept(std::uint64_t number);
  void expire();

  const policy::Current& policy_;
  policy::Contacts& contacts_;
  const translate::Threads& threads_;
  PairQueue& queue_;
  Surroundings& surroundings_;
  const Limits limits_;
  const BodyLog body_log_{policy_};
  SentStanzas sent_;
  // What was handed on, and until when an error may come. All wait equally long: the first is the
  // next, and one timer serves all.
  std::deque<std::pair<Clock::time_point, std::uint64_t>> waits_;
};

}  // namespace causeway::gateway
