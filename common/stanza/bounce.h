#pragma once

#include <optional>

#include "causeway/v1/stanza.pb.h"
#include "common/address/jid.h"

namespace causeway::stanza {

// The error stanza that tells the sender of `refused` what became of it: addresses swapped, id
// kept, bodies gone (RFC 6120 section 8.3.1). Nothing for what must not be answered with an error:
// errors, iq results, and presence that asks for nothing (RFC 6121 sections 4 and 8.1).
std::optional<v1::Stanza> bounce(const v1::Stanza& refused, v1::StanzaError error);

// Whether the stanza is itself an error, of any kind.
bool is_error(const v1::Stanza& stanza);

// Of a prepared address. An empty JID for one that is not: the other daemon is of another mind.
address::Jid to_jid(const v1::Address& address);
v1::Address to_address(const address::Jid& jid);

}  // namespace causeway::stanza
