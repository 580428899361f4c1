#pragma once

#include "causeway/v1/stanza.pb.h"
#include "edge_proxy/s2s/inbound.h"
#include "edge_proxy/xml/element.h"

namespace causeway::edge::s2s {

// A stanza from the internet, held against what its stream has proved (RFC 6120 sections 4.9.3 and
// 8.1). Throws StreamError: improper-addressing, invalid-from, host-unknown, invalid-namespace,
// unsupported-stanza-type.
v1::Stanza admit(const xml::Element& element, const Inbound& inbound);

}  // namespace causeway::edge::s2s
