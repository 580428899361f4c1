#include "edge_proxy/s2s/features/dialback.h"

#include <optional>
#include <utility>

#include "common/xml/namespaces.h"
#include "edge_proxy/dialback/request.h"
#include "edge_proxy/stream/cat.h"
#include "edge_proxy/tls/identity.h"

namespace causeway::edge::s2s {
namespace {

using asio::awaitable;
using dialback::Verdict;
using stream::Condition;
using stream::StreamError;
using v1::StreamEvent;

// --- Receiving role (section 2.1) ---

bool offered(const Inbound& n) {
  const Partner* const partner = n.partner();
  return partner == nullptr ? n.stream.encrypted()
                            : partner->dialback_allowed(n.stream.encrypted());
}

std::string advertisement(const Inbound&) {
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

// XEP-0344: a domain that its certificate proves need not be asked. Only where the certificate
// would have done for SASL, and judged by the anchors that count for this domain (CVE-2021-32919).
// Not for a further domain, for which the judgement may be hours old: the certificate may have
// expired since, or been revoked.
bool certified(const Inbound& n, const address::Domain& domain, const Partner& partner) {
  return n.stream.encrypted() && !n.is_proved() && partner.external_allowed() &&
         partner.anchors == n.judged_by && tls::proves(n.stream.peer_certificate(), domain);
}

// Where the header names nobody, the first key of a partner does, and the operator reads who fails.
// It is a claim, as `from` is. Such a stream is in clear: there is no certificate to judge anew.
void complete_claims(Inbound& n, const dialback::Request& request) {
  if (!n.local.empty() || !n.remote.empty()) return;
  if (n.directory->partner(request.from.unicode()) != nullptr) n.remote = request.from;
}

awaitable<Verdict> judge(Inbound& n, const dialback::Request& request) {
  if (const auto refusal = refusal_of(n, request)) {
    co_return Verdict{.kind = Verdict::error, .condition = *refusal};
  }
  const Partner* const partner = n.directory->partner(request.from.unicode());
  if (certified(n, request.from, *partner)) {
    n.steps.note(stream::cat("the certificate proves ", request.from.unicode()));
    co_return Verdict{.kind = Verdict::valid};
  }
  dialback::Question question{.request = request,
                              .proxy = partner->proxy,
                              .tls_required = partner->tls_required(),
                              .tls_supported = partner->tls_supported(),
                              .origin = n.origin};
  question.request.id = n.id;
  Verdict verdict = co_await n.dialback.get().verify(std::move(question));
  if (const auto refusal = refusal_of(n, request)) {  // the settings have changed meanwhile
    co_return Verdict{.kind = Verdict::error, .condition = *refusal};
  }
  // "invalid" would end the stream, on which other domains may stand (section 2.4.2).
  if (verdict.kind == Verdict::invalid && n.is_proved()) {
    verdict = {.kind = Verdict::error, .condition = v1::FORBIDDEN};
  }
  co_return verdict;
}

awaitable<Then> receive(Inbound& n, xml::Element element) {
  // We have asked nothing on this stream, so an answer answers nothing (CVE-2012-3525).
  if (dialback::is_answer(element)) co_return Then::stay;
  dialback::Request request = dialback::parse_request(element);
  request.id.clear();
  complete_claims(n, request);
  const Verdict verdict = co_await judge(n, request);
  std::string answer = dialback::answer_xml("result", request, verdict);
  co_await n.stream.send(std::move(answer));

  if (verdict.kind == Verdict::valid) {
    if (refusal_of(n, request)) co_return Then::stay;  // the same, while the answer went out
    n.prove(request.from, request.to,
            n.stream.encrypted() ? StreamEvent::TLS_DIALBACK : StreamEvent::TCP_DIALBACK);
    co_return Then::stay;
  }
  n.steps.note(stream::cat("dialback of ", request.from.unicode(), " failed"));
  if (verdict.kind == Verdict::invalid) {
    throw StreamError(Condition::not_authorized, "the dialback key is not the domain's");
  }
  // That there are too many at once is no failure of the peer's.
  if (verdict.condition == v1::RESOURCE_CONSTRAINT) co_return Then::stay;
  if (++n.dialback_failures >= n.limits.dialback_failures_per_stream) {
    throw StreamError(Condition::policy_violation, "too many failed dialbacks");
  }
  co_return Then::stay;
}

// --- Authoritative role (section 2.2): did we make this key? Anybody may ask. ---

bool never(const Inbound&) { return false; }
std::string nothing(const Inbound&) { return {}; }

awaitable<Then> confirm(Inbound& n, xml::Element element) {
  if (dialback::is_answer(element)) co_return Then::stay;
  const dialback::Request request = dialback::parse_request(element);
  n.asked_about_key = true;
  std::string answer = answer_verification(*n.directory, request);
  co_await n.stream.send(std::move(answer));
  co_return Then::stay;
}

// --- Initiating role (section 2.1) ---

bool wanted(Outbound& n) {
  if (n.proof != StreamEvent::NO_PROOF) return false;
  if (n.partner.dialback_allowed(n.stream.encrypted())) return true;
  throw Refused("nothing is left that this partner's settings allow");
}

awaitable<Then> prove_ourselves(Outbound& n) {
  if (n.id.empty()) throw Refused("it gave the stream no id, on which dialback stands");
  const dialback::Request request{
      .from = n.local, .to = n.remote, .key = n.secret.key(n.remote, n.local, n.id)};
  std::string result = dialback::request_xml("result", request);
  co_await n.stream.send(std::move(result));
  for (;;) {
    const xml::Element answer = co_await n.stream.read();
    const std::optional<Verdict> verdict = dialback::verdict_on(answer, "result", request);
    if (!verdict) continue;  // not about what we asked
    if (verdict->kind == Verdict::valid) break;
    throw Refused(verdict->kind == Verdict::invalid
                      ? "it says that our dialback key is invalid"
                      : stream::cat("it answers dialback with ", words_of(*verdict)));
  }
  n.proof = n.stream.encrypted() ? StreamEvent::TLS_DIALBACK : StreamEvent::TCP_DIALBACK;
  co_return Then::stay;
}

}  // namespace

bool offers_dialback_errors(const xml::Element& features) {
  const xml::Element* const offer = features.child("dialback", xml::ns::kDialbackFeature);
  return offer != nullptr && offer->child("errors", xml::ns::kDialbackFeature) != nullptr;
}

std::string answer_verification(const Directory& directory, const dialback::Request& request) {
  Verdict verdict{.kind = Verdict::error, .condition = v1::ITEM_NOT_FOUND};
  if (directory.hosts(request.to.unicode())) {
    const bool ours = directory.secret().made(request.key, request.from, request.to, request.id);
    verdict.kind = ours ? Verdict::valid : Verdict::invalid;
  }
  return dialback::answer_xml("verify", request, verdict);
}

constexpr Offer kOfferDialback{"result", xml::ns::kDialback, Phase::always,
                               offered,  advertisement,      receive};
constexpr Offer kAnswerVerification{"verify", xml::ns::kDialback, Phase::always, never, nothing,
                                    confirm};
constexpr Choice kChooseDialback{wanted, prove_ourselves};

}  // namespace causeway::edge::s2s
