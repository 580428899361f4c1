#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "causeway/v1/stanza.pb.h"
#include "frontend_gateway/address/outcome.h"
#include "frontend_gateway/address/sip_uri.h"
#include "frontend_gateway/sip/user_agent.h"
#include "frontend_gateway/translate/threads.h"

namespace causeway::gateway::translate {

// XMPP message -> SIP MESSAGE (RFC 7572 section 4).

// The request; nothing when there is nothing in the message that a person would read, such as a
// chat state or a receipt; or why it cannot cross. `stanza` is a message and no error.
Outcome<std::optional<sip::Request>, v1::StanzaError> to_request(const v1::Stanza& stanza,
                                                                 const mapping::SipUri& from,
                                                                 const mapping::SipUri& to,
                                                                 Threads& threads);

// Tells the SIP user `to` that a message to `from` was taken and has failed nevertheless. It is
// marked as made by a machine, and its own failure is told nobody.
sip::Request notice(std::string_view from, std::string_view to, const v1::StanzaError& error);

// How many bytes of request the next hop of that URI takes: 1,300 over UDP (RFC 3428 section 8).
// Without a transport of its own it is UDP when one of `listen` of its address family is, as
// config::Sip has them.
std::size_t largest_request(std::string_view next_hop, std::span<const std::string> listen);
// About how many it will have on the wire; rather too many.
std::size_t size_on_wire(const sip::Request& request);

}  // namespace causeway::gateway::translate
