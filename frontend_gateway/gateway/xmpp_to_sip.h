#pragma once

#include <cstddef>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "common/link/delivery.h"
#include "frontend_gateway/config/config.h"
#include "frontend_gateway/gateway/body_log.h"
#include "frontend_gateway/gateway/both.h"
#include "frontend_gateway/gateway/shares.h"
#include "frontend_gateway/sip/message.h"

namespace causeway::gateway {

// From a stanza that an edge delivers to a SIP request and its outcome.
class XmppToSip {
 public:
  XmppToSip(Both both, const config::Config& config);

  // Settles it in the end. An error stanza is not for here.
  void take(causeway::link::Delivery delivery);

  // A text that was taken for a session, and goes in page mode after all.
  void page(const mapping::SipUri& from, const mapping::SipUri& to, Errand errand);

  // The outcome of what was queued.
  void settle(Errand errand, const sip::Response& response);

 private:
  struct Parties {
    mapping::SipUri from, to;
    PairQueue::Pair pair;
    std::uint64_t partner;
  };

  Outcome<Parties, v1::StanzaError> admit(const v1::Stanza& stanza) const;
  void tell_state(const Parties& parties, v1::Message::ChatState state);
  void send(const v1::Stanza& stanza, const Parties& parties, Errand errand);
  void enrich(const v1::Stanza& stanza, const mapping::SipUri& to, Errand& errand);
  std::size_t largest_request(const std::string& domain) const;
  bool take_shares(const v1::Stanza& stanza, const Parties& parties, Errand& errand);
  void give_back_shares(const Errand& errand);
  void refuse(Errand& errand, std::string_view why);

  const Both both_;
  const std::string correction_prefix_;
  absl::flat_hash_map<std::string, std::size_t> largest_requests_;  // of domains with a route
  std::size_t largest_request_;                                     // of the others
  Shares sender_shares_, partner_shares_;
  const BodyLog body_log_{both_.policy};
};

}  // namespace causeway::gateway
