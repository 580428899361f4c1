#pragma once

#include "edge_proxy/s2s/features/feature.h"

namespace causeway::edge::s2s {

// Server dialback (XEP-0220). Its receiving and its authoritative role are both played on inbound
// streams.
extern const Offer kOfferDialback;       // <db:result/>: a domain with a key that proves it
extern const Offer kAnswerVerification;  // <db:verify/>: is this key ours?
extern const Choice kChooseDialback;

}  // namespace causeway::edge::s2s
