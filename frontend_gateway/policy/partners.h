#pragma once

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "causeway/v1/link.pb.h"
#include "causeway/v1/stanza.pb.h"
#include "common/address/jid.h"
#include "frontend_gateway/address/outcome.h"
#include "frontend_gateway/address/sip_uri.h"

namespace causeway::gateway::policy {

// Two domains that may speak with each other. They live as long as the Partners they came from.
struct Pair {
  const causeway::address::Domain* local;   // hosted here
  const causeway::address::Domain* remote;  // an allowed partner's
};

// Who may speak with whom: every hosted domain with every domain of an allowed partner, and no
// other. Domains are compared exactly: a subdomain of a partner is a stranger. Immutable.
class Partners {
 public:
  Partners(const std::vector<causeway::address::Domain>& hosted,
           const std::vector<v1::Partner>& partners);

  // Refuses a sender of a domain that is not allowed with forbidden, a recipient of a domain that
  // is not ours with item-not-found. The addresses are prepared ones.
  Outcome<Pair, v1::StanzaError> admit_from_xmpp(const v1::Address& from,
                                                 const v1::Address& to) const;

  // Refuses a From that is not ours with 403, since nobody else may use this gateway; a recipient
  // that is ours with 482, since it would come back; one of a domain that is not allowed with 404
  // (RFC 3261 section 21.4.5: not a domain handled here).
  Outcome<Pair, SipRefusal> admit_from_sip(const mapping::SipUri& from,
                                           const mapping::SipUri& to) const;

  // The host of a SIP URI or the domain of a JID. Null when it is not hosted here.
  const causeway::address::Domain* hosted(const std::string& name) const;

 private:
  enum class Side { hosted, partner };
  struct Known {
    causeway::address::Domain domain;
    Side side;
  };
  void add(const causeway::address::Domain& domain, Side side);
  const causeway::address::Domain* find(const std::string& name, Side side) const;

  absl::flat_hash_map<std::string, Known> known_;  // by U-label and by A-label
};

}  // namespace causeway::gateway::policy
