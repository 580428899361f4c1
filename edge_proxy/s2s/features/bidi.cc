#include "edge_proxy/s2s/features/bidi.h"

#include <utility>

#include "common/xml/namespaces.h"
#include "edge_proxy/s2s/features/dialback.h"
#include "edge_proxy/s2s/features/sasl.h"
#include "edge_proxy/stream/cat.h"

namespace causeway::edge::s2s {
namespace {

using asio::awaitable;
using stream::Condition;
using stream::StreamError;

// --- Receiving ---

// Where a way to authenticate is offered, too: without it nothing would come of it.
bool offered(const Inbound& n) {
  return n.offers_bidi && n.stream.encrypted() && !n.is_proved() &&
         (kOfferSasl.offered(n) || kOfferDialback.offered(n));
}

std::string advertisement(const Inbound&) {
  return stream::cat("<bidi xmlns='", xml::ns::kBidiFeature, "'/>");
}

awaitable<Then> accept(Inbound& n, xml::Element element) {
  if (!n.offers_bidi || !n.stream.encrypted()) {
    throw StreamError(Condition::policy_violation, "bidirectional streams are not offered here");
  }
  n.bidi = true;
  n.peer_limits = limits_in(element);
  co_return Then::stay;
}

// --- Initiating ---

bool wanted(Outbound& n) {
  return n.wants_bidi && n.stream.encrypted() &&
         n.features.child("bidi", xml::ns::kBidiFeature) != nullptr;
}

// Our limits go with it: we send no features (XEP-0478 section 3.2).
awaitable<Then> negotiate(Outbound& n) {
  n.bidi = true;
  std::string request =
      stream::cat("<bidi xmlns='", xml::ns::kBidi, "'>", to_xml(n.own_limits), "</bidi>");
  co_await n.stream.send(std::move(request));
  co_return Then::stay;
}

}  // namespace

constexpr Offer kOfferBidi{"bidi", xml::ns::kBidi, Phase::before, offered, advertisement, accept};
constexpr Choice kChooseBidi{wanted, negotiate};

}  // namespace causeway::edge::s2s
