#pragma once

#include <string_view>

#include "causeway/v1/stanza.pb.h"
#include "frontend_gateway/sip/user_agent.h"
#include "frontend_gateway/translate/headers.h"

namespace causeway::gateway::translate {

// Stanza errors <-> SIP final responses (RFC 7247 section 7), and what it leaves open.

// Whom the failed request was for: some conditions say less about a user than about one client.
enum class Addressed { bare, full };

// The final response to a MESSAGE that ended in `error`.
SipAnswer to_sip(const v1::StanzaError& error, Addressed addressed);

// The stanza error for a final response of 300 or more. `new_address` is the XMPP URI of the user's
// new place, for <gone/> and <redirect/>; empty when there is none that may be told.
v1::StanzaError to_xmpp(const sip::Response& response, std::string_view new_address = {});

}  // namespace causeway::gateway::translate
