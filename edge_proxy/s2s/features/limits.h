#pragma once

#include "edge_proxy/s2s/features/feature.h"

namespace causeway::edge::s2s {

// What we take (XEP-0478), in the last features that the peer gets: those after SASL, or those that
// offer dialback, since none follow it. Always what holds for stanzas; the smaller limits before
// authentication concern nothing that a server has to know the size of.
extern const Offer kOfferLimits;

// What we take of a partner (nullptr: of whoever it turns out to be).
StreamLimits own_limits(const config::Limits& limits, const Directory& directory,
                        const Partner* partner);

}  // namespace causeway::edge::s2s
