#include "edge_proxy/s2s/inbound.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "edge_proxy/stream/cat.h"
#include "edge_proxy/xml/namespaces.h"

namespace causeway::edge::s2s {
namespace {

using asio::awaitable;
using dialback::Verdict;
using stream::Condition;
using stream::StreamError;
using v1::StreamEvent;

constexpr char kProceed[] = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
constexpr char kChallenge[] = "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
constexpr char kSuccess[] = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
constexpr std::size_t kSaslAttempts = 3;  // RFC 6120 section 6.4.5: at least 2, at most 5

enum class Then { stay, restart };  // RFC 6120 section 4.3.3: some features restart the stream

// A stream feature: when we offer it and in which words, what selects it, what selecting it does.
struct Feature {
  std::string_view selected_by;
  std::string_view ns;
  bool (*offered)(const Inbound&);
  std::string (*advertisement)(const Inbound&);
  awaitable<Then> (*negotiate)(Inbound&, xml::Element);
};

bool is_proved(const Inbound& n) { return !n.proved.empty(); }

void prove(Inbound& n, const address::Domain& domain, StreamEvent::Proof proof) {
  if (!n.has_proved(domain.unicode())) n.proved.push_back(domain.unicode());
  if (n.proof != StreamEvent::NO_PROOF) return;
  n.proof = proof;
  n.remote = domain;
}

// --- STARTTLS (RFC 6120 section 5) ---

bool starttls_offered(const Inbound& n) {
  const Partner* const partner = n.partner();
  return !n.stream.encrypted() && !is_proved(n) && (partner == nullptr || partner->tls_supported());
}

std::string starttls_advertisement(const Inbound& n) {
  const Partner* const partner = n.partner();
  const bool required = partner != nullptr && partner->tls_required();
  return stream::cat("<starttls xmlns='", xml::ns::kTls, "'>", required ? "<required/>" : "",
                     "</starttls>");
}

awaitable<Then> starttls(Inbound& n, xml::Element) {
  if (!starttls_offered(n)) {
    throw StreamError(Condition::policy_violation, "STARTTLS is not offered here");
  }
  co_await n.stream.accept_tls(kProceed);
  n.steps.note("STARTTLS");
  co_return Then::restart;
}

// --- SASL EXTERNAL (RFC 6120 section 6, XEP-0178 section 3) ---

bool external_offered(const Inbound& n) {
  const Partner* const partner = n.partner();
  return n.stream.encrypted() && !is_proved(n) && partner != nullptr &&
         partner->external_allowed() && tls::proves(n.stream.peer_certificate(), n.remote);
}

std::string external_advertisement(const Inbound&) {
  return stream::cat("<mechanisms xmlns='", xml::ns::kSasl,
                     "'><mechanism>EXTERNAL</mechanism></mechanisms>");
}

// The failure (section 6.5) that a choice of mechanism earns; empty for none.
std::string_view fault_of_mechanism(const Inbound& n, std::string_view mechanism) {
  if (!n.stream.encrypted()) return "encryption-required";
  if (mechanism != "EXTERNAL") return "invalid-mechanism";
  return external_offered(n) ? "" : "not-authorized";
}

// "=" is an empty response (section 6.4.2); then the stream's `from` says who it is.
std::string_view fault_of_authzid(const Inbound& n, std::string_view encoded) {
  if (encoded.empty() || encoded == "=") return "";
  std::string authzid;
  if (!absl::Base64Unescape(stream::view(encoded), &authzid)) return "incorrect-encoding";
  const absl::StatusOr<address::Domain> domain = address::Domain::parse(authzid);
  return domain.ok() && *domain == n.remote ? "" : "invalid-authzid";
}

awaitable<void> refuse_sasl(Inbound& n, std::string_view fault) {
  n.steps.note(stream::cat("SASL refused: ", fault));
  std::string failure =
      stream::cat("<failure xmlns='", xml::ns::kSasl, "'><", fault, "/></failure>");
  co_await n.stream.send(std::move(failure));
  if (++n.sasl_failures < kSaslAttempts) co_return;
  throw StreamError(Condition::policy_violation, "too many attempts to authenticate");
}

// The certificate has answered already; the exchange only says so.
awaitable<Then> external(Inbound& n, xml::Element auth) {
  std::string_view fault = fault_of_mechanism(n, auth.attribute("mechanism"));
  std::string response = std::move(auth.text);
  if (fault.empty() && response.empty()) {  // no initial response: an empty challenge asks for it
    co_await n.stream.send(kChallenge);
    xml::Element answer = co_await n.stream.read();
    response = std::move(answer.text);
    if (answer.is("abort", xml::ns::kSasl)) {
      fault = "aborted";
    } else if (!answer.is("response", xml::ns::kSasl)) {
      fault = "malformed-request";
    }
  }
  if (fault.empty()) fault = fault_of_authzid(n, response);
  if (!fault.empty()) {
    co_await refuse_sasl(n, fault);
    co_return Then::stay;
  }
  co_await n.stream.send(kSuccess);
  n.stream.restart();
  prove(n, n.remote, StreamEvent::SASL_EXTERNAL);
  co_return Then::restart;
}

// --- Dialback, receiving role (XEP-0220 section 2.1) ---

bool dialback_offered(const Inbound& n) {
  const Partner* const partner = n.partner();
  return partner == nullptr ? n.stream.encrypted()
                            : partner->dialback_allowed(n.stream.encrypted());
}

std::string dialback_advertisement(const Inbound&) {
  return stream::cat("<dialback xmlns='", xml::ns::kDialbackFeature, "'><errors/></dialback>");
}

// Why a key is not even looked into (section 2.4). None of this ends the stream.
std::optional<v1::StanzaCondition> refusal_of(const Inbound& n, const dialback::Request& request) {
  if (!n.directory->hosts(request.to.unicode())) return v1::ITEM_NOT_FOUND;
  const Partner* const partner = n.directory->partner(request.from.unicode());
  if (partner == nullptr) return v1::NOT_AUTHORIZED;
  if (!partner->dialback_allowed(n.stream.encrypted())) return v1::POLICY_VIOLATION;
  return std::nullopt;
}

awaitable<Verdict> judge(Inbound& n, const dialback::Request& request) {
  if (const auto refusal = refusal_of(n, request)) {
    co_return Verdict{.kind = Verdict::error, .condition = *refusal};
  }
  const Partner* const partner = n.directory->partner(request.from.unicode());
  dialback::Question question{
      .request = request, .proxy = partner->proxy, .tls_required = partner->tls_required()};
  question.request.id = n.id;
  Verdict verdict = co_await n.dialback.verify(std::move(question));
  // "invalid" would end the stream, on which other domains may stand (section 2.4.2).
  if (verdict.kind == Verdict::invalid && is_proved(n)) {
    verdict = {.kind = Verdict::error, .condition = v1::FORBIDDEN};
  }
  co_return verdict;
}

awaitable<Then> dialback_result(Inbound& n, xml::Element element) {
  // We have asked nothing on this stream, so an answer answers nothing (CVE-2012-3525).
  if (dialback::is_answer(element)) co_return Then::stay;
  dialback::Request request = dialback::parse_request(element);
  request.id.clear();
  const Verdict verdict = co_await judge(n, request);
  std::string answer = dialback::answer_xml("result", request, verdict);
  co_await n.stream.send(std::move(answer));

  if (verdict.kind == Verdict::valid) {
    prove(n, request.from,
          n.stream.encrypted() ? StreamEvent::TLS_DIALBACK : StreamEvent::TCP_DIALBACK);
    co_return Then::stay;
  }
  n.steps.note(stream::cat("dialback of ", request.from.unicode(), " failed"));
  if (verdict.kind == Verdict::invalid) {
    throw StreamError(Condition::not_authorized, "the dialback key is not the domain's");
  }
  if (++n.dialback_failures >= n.limits.dialback_failures_per_stream) {
    throw StreamError(Condition::policy_violation, "too many failed dialbacks");
  }
  co_return Then::stay;
}

// --- Dialback, authoritative role (section 2.2): did we make this key? Anybody may ask. ---

awaitable<Then> dialback_verify(Inbound& n, xml::Element element) {
  if (dialback::is_answer(element)) co_return Then::stay;
  const dialback::Request request = dialback::parse_request(element);
  n.asked_about_key = true;
  Verdict verdict{.kind = Verdict::error, .condition = v1::ITEM_NOT_FOUND};
  if (n.directory->hosts(request.to.unicode())) {
    const bool ours = n.directory->secret().made(request.key, request.from, request.to, request.id);
    verdict.kind = ours ? Verdict::valid : Verdict::invalid;
  }
  std::string answer = dialback::answer_xml("verify", request, verdict);
  co_await n.stream.send(std::move(answer));
  co_return Then::stay;
}

// --- The order of it all ---

bool never(const Inbound&) { return false; }
std::string nothing(const Inbound&) { return {}; }

constexpr Feature kFeatures[] = {
    {"starttls", xml::ns::kTls, starttls_offered, starttls_advertisement, starttls},
    {"auth", xml::ns::kSasl, external_offered, external_advertisement, external},
    {"result", xml::ns::kDialback, dialback_offered, dialback_advertisement, dialback_result},
    {"verify", xml::ns::kDialback, never, nothing, dialback_verify},
};

// What the peer's header claims must suit us, and may be completed later but never change: who
// changes it after a restart would stand on another domain's proof (CVE-2018-10847).
void accept_claims(Inbound& n, const stream::Header& theirs) {
  if (theirs.version.major > stream::kVersion.major) {
    throw StreamError(Condition::unsupported_version, "this is XMPP 1.0");
  }
  if (n.local.empty()) n.local = theirs.to;
  if (n.remote.empty()) n.remote = theirs.from;
  if (n.local.empty()) {
    throw StreamError(Condition::improper_addressing, "the stream header has no 'to'");
  }
  if (!theirs.to.empty() && theirs.to != n.local) {
    throw StreamError(Condition::improper_addressing, "'to' has changed since the first header");
  }
  if (!theirs.from.empty() && theirs.from != n.remote) {
    throw StreamError(Condition::invalid_from, "'from' has changed since the first header");
  }
  if (!n.directory->hosts(n.local.unicode())) {
    throw StreamError(Condition::host_unknown,
                      stream::cat(n.local.unicode(), " is not served here"));
  }
  if (!n.remote.empty() && n.partner() == nullptr) {
    throw StreamError(Condition::policy_violation,
                      stream::cat(n.remote.unicode(), " is not an allowed partner"));
  }
  n.version = theirs.version;
  n.lang = theirs.lang;
}

// Nothing is left that could prove the domain: better to say why than to offer an empty list.
StreamError no_way(const Inbound& n) {
  if (!n.stream.encrypted()) {
    return StreamError(Condition::policy_violation,
                       "no way to authenticate is allowed for this partner");
  }
  const tls::PeerCertificate& certificate = n.stream.peer_certificate();
  const std::string problem = !certificate.present   ? "there is none"
                              : !certificate.trusted ? certificate.problem
                                                     : "it does not name the domain";
  return StreamError(Condition::not_authorized,
                     stream::cat("the certificate must prove ", n.remote.unicode(), ": ", problem));
}

awaitable<void> send_features(Inbound& n) {
  std::string features = "<stream:features>";
  bool any = false;
  for (const Feature& feature : kFeatures) {
    if (!feature.offered(n)) continue;
    features += feature.advertisement(n);
    any = true;
  }
  features += "</stream:features>";
  if (!any && !is_proved(n)) throw no_way(n);
  co_await n.stream.send(std::move(features));
}

// What the peer leaves out of a later header still holds.
stream::Header answer_to(const stream::Header& theirs, const Inbound& n) {
  return {.from = theirs.to.empty() ? n.local : theirs.to,
          .to = theirs.from.empty() ? n.remote : theirs.from,
          .id = stream::new_stream_id(),
          .lang = "en",
          .version = std::min(theirs.version, stream::kVersion)};
}

// RFC 6120 section 4.9.1.2: our header goes out before any error about theirs.
awaitable<void> open_stream(Inbound& n) {
  const stream::Header theirs = co_await n.stream.read_header();
  const stream::Header ours = answer_to(theirs, n);
  n.id = ours.id;
  co_await n.stream.send_header(ours);
  accept_claims(n, theirs);
  if (n.version >= stream::kVersion) co_await send_features(n);
}

const Feature& selected(const xml::Element& choice) {
  const auto* const found = std::find_if(
      std::begin(kFeatures), std::end(kFeatures),
      [&](const Feature& feature) { return choice.is(feature.selected_by, feature.ns); });
  if (found != std::end(kFeatures)) return *found;
  throw StreamError(Condition::not_authorized, "nothing has been authenticated yet");
}

}  // namespace

bool Inbound::has_proved(std::string_view domain) const {
  return std::find(proved.begin(), proved.end(), domain) != proved.end();
}

awaitable<void> negotiate(Inbound& inbound) {
  co_await open_stream(inbound);
  while (!is_proved(inbound)) {
    xml::Element choice = co_await inbound.stream.read();
    const Feature& feature = selected(choice);
    const Then then = co_await feature.negotiate(inbound, std::move(choice));
    if (then == Then::restart) co_await open_stream(inbound);
  }
}

awaitable<void> further_dialback(Inbound& inbound, xml::Element element) {
  if (element.name == "result") {
    co_await dialback_result(inbound, std::move(element));
  } else if (element.name == "verify") {
    co_await dialback_verify(inbound, std::move(element));
  }
}

}  // namespace causeway::edge::s2s
