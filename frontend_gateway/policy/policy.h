#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "causeway/v1/link.pb.h"
#include "causeway/v1/stanza.pb.h"
#include "common/address/jid.h"
#include "frontend_gateway/address/outcome.h"
#include "frontend_gateway/address/sip_uri.h"
#include "frontend_gateway/policy/contacts.h"
#include "frontend_gateway/policy/rules.h"

namespace causeway::gateway::policy {

// What somebody wants of a user of the other side.
enum class Act {
  message,   // to write to him
  watch,     // to ask to see his presence, or to go on seeing it
  presence,  // to show him presence, or to answer his wish to see it
};

// Two domains that may speak with each other. The domains live as long as the Policy they came
// from: nobody keeps a Pair.
struct Pair {
  const causeway::address::Domain* local;   // hosted here
  const causeway::address::Domain* remote;  // an allowed partner's
  v1::PartnerType type = v1::PUBLIC_UNVERIFIED;
  std::uint64_t partner = 0;  // the same for all domains of a partner, whatever Policy says it
};

// Who may do what to whom: users of hosted domains and of allowed partners, and no others, as far
// as the partner's type and the external access policy of the SIP user allow. Domains are compared
// exactly: a subdomain of a partner is a stranger. Immutable; any thread.
//
// A judgement never asks whether a user exists, and costs the same for those who do and those who
// do not. For whom a partner of the type PublicUnverified lets in, all users who do not have him as
// a contact are the same, those with a policy of their own included.
class Policy {
 public:
  // What is hosted is never a partner's as well. Domains that cannot be read are no domains.
  explicit Policy(const Rules& rules);

  // The addresses are prepared ones. Refusals, first come first:
  //   forbidden       the sender's domain is no allowed partner's;
  //   item-not-found  the recipient's domain is not hosted here;
  //   forbidden       message, watch: the partner is PublicUnverified, and the recipient does not
  //                   have the sender as a contact;
  //   not-allowed     the recipient may not communicate with XMPP users. Which of the reasons it is
  //                   concerns nobody outside.
  Outcome<Pair, v1::StanzaError> admit_from_xmpp(Act act, const v1::Address& from,
                                                 const v1::Address& to,
                                                 const Contacts& contacts) const;

  // Refusals: 403 a From that is not ours, since nobody else may use this gateway; 482 a recipient
  // that is ours, since it would come back; 404 one of a domain that is not allowed (RFC 3261
  // section 21.4.5: not a domain handled here); 403 a sender who may not communicate with XMPP
  // users, with the reason; 400 one that no JID can name.
  Outcome<Pair, SipRefusal> admit_from_sip(Act act, const mapping::SipUri& from,
                                           const mapping::SipUri& to) const;

  // The host of a SIP URI or the domain of a JID. Null when it is not hosted here.
  const causeway::address::Domain* hosted(const std::string& name) const;
  // Null when it is no allowed partner's.
  const causeway::address::Domain* partner(const std::string& name) const;

  // Whether users of such a partner see the status notes of SIP users.
  static bool notes_may_leave(v1::PartnerType type) { return type == v1::FEDERATED; }

  bool log_message_bodies() const { return log_message_bodies_; }

 private:
  enum class Side { hosted, partner };
  struct Known {
    causeway::address::Domain domain;
    Side side;
    v1::PartnerType type;
    std::uint64_t partner;
  };
  enum class Access { granted, no_federation, no_xmpp, branch_appliance };

  static Access access(const store::Policy* policy);
  Access access(std::string_view local_part, const std::string& domain) const;
  static std::string_view words(Access access);
  void add(const causeway::address::Domain& domain, Known known);
  void add(const v1::Partner& partner);
  void add(const store::User& user, const Rules& rules);
  const Known* find(const std::string& name, Side side) const;

  absl::flat_hash_map<std::string, Known> known_;  // by U-label and by A-label
  Access everybody_;                               // of whom no more is known
  absl::flat_hash_map<std::string, Access> users_;
  bool log_message_bodies_;
};

}  // namespace causeway::gateway::policy
