#pragma once

#include "edge_proxy/s2s/features/feature.h"

namespace causeway::edge::s2s {

// SASL EXTERNAL by certificate (RFC 6120 section 6, XEP-0178 section 3).
extern const Offer kOfferSasl;
extern const Choice kChooseSasl;

}  // namespace causeway::edge::s2s
