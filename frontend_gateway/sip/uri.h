#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace causeway::gateway::sip {

// SIP URIs (RFC 3261 section 19.1), as far as they say where a request goes. Pure.

// sip: or sips:, and what is_uri() asks for.
bool is_sip_uri(std::string_view uri);

struct Place {
  bool secure = false;     // sips:
  std::string host;        // in lower case; an IPv6 address without its brackets
  std::uint16_t port = 0;  // 0: none is named
  std::string transport;   // in lower case; empty: none is named
};
// Where the URI points; of a maddr parameter, there. Nothing for what is no SIP URI with a host.
std::optional<Place> place_of(std::string_view uri);

// The host of `uri` alone, as it is written; cheaper than place_of(). Empty when there is none.
std::string_view host_of(std::string_view uri);

// The value of a URI parameter, empty for a flag; nothing when it is not there.
std::optional<std::string_view> uri_parameter(std::string_view uri, std::string_view name);

// Whether the value of a Route names a loose router (section 16.12).
bool is_loose(std::string_view route);

// Without what a Request-URI may not have: headers, and the parameter `method` (section 19.1.1).
std::string as_request_uri(std::string_view uri);

}  // namespace causeway::gateway::sip
