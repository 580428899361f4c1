#include "edge_proxy/s2s/features/starttls.h"

#include "common/xml/namespaces.h"
#include "edge_proxy/stream/cat.h"

namespace causeway::edge::s2s {
namespace {

using asio::awaitable;
using stream::Condition;
using stream::StreamError;

constexpr char kStartTls[] = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
constexpr char kProceed[] = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

// --- Receiving ---

// Not to a peer that has not said which of our certificates it wants to see.
bool offered(const Inbound& n) {
  const Partner* const partner = n.partner();
  return !n.stream.encrypted() && !n.is_proved() && !n.local.empty() &&
         (partner == nullptr || partner->tls_supported());
}

std::string advertisement(const Inbound& n) {
  const Partner* const partner = n.partner();
  const bool required = partner != nullptr && partner->tls_required();
  return stream::cat("<starttls xmlns='", xml::ns::kTls, "'>", required ? "<required/>" : "",
                     "</starttls>");
}

awaitable<Then> accept(Inbound& n, xml::Element) {
  if (!offered(n)) {
    throw StreamError(Condition::policy_violation, "STARTTLS is not offered here");
  }
  co_await n.stream.accept_tls(kProceed, n.local.ascii());
  n.steps.note("STARTTLS");
  co_return Then::restart;
}

// --- Initiating ---

// Never silently in clear when the settings require TLS.
bool wanted(Outbound& n) {
  if (n.stream.encrypted()) return false;
  const xml::Element* const offer = n.features.child("starttls", xml::ns::kTls);
  if (offer == nullptr && n.partner.tls_required()) {
    throw Refused("it does not offer STARTTLS, which this partner's settings require");
  }
  if (n.partner.tls_supported()) return offer != nullptr;
  if (offer != nullptr && offer->child("required", xml::ns::kTls) != nullptr) {
    throw Refused("it requires TLS, which this partner's settings exclude");
  }
  return false;
}

awaitable<Then> negotiate(Outbound& n) {
  co_await n.stream.send(kStartTls);
  const xml::Element answer = co_await n.stream.read();
  if (!answer.is("proceed", xml::ns::kTls)) throw Refused("it refused STARTTLS");
  co_await n.stream.connect_tls(n.remote.ascii(), tls::Direct::no, n.local.ascii());
  co_return Then::restart;
}

}  // namespace

constexpr Offer kOfferStartTls{"starttls", xml::ns::kTls, Phase::before,
                               offered,    advertisement, accept};
constexpr Choice kChooseStartTls{wanted, negotiate};

}  // namespace causeway::edge::s2s
