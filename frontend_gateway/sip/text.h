#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace causeway::gateway::sip {

// Debian's Abseil has a string_view of its own, so its string functions do not take ours.
void append(std::string& text, std::initializer_list<std::string_view> parts);
std::string concat(std::initializer_list<std::string_view> parts);

// What may stand in a SIP message, and where. Pure functions (RFC 3261 section 25.1).

bool is_token(std::string_view text);
// Not empty, a scheme, and nothing but visible US-ASCII other than <, > and ".
bool is_uri(std::string_view text);
// No control characters: a header's value or a reason phrase of ours cannot end its line.
bool is_line(std::string_view text);
// The same text with its control characters left out.
std::string as_line(std::string_view text);

// A received value as one line: folds become a space (section 7.3.1). Nothing when it holds any
// other control character than a tab.
std::optional<std::string> unfold(std::string_view value);

// Digits only, and no more than `most`.
std::optional<std::uint32_t> number(std::string_view text, std::uint32_t most);

std::string_view trim(std::string_view text);
bool same_name(std::string_view a, std::string_view b);  // as header names and schemes are compared

// "sip" of "sip:alice@example.com"; empty without one.
std::string_view scheme(std::string_view uri);

// From, To and Contact (section 20.10).
struct NameAddr {
  std::string display;  // unquoted
  std::string uri;      // what stands between the angle brackets
  std::string tag;
};

// As a name-addr, whatever it was: a URI of its own gets its angle brackets.
std::string bracketed(const std::string& address);

// `value` is unfolded. Nothing for what is not exactly one address: in `"<sip:a@b>" <sip:c@d>` the
// quoted text is a display name, whatever it looks like.
std::optional<NameAddr> parse_name_addr(std::string_view value);

}  // namespace causeway::gateway::sip
