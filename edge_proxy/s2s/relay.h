#pragma once

#include <optional>

#include "causeway/v1/stanza.pb.h"
#include "edge_proxy/s2s/inbound.h"
#include "edge_proxy/xml/element.h"

namespace causeway::edge::s2s {

// What becomes of a stanza from the internet: one of the two, or neither for what asks for nothing.
struct Admitted {
  std::optional<v1::Stanza> stanza;  // for the gateways
  std::optional<v1::Stanza> answer;  // an error for its sender, who has sent what means nothing
};

// Holds the stanza against what its stream has proved (RFC 6120 sections 4.9.3 and 8.1). Throws
// StreamError: improper-addressing, invalid-from, host-unknown, invalid-namespace,
// unsupported-stanza-type. What a user got wrong costs that user an error, not the stream that
// carries everybody of the domain.
Admitted admit(const xml::Element& element, const Inbound& inbound);

}  // namespace causeway::edge::s2s
