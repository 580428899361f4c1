#include "tests/edge_proxy/matrix/oracle.h"

namespace causeway::test::matrix {
namespace {

using v1::StreamEvent;

// --- The partner's settings ---

bool sasl_over_tls(const Cell& c) {
  return c.tls != v1::NOT_SUPPORTED && c.sasl != v1::NOT_SUPPORTED;
}

// Dialback does not operate when both TLS and SASL are required.
bool tls_dialback(const Cell& c) {
  return c.dialback && c.tls != v1::NOT_SUPPORTED &&
         !(c.tls == v1::REQUIRED && c.sasl == v1::REQUIRED);
}

bool tcp_dialback(const Cell& c) { return c.dialback && c.tls != v1::REQUIRED; }

bool valid(const Cell& c) { return sasl_over_tls(c) || tls_dialback(c) || tcp_dialback(c); }

// --- The edge receives ---

// The peer goes on with a stanza where it has come to nothing, and is told that it may not
// (RFC 6120 section 4.9.3.12).
Outcome unauthenticated(bool encrypted, const std::string& sasl, const std::string& dialback) {
  return {
      .encrypted = encrypted, .sasl = sasl, .dialback = dialback, .stream_error = "not-authorized"};
}

Outcome proved(bool encrypted, StreamEvent::Proof proof, const std::string& dialback) {
  return {.proof = proof, .encrypted = encrypted, .dialback = dialback, .stanza = "submitted"};
}

Outcome refused(bool encrypted, const std::string& stream_error) {
  return {.encrypted = encrypted, .stream_error = stream_error};
}

// The authoritative server's word on the key.
Outcome verified(const Cell& c, bool encrypted) {
  switch (c.word) {
    case Word::yes:
      return proved(encrypted, encrypted ? StreamEvent::TLS_DIALBACK : StreamEvent::TCP_DIALBACK,
                    "valid");
    case Word::no:  // the only pair of domains on the stream, so it ends (XEP-0220 section 2.4.2)
      return unauthenticated(encrypted, "", "invalid");
    default:  // nobody could be asked: not fatal (section 2.4)
      return unauthenticated(encrypted, "", "remote-server-timeout");
  }
}

Outcome received_in_clear(const Cell& c) {
  if (!c.peer_dialback) return unauthenticated(false, "", "");
  if (!tcp_dialback(c)) return unauthenticated(false, "", "policy-violation");
  return verified(c, false);
}

Outcome received_in_tls(const Cell& c) {
  const bool external = sasl_over_tls(c) && proves(c.certificate);
  if (!external && !tls_dialback(c)) return refused(true, "not-authorized");  // nothing to offer
  if (external && c.prefers_dialback) {  // the certificate vouches for the key (XEP-0344)
    if (!tls_dialback(c)) return unauthenticated(true, "", "policy-violation");
    return proved(true, StreamEvent::TLS_DIALBACK, "valid");
  }
  if (external) return proved(true, StreamEvent::SASL_EXTERNAL, "");
  if (c.peer_dialback) return verified(c, true);
  return unauthenticated(true, "not-authorized", "");  // it tries EXTERNAL, not offered
}

Outcome received(const Cell& c) {
  const bool direct = c.transport != Transport::starttls && c.peer_tls != PeerTls::off;
  if (c.transport == Transport::direct_port && !direct) return refused(false, "policy-violation");
  if (!valid(c)) return refused(direct, "policy-violation");
  if (direct && c.tls == v1::NOT_SUPPORTED) return refused(true, "policy-violation");
  const bool starttls = c.tls != v1::NOT_SUPPORTED && c.peer_tls != PeerTls::off;
  if (direct || starttls) return received_in_tls(c);
  if (c.peer_tls == PeerTls::required) return unauthenticated(false, "", "");  // it will not
  return received_in_clear(c);
}

// --- The edge initiates ---

// RFC 6120 section 8.3.3.20, for what goes wrong once a server was found.
Outcome bounced(bool encrypted, const std::string& sasl = "", const std::string& dialback = "") {
  return {.encrypted = encrypted,
          .sasl = sasl,
          .dialback = dialback,
          .stanza = "remote-server-timeout"};
}

Outcome sent(bool encrypted, StreamEvent::Proof proof, const std::string& sasl,
             const std::string& dialback) {
  return {.proof = proof,
          .encrypted = encrypted,
          .sasl = sasl,
          .dialback = dialback,
          .stanza = "taken"};
}

// A peer that does no dialback has never heard of <db:result/>.
Outcome by_dialback(const Cell& c, bool encrypted, const std::string& sasl) {
  if (!(encrypted ? tls_dialback(c) : tcp_dialback(c))) return bounced(encrypted, sasl);
  if (!c.peer_dialback) return bounced(encrypted, sasl);
  if (c.word == Word::never) return bounced(encrypted, sasl, "invalid");
  return sent(encrypted, encrypted ? StreamEvent::TLS_DIALBACK : StreamEvent::TCP_DIALBACK, sasl,
              "valid");
}

Outcome sent_in_tls(const Cell& c) {
  if (c.certificate == Certificate::none) return bounced(false);  // no suite without one
  if (!sasl_over_tls(c) || !proves(c.certificate)) return by_dialback(c, true, "");
  if (c.word == Word::yes) return sent(true, StreamEvent::SASL_EXTERNAL, "", "");
  return by_dialback(c, true, "not-authorized");  // XEP-0178: EXTERNAL has failed, go on
}

Outcome initiated(const Cell& c) {
  if (!valid(c)) return {.stanza = "policy-violation"};  // nobody is called
  if (c.transport == Transport::direct) {
    // The only place that the DNS knows is of no use to who does no TLS.
    if (c.tls == v1::NOT_SUPPORTED) return {.stanza = "remote-server-not-found"};
    if (c.peer_tls == PeerTls::off) return bounced(false);  // a plain port behind the record
    return sent_in_tls(c);
  }
  // Who has no certificate cannot offer TLS, unless it insists.
  const bool offered = c.peer_tls == PeerTls::required ||
                       (c.peer_tls == PeerTls::optional && c.certificate != Certificate::none);
  if (offered && c.tls != v1::NOT_SUPPORTED) return sent_in_tls(c);
  if (c.tls == v1::REQUIRED || c.peer_tls == PeerTls::required) return bounced(false);
  return by_dialback(c, false, "");
}

std::string or_none(const std::string& text) { return text.empty() ? "none" : text; }

}  // namespace

// serverAuth is what a certificate needs in both directions; the common name counts for nothing.
bool proves(Certificate certificate) {
  switch (certificate) {
    case Certificate::valid:
    case Certificate::server_auth_only:
    case Certificate::srv_id_only:
    case Certificate::xmpp_addr_only:
    case Certificate::wildcard:
      return true;
    default:
      return false;
  }
}

Outcome expected(const Cell& cell) {
  return cell.role == Role::receiver ? received(cell) : initiated(cell);
}

std::string words(const Outcome& outcome) {
  return "proof " + v1::StreamEvent::Proof_Name(outcome.proof) + ", " +
         (outcome.encrypted ? "encrypted" : "in clear") + ", SASL failure " +
         or_none(outcome.sasl) + ", dialback " + or_none(outcome.dialback) + ", stream error " +
         or_none(outcome.stream_error) + ", stanza " + or_none(outcome.stanza);
}

}  // namespace causeway::test::matrix
