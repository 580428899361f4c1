#pragma once

#include <chrono>
#include <optional>

#include "absl/time/time.h"
#include "causeway/v1/stanza.pb.h"
#include "common/address/jid.h"
#include "frontend_gateway/address/outcome.h"
#include "frontend_gateway/sip/user_agent.h"
#include "frontend_gateway/translate/headers.h"
#include "frontend_gateway/translate/threads.h"

namespace causeway::gateway::translate {

// SIP MESSAGE -> XMPP message (RFC 7572 section 5). It has type chat, which clients show as a
// conversation; its id is the caller's to set, its patience_ms is at most `patience`.
//
// Nothing when there is nothing to read in it.
Outcome<std::optional<v1::Stanza>, SipAnswer> to_stanza(const sip::IncomingRequest& request,
                                                        const causeway::address::Jid& from,
                                                        const causeway::address::Jid& to,
                                                        const Threads& threads, absl::Time now,
                                                        std::chrono::milliseconds patience);

// Whether a machine sent it: nobody reads what is answered to it.
bool is_automatic(const sip::IncomingRequest& request);

}  // namespace causeway::gateway::translate
