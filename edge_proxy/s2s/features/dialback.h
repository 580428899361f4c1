#pragma once

#include "edge_proxy/s2s/features/feature.h"

namespace causeway::edge::s2s {

// Server dialback (XEP-0220). Its receiving and its authoritative role are both played on inbound
// streams.
extern const Offer kOfferDialback;       // <db:result/>: a domain with a key that proves it
extern const Offer kAnswerVerification;  // <db:verify/>: is this key ours?
extern const Choice kChooseDialback;

// Whether a peer's features say that a key it does not believe is an error, not the stream's end.
bool offers_dialback_errors(const xml::Element& features);
// Our answer to <db:verify/>, on any stream.
std::string answer_verification(const Directory& directory, const dialback::Request& request);

}  // namespace causeway::edge::s2s
