#pragma once

#include "edge_proxy/s2s/features/feature.h"

namespace causeway::edge::s2s {

// Stream management (XEP-0198) is only told here: <enable/> and what follows has its place among
// the stanzas, since it begins to count them (intake.cc). A peer that has proved itself by dialback
// gets no features after that, and may enable it all the same.
extern const Offer kOfferManagement;

// Whether a peer's features offer it.
bool offers_management(const xml::Element& features);

}  // namespace causeway::edge::s2s
