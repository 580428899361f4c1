#include "edge_proxy/tls/identity.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace causeway::edge::tls {
namespace {

// An address is never a DNS-ID (RFC 9525 section 1.2), however it is spelt.
bool is_address(std::string_view domain) {
  const std::string_view last = domain.substr(domain.rfind('.') + 1);
  return domain.find(':') != std::string_view::npos ||
         std::all_of(last.begin(), last.end(), absl::ascii_isdigit);
}

// "*.rest" stands for one label before "rest", which must be more than a top-level domain.
bool wildcard_matches(absl::string_view pattern, absl::string_view domain) {
  if (pattern.substr(0, 2) != "*.") return false;
  const absl::string_view rest = pattern.substr(2);
  if (rest.find('.') == absl::string_view::npos) return false;
  const std::size_t dot = domain.find('.');
  return dot != absl::string_view::npos && dot != 0 &&
         absl::EqualsIgnoreCase(domain.substr(dot + 1), rest);
}

bool dns_id_matches(absl::string_view id, absl::string_view domain) {
  return absl::EqualsIgnoreCase(id, domain) || wildcard_matches(id, domain);
}

bool srv_id_matches(absl::string_view id, absl::string_view domain) {
  constexpr absl::string_view kService = "_xmpp-server.";
  return absl::StartsWithIgnoreCase(id, kService) &&
         absl::EqualsIgnoreCase(id.substr(kService.size()), domain);
}

// An xmppAddr may be written in any case and with U-labels or A-labels.
bool xmpp_addr_matches(std::string_view address, const address::Domain& domain) {
  const absl::StatusOr<address::Domain> named = address::Domain::parse(address);
  return named.ok() && *named == domain;
}

}  // namespace

bool names(const PeerCertificate& certificate, const address::Domain& domain) {
  const std::string& ascii = domain.ascii();
  if (ascii.empty() || is_address(ascii)) return false;
  const auto matches = [&](bool (*match)(absl::string_view, absl::string_view)) {
    return [match, &ascii](const std::string& id) { return match(id, ascii); };
  };
  return std::any_of(certificate.dns_ids.begin(), certificate.dns_ids.end(),
                     matches(dns_id_matches)) ||
         std::any_of(certificate.srv_ids.begin(), certificate.srv_ids.end(),
                     matches(srv_id_matches)) ||
         std::any_of(certificate.xmpp_addrs.begin(), certificate.xmpp_addrs.end(),
                     [&](const std::string& id) { return xmpp_addr_matches(id, domain); });
}

}  // namespace causeway::edge::tls
