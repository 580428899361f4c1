#pragma once

#include <optional>

#include "frontend_gateway/address/outcome.h"
#include "frontend_gateway/address/sip_uri.h"
#include "frontend_gateway/policy/policy.h"
#include "frontend_gateway/session/sdp.h"
#include "frontend_gateway/sip/message.h"
#include "frontend_gateway/translate/headers.h"

namespace causeway::gateway::session {

// An INVITE out of a dialog, before anything is done about it. Pure.
struct Invitation {
  mapping::SipUri xmpp, sip;         // addresses of record, spelled as mapping::to_sip() does
  std::optional<Description> offer;  // none: the 2xx makes it

  // Refuses who may not write to whom as the policy says; 420 what needs an extension, a conference
  // first of all; 415 a body that is no SDP; 488 an SDP without instant messages.
  static Outcome<Invitation, translate::SipAnswer> parse(const sip::IncomingRequest& request,
                                                         const policy::Policy& policy);
};

}  // namespace causeway::gateway::session
