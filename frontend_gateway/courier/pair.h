#pragma once

#include <string>

#include "absl/hash/hash.h"
#include "common/address/jid.h"
#include "frontend_gateway/courier/pair_queue.h"
#include "frontend_gateway/policy/policy.h"

namespace causeway::gateway {

// The way from an XMPP user to a SIP user, whichever of their devices are meant. The local parts
// are those of the prepared JIDs.
inline PairQueue::Pair to_sip_user(const policy::Pair& domains, const std::string& xmpp_local,
                                   const std::string& sip_local) {
  return absl::HashOf(domains.remote->unicode(), xmpp_local, domains.local->unicode(), sip_local);
}

inline PairQueue::Pair to_sip_user(const causeway::address::Jid& xmpp_user,
                                   const causeway::address::Jid& sip_user) {
  return absl::HashOf(xmpp_user.domain().unicode(), xmpp_user.local(), sip_user.domain().unicode(),
                      sip_user.local());
}

}  // namespace causeway::gateway
