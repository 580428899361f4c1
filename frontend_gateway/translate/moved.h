#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/address/jid.h"

namespace causeway::gateway::translate {

// The new place of a user who has moved (<gone/>, <redirect/>, 301, 302).

// The SIP URI for the URI a stanza error names; nothing when it is neither xmpp: nor sip:, or
// wrong.
std::optional<std::string> sip_address_in(std::string_view uri);

// xmpp:local@domain (RFC 5122).
std::string xmpp_uri(const causeway::address::Jid& jid);

}  // namespace causeway::gateway::translate
