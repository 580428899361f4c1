#pragma once

#include <optional>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "causeway/v1/stanza.pb.h"
#include "common/xml/element.h"
#include "edge_proxy/s2s/directory.h"
#include "edge_proxy/s2s/inbound.h"

namespace causeway::edge::s2s {

// What becomes of a stanza from the internet: one of the two, or neither for what asks for nothing.
struct Admitted {
  std::optional<v1::Stanza> stanza;  // for the gateways
  std::optional<v1::Stanza> answer;  // from the edge itself, to who has sent it
};

// What the peer may send on a stream.
struct Rights {
  const Directory& directory;
  std::string_view lang;  // of the stream
  // From this domain of the peer's, to this one of ours.
  absl::FunctionRef<bool(std::string_view theirs, std::string_view ours)> may_send;
};

// Holds the stanza against what its stream has proved (RFC 6120 sections 4.9.3 and 8.1). Throws
// StreamError: improper-addressing, invalid-from, host-unknown, invalid-namespace,
// unsupported-stanza-type. What a user got wrong, a malformed address included, costs that user an
// error, not the stream that carries everybody of the domain. A ping of one of our domains is
// answered here (XEP-0199).
Admitted admit(const xml::Element& element, const Rights& rights);
// On an inbound stream: from the domains it has proved, to all of ours.
Admitted admit(const xml::Element& element, const Inbound& inbound);

}  // namespace causeway::edge::s2s
