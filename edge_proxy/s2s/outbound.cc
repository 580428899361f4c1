#include "edge_proxy/s2s/outbound.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "edge_proxy/dialback/request.h"
#include "edge_proxy/stream/cat.h"
#include "edge_proxy/tls/identity.h"
#include "edge_proxy/xml/namespaces.h"

namespace causeway::edge::s2s {
namespace {

using asio::awaitable;
using dialback::Verdict;
using stream::Condition;
using stream::StreamError;
using v1::StreamEvent;

constexpr char kStartTls[] = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

// The peer's features; none of a server that is older than they are (RFC 6120 section 4.7.5).
awaitable<xml::Element> open_stream(Outbound& n) {
  const stream::Header ours{.from = n.local, .to = n.remote, .lang = "en"};
  co_await n.stream.send_header(ours);
  const stream::Header theirs = co_await n.stream.read_header();
  if (theirs.version.major > stream::kVersion.major) {
    throw StreamError(Condition::unsupported_version, "this is XMPP 1.0");
  }
  n.id = theirs.id;
  if (theirs.version < stream::kVersion) co_return xml::Element{};
  xml::Element features = co_await n.stream.read();
  if (!features.is("features", xml::ns::kStreams)) {
    throw StreamError(Condition::policy_violation, "features were expected");
  }
  co_return features;
}

// --- STARTTLS (RFC 6120 section 5) ---

// Whether to encrypt; never silently in clear when the settings require TLS.
bool wants_tls(const Outbound& n, const xml::Element& features) {
  const xml::Element* const offer = features.child("starttls", xml::ns::kTls);
  if (offer == nullptr && n.partner.tls_required()) {
    throw Refused("it does not offer STARTTLS, which this partner's settings require");
  }
  if (n.partner.tls_supported()) return offer != nullptr;
  if (offer != nullptr && offer->child("required", xml::ns::kTls) != nullptr) {
    throw Refused("it requires TLS, which this partner's settings exclude");
  }
  return false;
}

awaitable<void> start_tls(Outbound& n) {
  co_await n.stream.send(kStartTls);
  const xml::Element answer = co_await n.stream.read();
  if (!answer.is("proceed", xml::ns::kTls)) throw Refused("it refused STARTTLS");
  co_await n.stream.connect_tls(n.remote.ascii());
}

// --- SASL EXTERNAL (RFC 6120 section 6, XEP-0178 section 3) ---

std::string certificate_problem(const Outbound& n) {
  const tls::PeerCertificate& certificate = n.stream.peer_certificate();
  if (!certificate.present) return "it has no certificate";
  if (!certificate.trusted) return stream::cat("its certificate: ", certificate.problem);
  if (!tls::names(certificate, n.remote)) {
    return stream::cat("its certificate does not name ", n.remote.unicode());
  }
  return {};
}

bool offers_external(const xml::Element& features) {
  const xml::Element* const mechanisms = features.child("mechanisms", xml::ns::kSasl);
  if (mechanisms == nullptr) return false;
  return std::any_of(mechanisms->children.begin(), mechanisms->children.end(),
                     [](const xml::Element& mechanism) {
                       return mechanism.is("mechanism", xml::ns::kSasl) &&
                              absl::StripAsciiWhitespace(mechanism.text) == "EXTERNAL";
                     });
}

// The settings allow it, the peer's certificate proves the domain we mean, and the peer believes
// ours.
bool may_use_external(Outbound& n, const xml::Element& features) {
  if (!n.stream.encrypted() || !n.partner.external_allowed()) return false;
  if (const std::string problem = certificate_problem(n); !problem.empty()) {
    n.steps.note(problem);
    return false;
  }
  if (!offers_external(features)) n.steps.note("it does not offer SASL EXTERNAL");
  return offers_external(features);
}

// The identity is named although the certificate says it: older servers insist (XEP-0178 section
// 3).
awaitable<bool> external(Outbound& n) {
  std::string auth = stream::cat("<auth xmlns='", xml::ns::kSasl, "' mechanism='EXTERNAL'>",
                                 absl::Base64Escape(n.local.unicode()), "</auth>");
  co_await n.stream.send(std::move(auth));
  const xml::Element answer = co_await n.stream.read();
  if (answer.is("success", xml::ns::kSasl)) {
    n.stream.restart();
    co_return true;
  }
  const bool named = answer.is("failure", xml::ns::kSasl) && !answer.children.empty();
  n.steps.note(stream::cat("it refused SASL EXTERNAL: ",
                           named ? answer.children.front().name : answer.name));
  co_return false;
}

// --- Dialback, initiating role (XEP-0220 section 2.1) ---

awaitable<void> prove_by_dialback(Outbound& n) {
  if (n.id.empty()) throw Refused("it gave the stream no id, on which dialback stands");
  const dialback::Request request{
      .from = n.local, .to = n.remote, .key = n.secret.key(n.remote, n.local, n.id)};
  std::string result = dialback::request_xml("result", request);
  co_await n.stream.send(std::move(result));
  for (;;) {
    const xml::Element answer = co_await n.stream.read();
    const std::optional<Verdict> verdict = dialback::verdict_on(answer, "result", request);
    if (!verdict) continue;  // not about what we asked
    if (verdict->kind == Verdict::valid) co_return;
    throw Refused(verdict->kind == Verdict::invalid
                      ? "it says that our dialback key is invalid"
                      : stream::cat("it answers dialback with ", words_of(*verdict)));
  }
}

}  // namespace

awaitable<StreamEvent::Proof> negotiate(Outbound& outbound) {
  xml::Element features = co_await open_stream(outbound);
  if (wants_tls(outbound, features)) {
    co_await start_tls(outbound);
    features = co_await open_stream(outbound);
  }
  if (may_use_external(outbound, features)) {
    const bool believed = co_await external(outbound);
    if (believed) {
      co_await open_stream(outbound);
      co_return StreamEvent::SASL_EXTERNAL;
    }
  }
  const bool encrypted = outbound.stream.encrypted();
  if (!outbound.partner.dialback_allowed(encrypted)) {
    throw Refused("nothing is left that this partner's settings allow");
  }
  co_await prove_by_dialback(outbound);
  co_return encrypted ? StreamEvent::TLS_DIALBACK : StreamEvent::TCP_DIALBACK;
}

}  // namespace causeway::edge::s2s
