#include "edge_proxy/s2s/features/sasl.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "common/xml/namespaces.h"
#include "edge_proxy/stream/cat.h"
#include "edge_proxy/tls/identity.h"

namespace causeway::edge::s2s {
namespace {

using asio::awaitable;
using stream::Condition;
using stream::StreamError;
using v1::StreamEvent;

constexpr char kChallenge[] = "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
constexpr char kSuccess[] = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
constexpr std::size_t kAttempts = 3;  // RFC 6120 section 6.4.5: at least 2, at most 5

// --- Receiving ---

bool offered(const Inbound& n) {
  const Partner* const partner = n.partner();
  return n.stream.encrypted() && !n.is_proved() && partner != nullptr &&
         partner->external_allowed() && tls::proves(n.stream.peer_certificate(), n.remote);
}

std::string advertisement(const Inbound&) {
  return stream::cat("<mechanisms xmlns='", xml::ns::kSasl,
                     "'><mechanism>EXTERNAL</mechanism></mechanisms>");
}

// The failure (section 6.5) that a choice of mechanism earns; empty for none. By the settings of
// now: what was offered with the features need not hold any longer.
std::string_view fault_of_mechanism(Inbound& n, std::string_view mechanism) {
  if (!n.stream.encrypted()) return "encryption-required";
  if (mechanism != "EXTERNAL") return "invalid-mechanism";
  n.judge_certificate();
  return offered(n) ? "" : "not-authorized";
}

// "=" is an empty response (section 6.4.2); then the stream's `from` says who it is.
std::string_view fault_of_authzid(const Inbound& n, std::string_view encoded) {
  if (encoded.empty() || encoded == "=") return "";
  std::string authzid;
  if (!absl::Base64Unescape(stream::view(encoded), &authzid)) return "incorrect-encoding";
  const absl::StatusOr<address::Domain> domain = address::Domain::parse(authzid);
  return domain.ok() && *domain == n.remote ? "" : "invalid-authzid";
}

// No initial response: an empty challenge asks for it.
awaitable<std::string_view> ask_for_response(Inbound& n, std::string& response) {
  co_await n.stream.send(kChallenge);
  xml::Element answer = co_await n.stream.read();
  response = std::move(answer.text);
  if (answer.is("response", xml::ns::kSasl)) co_return "";
  co_return answer.is("abort", xml::ns::kSasl) ? "aborted" : "malformed-request";
}

awaitable<void> refuse(Inbound& n, std::string_view fault) {
  n.steps.note(stream::cat("SASL refused: ", fault));
  std::string failure =
      stream::cat("<failure xmlns='", xml::ns::kSasl, "'><", fault, "/></failure>");
  co_await n.stream.send(std::move(failure));
  if (++n.sasl_failures < kAttempts) co_return;
  throw StreamError(Condition::policy_violation, "too many attempts to authenticate");
}

// The certificate has answered already; the exchange only says so.
awaitable<Then> accept(Inbound& n, xml::Element auth) {
  std::string_view fault = fault_of_mechanism(n, auth.attribute("mechanism"));
  std::string response = std::move(auth.text);
  if (fault.empty() && response.empty()) {
    fault = co_await ask_for_response(n, response);
    if (fault.empty()) fault = fault_of_mechanism(n, auth.attribute("mechanism"));
  }
  if (fault.empty()) fault = fault_of_authzid(n, response);
  if (!fault.empty()) {
    co_await refuse(n, fault);
    co_return Then::stay;
  }
  co_await n.stream.send(kSuccess);
  n.stream.restart();
  n.prove(n.remote, n.local, StreamEvent::SASL_EXTERNAL);
  co_return Then::restart;
}

// --- Initiating ---

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
bool wanted(Outbound& n) {
  if (!n.stream.encrypted() || !n.partner.external_allowed()) return false;
  if (const std::string problem = certificate_problem(n); !problem.empty()) {
    n.steps.note(problem);
    return false;
  }
  if (offers_external(n.features)) return true;
  n.steps.note("it does not offer SASL EXTERNAL");
  return false;
}

// The identity is named although the certificate says it: older servers insist (XEP-0178 section
// 3). A peer that does not believe our certificate may still take a dialback key.
awaitable<Then> negotiate(Outbound& n) {
  std::string auth = stream::cat("<auth xmlns='", xml::ns::kSasl, "' mechanism='EXTERNAL'>",
                                 absl::Base64Escape(n.local.unicode()), "</auth>");
  co_await n.stream.send(std::move(auth));
  const xml::Element answer = co_await n.stream.read();
  if (answer.is("success", xml::ns::kSasl)) {
    n.stream.restart();
    n.proof = StreamEvent::SASL_EXTERNAL;
    co_return Then::restart;
  }
  const bool named = answer.is("failure", xml::ns::kSasl) && !answer.children.empty();
  n.steps.note(stream::cat("it refused SASL EXTERNAL: ",
                           named ? answer.children.front().name : answer.name));
  co_return Then::stay;
}

}  // namespace

constexpr Offer kOfferSasl{"auth", xml::ns::kSasl, Phase::before, offered, advertisement, accept};
constexpr Choice kChooseSasl{wanted, negotiate};

}  // namespace causeway::edge::s2s
