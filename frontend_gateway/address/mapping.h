#pragma once

#include <string_view>

#include "causeway/v1/stanza.pb.h"
#include "common/address/jid.h"
#include "frontend_gateway/address/outcome.h"
#include "frontend_gateway/address/sip_uri.h"

namespace causeway::gateway::mapping {

// JID <-> SIP URI (RFC 7247 section 6.4 and 6.5, with the whole of XEP-0106): A-labels on the SIP
// side, U-labels on the XMPP side, resource <-> gr. JID -> SIP -> JID gives the same JID.

// Refuses like SipUri::parse, and with 400 what no JID can say.
Outcome<causeway::address::Jid, SipRefusal> to_jid(std::string_view uri);
Outcome<causeway::address::Jid, SipRefusal> to_jid(const SipUri& uri);

// Refuses with jid-malformed a local part that is not escaped as XEP-0106 says. The parts are
// prepared ones.
Outcome<SipUri, v1::StanzaError> to_sip(std::string_view local,
                                        const causeway::address::Domain& domain,
                                        std::string_view resource);
Outcome<SipUri, v1::StanzaError> to_sip(const causeway::address::Jid& jid);

}  // namespace causeway::gateway::mapping
