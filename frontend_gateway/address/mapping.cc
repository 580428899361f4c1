#include "frontend_gateway/address/mapping.h"

#include <optional>
#include <string>
#include <utility>

#include "common/stanza/conditions.h"
#include "frontend_gateway/address/escaping.h"
#include "frontend_gateway/address/utf8.h"

namespace causeway::gateway::mapping {
namespace {

using causeway::address::Domain;
using causeway::address::Jid;

v1::StanzaError malformed(std::string_view why) { return stanza::error(v1::JID_MALFORMED, why); }

}  // namespace

Outcome<Jid, SipRefusal> to_jid(std::string_view uri) {
  auto parsed = SipUri::parse(uri);
  if (!parsed.ok()) return std::move(parsed.refusal());
  return to_jid(*parsed);
}

Outcome<Jid, SipRefusal> to_jid(const SipUri& uri) {
  const std::optional<std::string> local = escape(uri.user);
  if (!local) return SipRefusal{400, "Bad Address: a space at an end of the user part"};
  absl::StatusOr<Jid> jid = Jid::from_parts(*local, uri.host, uri.gr);
  if (!jid.ok()) return SipRefusal{400, "Bad Address: it has no XMPP form"};
  return *std::move(jid);
}

Outcome<SipUri, v1::StanzaError> to_sip(std::string_view local, const Domain& domain,
                                        std::string_view resource) {
  std::optional<std::string> user = unescape(local);
  if (!user) return malformed("The local part is not escaped as XEP-0106 says.");
  if (!is_one_line(*user) || !is_one_line(resource))
    return malformed("The address holds control characters.");
  return SipUri{.user = *std::move(user), .host = domain.ascii(), .gr = std::string(resource)};
}

Outcome<SipUri, v1::StanzaError> to_sip(const Jid& jid) {
  return to_sip(jid.local(), jid.domain(), jid.resource());
}

}  // namespace causeway::gateway::mapping
