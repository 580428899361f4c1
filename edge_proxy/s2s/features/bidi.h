#pragma once

#include "edge_proxy/s2s/features/feature.h"

namespace causeway::edge::s2s {

// Bidirectional streams (XEP-0288). Who opens the stream asks for it before it authenticates, and
// waits for no answer; once it has authenticated, stanzas go both ways between the two domains.
// Only under TLS: in clear, whoever can write into the connection could speak for our own side's
// partner without having been asked for anything.
extern const Offer kOfferBidi;
extern const Choice kChooseBidi;

}  // namespace causeway::edge::s2s
