#include "frontend_gateway/gateway/asserted_identity.h"

#include <string_view>

#include "frontend_gateway/address/text.h"
#include "frontend_gateway/translate/headers.h"

namespace causeway::gateway {
namespace {

enum class Says { nothing, same, other };

// A tel: identity beside the sip: one says nothing about a user.
Says compare(std::string_view identity, const mapping::SipUri& from) {
  const auto uri = mapping::SipUri::parse(identity);
  if (!uri.ok()) return Says::nothing;
  return uri->host == from.host && equal_ignoring_case(uri->user, from.user) ? Says::same
                                                                             : Says::other;
}

}  // namespace

bool contradicts_identity(const std::vector<sip::Header>& headers, const mapping::SipUri& from) {
  bool another = false;
  for (const sip::Header& header : headers) {
    if (!equal_ignoring_case(header.name, "P-Asserted-Identity")) continue;
    std::string_view rest = header.value;
    do {
      const Says says = compare(translate::uri_of(rest), from);
      if (says == Says::same) return false;
      another = another || says == Says::other;
      const auto close = rest.find('>');
      rest.remove_prefix(close == std::string_view::npos ? rest.size() : close + 1);
    } while (rest.find('<') != std::string_view::npos);
  }
  return another;
}

}  // namespace causeway::gateway
