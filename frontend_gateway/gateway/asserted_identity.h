#pragma once

#include <vector>

#include "frontend_gateway/address/sip_uri.h"
#include "frontend_gateway/sip/user_agent.h"

namespace causeway::gateway {

// Whether the SIP server that authenticated the sender (P-Asserted-Identity, RFC 3325 section 9.1)
// contradicts its From. Without the header nothing is contradicted.
bool contradicts_identity(const std::vector<sip::Header>& headers, const mapping::SipUri& from);

}  // namespace causeway::gateway
