#include "frontend_gateway/address/escaping.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "frontend_gateway/address/text.h"

namespace causeway::gateway::mapping {
namespace {

struct Escape {
  char character;
  std::string_view code;
};

// XEP-0106 section 3.1, table 1.
constexpr Escape kEscapes[] = {
    {' ', "20"}, {'"', "22"}, {'&', "26"}, {'\'', "27"}, {'/', "2f"},
    {':', "3a"}, {'<', "3c"}, {'>', "3e"}, {'@', "40"},  {'\\', "5c"},
};

const Escape* escape_of(char c) {
  const auto* row = std::ranges::find(kEscapes, c, &Escape::character);
  return row == std::end(kEscapes) ? nullptr : row;
}

// The escape whose code `text` begins with. In any case: preparation will fold it.
const Escape* code_at(std::string_view text) {
  for (const Escape& row : kEscapes)
    if (equal_ignoring_case(text.substr(0, row.code.size()), row.code)) return &row;
  return nullptr;
}

}  // namespace

std::optional<std::string> escape(std::string_view name) {
  if (name.starts_with(' ') || name.ends_with(' ')) return std::nullopt;
  std::string local;
  local.reserve(name.size() + 4);
  for (std::size_t i = 0; i < name.size(); ++i) {
    const Escape* row = escape_of(name[i]);
    // A backslash stays, unless what follows would turn it into an escape.
    if (row != nullptr && name[i] == '\\' && code_at(name.substr(i + 1)) == nullptr) row = nullptr;
    if (row == nullptr) {
      local.push_back(name[i]);
    } else {
      local.push_back('\\');
      local.append(row->code);
    }
  }
  return local;
}

std::optional<std::string> unescape(std::string_view local) {
  if (local.find('\\') == std::string_view::npos) return std::string(local);
  std::string name;
  name.reserve(local.size());
  for (std::size_t i = 0; i < local.size(); ++i) {
    const Escape* row = local[i] == '\\' ? code_at(local.substr(i + 1)) : nullptr;
    name.push_back(row == nullptr ? local[i] : row->character);
    if (row != nullptr) i += row->code.size();
  }
  if (escape(name) != local) return std::nullopt;
  return name;
}

}  // namespace causeway::gateway::mapping
