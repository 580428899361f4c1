#pragma once

#include <string>
#include <string_view>

namespace causeway::gateway::config {

// What SIP settings may say; as those of common/config/checks.h.

std::string must_be_sip_listener(std::string_view text);  // "udp:0.0.0.0:5060"
// An address, "10.0.1.0/24", or the name in a certificate.
std::string must_be_sip_peer(std::string_view text);
std::string must_be_next_hop(std::string_view text);  // "sip:10.0.0.5:5060;transport=tcp"
std::string must_be_database(std::string_view text);  // "sqlite:/path" or "postgresql://host/name"
std::string must_be_contact(std::string_view text);   // "mailto:abuse@contoso.example"

}  // namespace causeway::gateway::config
