#pragma once

#include <string>
#include <string_view>

namespace causeway::gateway::config {

// What SIP settings may say; as those of common/config/checks.h.

std::string must_be_sip_listener(std::string_view text);  // "udp:0.0.0.0:5060"
std::string must_be_next_hop(std::string_view text);      // "sip:10.0.0.5:5060;transport=tcp"
std::string must_be_database(std::string_view text);  // "sqlite:/path" or "postgresql://host/name"

}  // namespace causeway::gateway::config
