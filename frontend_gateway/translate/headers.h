#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "frontend_gateway/sip/user_agent.h"

namespace causeway::gateway::translate {

// A final response still to be given.
struct SipAnswer {
  int status = 0;
  std::string reason;
  std::vector<sip::Header> headers;
  std::string content_type{};  // empty: no body
  std::string body{};
};

// The first header of that name, in any case; empty when there is none.
std::string_view header(const std::vector<sip::Header>& headers, std::string_view name);

// The URI of a name-addr or addr-spec (RFC 3261 section 20.10), without the header's parameters.
std::string_view uri_of(std::string_view header_value);

// `text` on one line of at most `most` bytes: each run of controls and spaces is one space. The
// text is UTF-8.
std::string one_line(std::string_view text, std::size_t most);

}  // namespace causeway::gateway::translate
