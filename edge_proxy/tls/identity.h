#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/address/jid.h"

namespace causeway::edge::tls {

// What a peer's certificate says, copied out while it was verified; the certificate itself is not
// kept.
struct PeerCertificate {
  bool present = false;
  // The chain leads to a trust anchor, is in date, and may authenticate a server.
  bool trusted = false;
  std::string problem{};               // why not, e.g. "certificate expired on 2026-11-01"
  std::vector<std::string> dns_ids{};  // dNSName, as A-labels, lower case; may begin with "*."
  std::vector<std::string> srv_ids{};  // SRVName (RFC 4985), e.g. "_xmpp-server.fabrikam.example"
  std::vector<std::string> xmpp_addrs{};  // id-on-xmppAddr (RFC 6120 section 13.7.1.4)
};

// Whether the certificate names the domain as an XMPP server (RFC 6120 section 13.7.2, RFC 9525): a
// DNS-ID, a wildcard in its left-most label only and for one label, an SRV-ID of xmpp-server, or an
// xmppAddr. The common name counts for nothing. Pure; trust is another question.
bool names(const PeerCertificate& certificate, const address::Domain& domain);

// Both questions: what SASL EXTERNAL stands on (XEP-0178).
inline bool proves(const PeerCertificate& certificate, const address::Domain& domain) {
  return certificate.trusted && names(certificate, domain);
}

}  // namespace causeway::edge::tls
