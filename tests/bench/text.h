#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace causeway::bench {

// absl::StrCat does not take std::string_view in Debian's build of Abseil.
inline void append(std::string& out, std::initializer_list<std::string_view> pieces) {
  for (const std::string_view piece : pieces) out.append(piece);
}

inline std::string join(std::initializer_list<std::string_view> pieces) {
  std::string out;
  append(out, pieces);
  return out;
}

}  // namespace causeway::bench
