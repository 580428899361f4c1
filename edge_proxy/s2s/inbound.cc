#include "edge_proxy/s2s/inbound.h"

#include <algorithm>
#include <utility>

#include "edge_proxy/s2s/features/bidi.h"
#include "edge_proxy/s2s/features/dialback.h"
#include "edge_proxy/s2s/features/limits.h"
#include "edge_proxy/s2s/features/management.h"
#include "edge_proxy/s2s/features/sasl.h"
#include "edge_proxy/s2s/features/starttls.h"
#include "edge_proxy/stream/cat.h"

namespace causeway::edge::s2s {
namespace {

using asio::awaitable;
using stream::Condition;
using stream::StreamError;

// In the order in which they are told.
constexpr const Offer* kOffers[] = {
    &kOfferStartTls, &kOfferSasl,       &kOfferDialback, &kAnswerVerification,
    &kOfferBidi,     &kOfferManagement, &kOfferLimits,
};

// A server that is older than 1.0 has dialback only, and may leave it to its keys to say for whom
// it is and to whom it speaks (RFC 6120 section 4.7.5, XEP-0220 section 2.1). Not under TLS, where
// we have to know whose certificate to show, and by whose anchors to judge the peer's.
bool may_leave_out_to(const Inbound& n, const stream::Header& theirs) {
  return theirs.version < stream::kVersion && !n.stream.encrypted();
}

// What the peer's header claims must suit us, and may be completed later but never change: who
// changes it after a restart would stand on another domain's proof (CVE-2018-10847).
void accept_claims(Inbound& n, const stream::Header& theirs) {
  if (theirs.version.major > stream::kVersion.major) {
    throw StreamError(Condition::unsupported_version, "this is XMPP 1.0");
  }
  if (n.local.empty()) n.local = theirs.to;
  if (n.remote.empty()) n.remote = theirs.from;
  if (n.local.empty() && !may_leave_out_to(n, theirs)) {
    throw StreamError(Condition::improper_addressing, "the stream header has no 'to'");
  }
  if (!theirs.to.empty() && theirs.to != n.local) {
    throw StreamError(Condition::improper_addressing, "'to' has changed since the first header");
  }
  if (!theirs.from.empty() && theirs.from != n.remote) {
    throw StreamError(Condition::invalid_from, "'from' has changed since the first header");
  }
  if (!n.local.empty() && !n.directory->hosts(n.local.unicode())) {
    throw StreamError(Condition::host_unknown,
                      stream::cat(n.local.unicode(), " is not served here"));
  }
  if (!n.remote.empty() && n.partner() == nullptr) {
    throw StreamError(Condition::policy_violation,
                      stream::cat(n.remote.unicode(), " is not an allowed partner"));
  }
  if (n.port == Port::direct_tls && !n.stream.encrypted()) {
    throw StreamError(Condition::policy_violation, "TLS begins at once on this port");
  }
  if (!n.remote.empty() && n.stream.encrypted() && !n.partner()->tls_supported()) {
    throw StreamError(Condition::policy_violation, "TLS is not supported with this partner");
  }
  n.judge_certificate();
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
  for (const Offer* const offer : kOffers) {
    if (!offer->offered(n)) continue;
    features += offer->advertisement(n);
    any |= offer->phase != Phase::after;
  }
  features += "</stream:features>";
  if (!any && !n.is_proved()) throw no_way(n);
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

// XEP-0368: TLS may begin at once.
awaitable<void> begin(Inbound& n) {
  const bool tls = co_await n.stream.begins_with_tls();
  if (!tls) co_return;
  co_await n.stream.accept_tls({});
  n.steps.note("direct TLS");
}

// The feature that an element selects in this phase; nullptr for none.
const Offer* selected(const xml::Element& choice, Phase phase) {
  const auto* const found =
      std::find_if(std::begin(kOffers), std::end(kOffers), [&](const Offer* offer) {
        return choice.is(offer->selected_by, offer->ns) &&
               (offer->phase == phase || offer->phase == Phase::always);
      });
  return found == std::end(kOffers) ? nullptr : *found;
}

}  // namespace

void Inbound::judge_certificate() {
  const Partner* const claimed = partner();
  if (!stream.encrypted() || is_proved() || claimed == nullptr) return;
  if (claimed->anchors == judged_by) return;
  judged_by = claimed->anchors;
  stream.verify_against(judged_by.get());
}

bool Inbound::has_proved(std::string_view domain) const {
  return std::any_of(proved.begin(), proved.end(),
                     [&](const Proved& known) { return known.domain == domain; });
}

void Inbound::prove(const address::Domain& domain, const address::Domain& ours,
                    v1::StreamEvent::Proof by) {
  if (!has_proved(domain.unicode())) proved.push_back({domain.unicode(), by});
  if (bidi) pairs.emplace_back(domain, ours);
  if (proof != v1::StreamEvent::NO_PROOF) return;
  proof = by;
  remote = domain;
  if (local.empty()) local = ours;
}

void Inbound::drop_forbidden() {
  std::erase_if(proved, [this](const Proved& known) {
    const Partner* const partner = directory->partner(known.domain);
    return partner == nullptr || !partner->allows(known.by);
  });
}

awaitable<void> negotiate(Inbound& inbound) {
  co_await begin(inbound);
  co_await open_stream(inbound);
  while (!inbound.is_proved()) {
    xml::Element choice = co_await inbound.stream.read();
    const Offer* const offer = selected(choice, Phase::before);
    if (offer == nullptr) {
      throw StreamError(Condition::not_authorized, "nothing has been authenticated yet");
    }
    const Then then = co_await offer->accept(inbound, std::move(choice));
    if (then == Then::restart) co_await open_stream(inbound);
  }
  inbound.stream.forget_chain();
}

bool concerns_stream(const xml::Element& element) {
  return std::any_of(std::begin(kOffers), std::end(kOffers), [&](const Offer* offer) {
    return offer->phase != Phase::before && !offer->selected_by.empty() && element.ns == offer->ns;
  });
}

awaitable<void> negotiate_further(Inbound& inbound, xml::Element element) {
  const Offer* const offer = selected(element, Phase::after);
  if (offer != nullptr) co_await offer->accept(inbound, std::move(element));
}

}  // namespace causeway::edge::s2s
