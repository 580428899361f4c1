#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace causeway::gateway::translate {

// The value of a Content-Type (RFC 2045 section 5.1).
struct MediaType {
  std::string_view name;  // "text/plain", as written
  std::string_view parameters;

  bool is(std::string_view type) const;                          // in any case
  std::optional<std::string> parameter(std::string_view) const;  // unquoted; the first of that name

  // It points into `value`.
  static MediaType parse(std::string_view value);
};

}  // namespace causeway::gateway::translate
