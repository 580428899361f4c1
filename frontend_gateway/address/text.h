#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"

namespace causeway::gateway {

// ASCII text as SIP compares and divides it. Debian's Abseil has a string_view of its own, so its
// string functions do not take ours.

inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, absl::ascii_tolower, absl::ascii_tolower);
}

inline std::string lower_case(std::string_view text) {
  std::string lower(text);
  absl::AsciiStrToLower(&lower);
  return lower;
}

inline std::string_view trim(std::string_view text) {
  while (!text.empty() && absl::ascii_isspace(text.front())) text.remove_prefix(1);
  while (!text.empty() && absl::ascii_isspace(text.back())) text.remove_suffix(1);
  return text;
}

// Takes what stands before the first `separator`, or everything, off the front of `rest`.
inline std::string_view take_until(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return taken;
}

}  // namespace causeway::gateway
