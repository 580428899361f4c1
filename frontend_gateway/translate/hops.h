#pragma once

#include <string_view>

#include "causeway/v1/stanza.pb.h"
#include "frontend_gateway/sip/message.h"

namespace causeway::gateway::translate {

// How many gateways of our kind a text has passed. Two gateways whose SIP servers send them each
// other's users would pass it on for ever, and neither Max-Forwards nor Via crosses XMPP. So the
// count stands in the ids of our stanzas ("<life>-<number>-<count>"), and in a header of the
// MESSAGE that another gateway makes of one.

inline constexpr std::string_view kHopsHeader = "Causeway-Hops";
// From SIP to XMPP and on to the SIP users of another organisation: nobody lives behind a third.
inline constexpr int kMostHops = 2;

int hops_of(const v1::Stanza& stanza);
int hops_of(const sip::IncomingRequest& request);

}  // namespace causeway::gateway::translate
