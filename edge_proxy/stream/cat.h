#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "absl/strings/str_cat.h"

namespace causeway::edge::stream {

// Debian's Abseil has a string_view of its own, which a std::string_view does not become.
inline absl::string_view view(std::string_view text) { return {text.data(), text.size()}; }

namespace detail {

template <typename Part>
absl::AlphaNum piece(const Part& part) {
  if constexpr (std::is_convertible_v<const Part&, std::string_view>) {
    return view(part);
  } else {
    return part;
  }
}

}  // namespace detail

// absl::StrCat and absl::StrAppend, for std::string_view too.
template <typename... Parts>
std::string cat(const Parts&... parts) {
  return absl::StrCat(detail::piece(parts)...);
}
template <typename... Parts>
void append(std::string& out, const Parts&... parts) {
  absl::StrAppend(&out, detail::piece(parts)...);
}

}  // namespace causeway::edge::stream
