#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend_gateway/sip/message.h"

namespace causeway::gateway::session {

// The first text of a session inside its INVITE, in the header ms-text-format:
//
//   ms-text-format: text/plain; charset=UTF-8;msgr=<base64>;ms-body=<base64 of the text>
//
// Who has understood it says `Supported: ms-text-format` in the 2xx; to who does not, the text is
// repeated as a MESSAGE. Pure.

struct FirstText {
  std::string content_type;  // without ms-body
  std::string body;          // as it would stand in a MESSAGE
};

// Nothing when there is none, more than one, another type than text/plain and text/html, no clean
// base64, or more than `most` bytes: its sender repeats it where such a thing can be refused.
std::optional<FirstText> first_text(const std::vector<sip::Header>& headers, std::size_t most);

// The header's value. `content_type` has no ms-body yet.
std::string ms_text_format(std::string_view content_type, std::string_view body);

// Whether a list of options ("timer, ms-text-format") in any of the headers of that name has it.
bool lists(const std::vector<sip::Header>& headers, std::string_view name, std::string_view option);

}  // namespace causeway::gateway::session
