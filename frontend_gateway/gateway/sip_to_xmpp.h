#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "common/address/jid.h"
#include "frontend_gateway/config/config.h"
#include "frontend_gateway/gateway/body_log.h"
#include "frontend_gateway/gateway/both.h"
#include "frontend_gateway/gateway/sent_stanzas.h"
#include "frontend_gateway/gateway/shares.h"
#include "frontend_gateway/policy/policy.h"
#include "frontend_gateway/sip/message.h"
#include "frontend_gateway/translate/content.h"

namespace causeway::gateway {

// From a SIP request to a stanza that an edge has handed on, and its outcome: an error of the edge
// or of the recipient's server, or 202 when none has come in time. Stanzas of a pair leave in the
// order in which their requests came.
class SipToXmpp {
 public:
  SipToXmpp(Both both, const config::Config& config);

  // Answers the request in the end.
  void take(const sip::IncomingRequest& request, Reply reply);

  // An error stanza from XMPP: the outcome of what it answers, or late news of it, or nothing of
  // ours.
  void take_error(const v1::Stanza& error);

  // A stanza with <received/> or <displayed/>: told to who asked for it, if anybody did.
  void take_receipt(const v1::Stanza& stanza);

  // After the last outcome: who waits only for errors is told that there was none.
  void conclude();

  std::size_t pending() const { return sent_.pending_count(); }

 private:
  using Clock = std::chrono::steady_clock;

  struct Parties {
    mapping::SipUri from, to;
    policy::Pair domains;
    causeway::address::Jid sender, recipient;
    PairQueue::Pair way_back;
  };

  Outcome<Parties, SipRefusal> admit(const sip::IncomingRequest& request) const;
  void take_text(const sip::IncomingRequest& request, const Parties& parties,
                 translate::Content content, Reply reply);
  void tell(const Parties& parties, const translate::Imdn& imdn);
  void meet(const Parties& parties);
  bool take_shares(const Parties& parties, Sent& sent);
  void give_back_shares(const Sent& sent);
  void submit(v1::Stanza stanza, std::unique_ptr<Sent> sent);
  void settled(std::uint64_t number, std::optional<v1::StanzaError> refusal);
  void refuse(Sent& sent, const v1::StanzaError& error);
  void notify(Sent& sent, translate::Imdn::Status status);
  sip::Request bad_news(Sent& sent, const v1::StanzaError& error) const;
  void tell_late(Sent& sent, const v1::StanzaError& error);
  void await_expiry();
  void accept(std::uint64_t number);
  void expire();

  const Both both_;
  const config::Sip sip_;
  const v1::Message::Type type_;
  absl::flat_hash_set<std::string> lync_domains_;  // that take ms-imdn
  Shares sender_shares_, partner_shares_;
  std::uint64_t told_ = 0;
  const BodyLog body_log_{both_.policy};
  SentStanzas sent_;
  // What was handed on, and until when an error may come. All wait equally long: the first is the
  // next, and one timer serves all.
  std::deque<std::pair<Clock::time_point, std::uint64_t>> waits_;
};

}  // namespace causeway::gateway
