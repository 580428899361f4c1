#include "frontend_gateway/translate/hops.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "common/link/hello.h"
#include "frontend_gateway/translate/headers.h"

namespace causeway::gateway::translate {
namespace {

int digit(std::string_view text) {
  return text.size() == 1 && absl::ascii_isdigit(text[0]) ? text[0] - '0' : 0;
}

bool is_hexadecimal(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, absl::ascii_isxdigit);
}

}  // namespace

int hops_of(const v1::Stanza& stanza) {
  const std::size_t life = causeway::link::life_in(stanza.id()).size();
  if (life == 0) return 0;
  const std::string_view rest = std::string_view(stanza.id()).substr(life + 1);
  const auto dash = rest.find('-');
  if (dash == rest.npos || !is_hexadecimal(rest.substr(0, dash))) return 0;
  return digit(rest.substr(dash + 1));
}

int hops_of(const sip::IncomingRequest& request) {
  return digit(header(request.headers, kHopsHeader));
}

}  // namespace causeway::gateway::translate
