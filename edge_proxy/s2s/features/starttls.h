#pragma once

#include "edge_proxy/s2s/features/feature.h"

namespace causeway::edge::s2s {

// STARTTLS (RFC 6120 section 5).
extern const Offer kOfferStartTls;
extern const Choice kChooseStartTls;

}  // namespace causeway::edge::s2s
