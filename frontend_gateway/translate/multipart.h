#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend_gateway/sip/message.h"

namespace causeway::gateway::translate {

// A body of several parts (RFC 2046 section 5.1), strictly: CR LF or LF, no folded headers.

struct Part {
  std::vector<sip::Header> headers;
  std::string_view body;  // points into what was parsed
};

// More parts, or headers of a part, than any user agent sends are no multipart.
inline constexpr std::size_t kMostParts = 16;
inline constexpr std::size_t kMostPartHeaders = 16;

// Nothing when `boundary` is none, no part is there, or the last one has no end.
std::optional<std::vector<Part>> parse_multipart(std::string_view body, std::string_view boundary);

// The headers up to the empty line, which is taken off the front with them. Nothing for a line that
// is no header, is folded, or holds a control character.
std::optional<std::vector<sip::Header>> take_headers(std::string_view& rest, std::size_t most);

}  // namespace causeway::gateway::translate
