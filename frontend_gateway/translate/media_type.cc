#include "frontend_gateway/translate/media_type.h"

#include "frontend_gateway/address/text.h"

namespace causeway::gateway::translate {
namespace {

// Takes a token or a quoted string, up to the next ";", off the front.
std::string take_value(std::string_view& rest) {
  rest = rest.substr(std::min(rest.find_first_not_of(" \t"), rest.size()));
  if (!rest.starts_with('"')) return std::string(trim(take_until(rest, ';')));
  std::string value;
  std::size_t at = 1;
  for (; at < rest.size() && rest[at] != '"'; ++at) {
    if (rest[at] == '\\' && at + 1 < rest.size()) ++at;
    value.push_back(rest[at]);
  }
  rest.remove_prefix(std::min(at, rest.size()));
  take_until(rest, ';');
  return value;
}

}  // namespace

MediaType MediaType::parse(std::string_view value) {
  std::string_view rest = value;
  const std::string_view name = trim(take_until(rest, ';'));
  return {name, rest};
}

bool MediaType::is(std::string_view type) const { return equal_ignoring_case(name, type); }

std::optional<std::string> MediaType::parameter(std::string_view wanted) const {
  std::string_view rest = parameters;
  while (!rest.empty()) {
    const auto equals = rest.find_first_of("=;");
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = trim(rest.substr(0, equals));
    const bool valued = rest[equals] == '=';
    rest.remove_prefix(equals + 1);
    if (!valued) continue;
    std::string value = take_value(rest);
    if (equal_ignoring_case(name, wanted)) return value;
  }
  return std::nullopt;
}

}  // namespace causeway::gateway::translate
