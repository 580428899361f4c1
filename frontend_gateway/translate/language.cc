#include "frontend_gateway/translate/language.h"

#include <cstddef>

#include "absl/strings/ascii.h"

namespace causeway::gateway::translate {

bool is_language_tag(std::string_view text) {
  if (text.empty() || text.size() > 35 || !absl::ascii_isalpha(text[0])) return false;
  std::size_t subtag = 0;
  for (const char c : text) {
    if (c == '-' ? subtag == 0 : !absl::ascii_isalnum(c) || subtag == 8) return false;
    subtag = c == '-' ? 0 : subtag + 1;
  }
  return subtag > 0;
}

}  // namespace causeway::gateway::translate
