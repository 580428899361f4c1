#include "frontend_gateway/translate/moved.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "frontend_gateway/address/mapping.h"
#include "frontend_gateway/address/percent.h"
#include "frontend_gateway/address/text.h"

namespace causeway::gateway::translate {

using causeway::address::Jid;

std::optional<std::string> sip_address_in(std::string_view uri) {
  std::string_view rest = uri;
  const std::string_view scheme = take_until(rest, ':');
  if (equal_ignoring_case(scheme, "sip")) {
    const auto parsed = mapping::SipUri::parse(uri);
    return parsed.ok() ? std::optional(parsed->to_string()) : std::nullopt;
  }
  // "xmpp://" names an account to act as, not only an address (RFC 5122 section 2.3).
  if (!equal_ignoring_case(scheme, "xmpp") || rest.starts_with("//")) return std::nullopt;
  const std::optional<std::string> decoded = mapping::decode(rest.substr(0, rest.find('?')));
  if (!decoded) return std::nullopt;
  const absl::StatusOr<Jid> jid = Jid::parse(*decoded);
  if (!jid.ok()) return std::nullopt;
  const auto sip = mapping::to_sip(*jid);
  return sip.ok() ? std::optional(sip->to_string()) : std::nullopt;
}

std::string xmpp_uri(const Jid& jid) {
  std::string uri = "xmpp:";
  if (!jid.local().empty()) absl::StrAppend(&uri, mapping::encode_strictly(jid.local()), "@");
  absl::StrAppend(&uri, jid.domain().ascii());
  if (!jid.resource().empty()) absl::StrAppend(&uri, "/", mapping::encode_strictly(jid.resource()));
  return uri;
}

}  // namespace causeway::gateway::translate
