#pragma once

#include <string>

#include "frontend_gateway/address/outcome.h"
#include "frontend_gateway/sip/user_agent.h"
#include "frontend_gateway/translate/headers.h"

namespace causeway::gateway::translate {

// The text of a request's body, in UTF-8 and fit for XML. Refuses with 415 and what is accepted
// another type, charset or coding, and with 400 bytes that no stanza may hold: replacing them would
// deliver a text that nobody has written.
Outcome<std::string, SipAnswer> plain_text(const sip::IncomingRequest& request);

}  // namespace causeway::gateway::translate
