#include "edge_proxy/s2s/features/limits.h"

#include <algorithm>

#include "common/xml/namespaces.h"
#include "edge_proxy/s2s/features/dialback.h"

namespace causeway::edge::s2s {
namespace {

bool offered(const Inbound& n) { return n.is_proved() || kOfferDialback.offered(n); }

std::string advertisement(const Inbound& n) {
  return to_xml(own_limits(n.limits, *n.directory, n.partner()));
}

}  // namespace

StreamLimits own_limits(const config::Limits& limits, const Directory& directory,
                        const Partner* partner) {
  const bool keeps_alive = partner != nullptr && partner->keep_alive;
  return {.bytes = limits.stanza_bytes,
          .idle = keeps_alive
                      ? std::min(directory.inactivity_timeout(), directory.keep_alive_interval())
                      : directory.inactivity_timeout()};
}

constexpr Offer kOfferLimits{"", xml::ns::kLimits, Phase::after, offered, advertisement, nullptr};

}  // namespace causeway::edge::s2s
