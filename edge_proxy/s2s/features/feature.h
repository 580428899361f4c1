#pragma once

#include <asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "common/xml/element.h"
#include "edge_proxy/s2s/inbound.h"
#include "edge_proxy/s2s/outbound.h"

namespace causeway::edge::s2s {

// A stream feature (RFC 6120 section 4.3) is a file here, which tells both sides' part of it: an
// Offer for the receiving side, listed in inbound.cc, and a Choice for the initiating side, listed
// in outbound.cc. The lists say the order.

enum class Then { stay, restart };  // RFC 6120 section 4.3.3: some features restart the stream

// When the element that selects a feature is heard: until a domain is proved, from then on, or at
// any time.
enum class Phase { before, after, always };

struct Offer {
  std::string_view selected_by;  // empty: it is only told, there is nothing to select
  std::string_view ns;
  Phase phase;
  bool (*offered)(const Inbound&);  // with the features that are sent now
  std::string (*advertisement)(const Inbound&);
  // The peer has chosen it, offered or not: whether it may is for this function to say. Throws what
  // the stream throws.
  asio::awaitable<Then> (*accept)(Inbound&, xml::Element);
};

struct Choice {
  // Whether to choose it, by the settings and `features`. Throws Refused when this leaves no way
  // on.
  bool (*wanted)(Outbound&);
  asio::awaitable<Then> (*negotiate)(Outbound&);
};

}  // namespace causeway::edge::s2s
