#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace causeway::gateway::mapping {

// %XX in SIP (RFC 3261 section 25.1).

// Encodes what must not stand in the user part: all but unreserved and user-unreserved characters.
std::string encode_user(std::string_view bytes);

// Encodes all but letters, digits and "-._~", which no proxy on the way touches.
std::string encode_strictly(std::string_view bytes);

// Encodes what must not stand in a Reason-Phrase; spaces and non-ASCII characters may. The "%" is
// encoded, so that decode() gives the text again.
std::string encode_phrase(std::string_view text);

// Nothing when a '%' is not followed by two hexadecimal digits.
std::optional<std::string> decode(std::string_view text);

}  // namespace causeway::gateway::mapping
