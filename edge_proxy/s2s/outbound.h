#pragma once

#include <asio/awaitable.hpp>
#include <stdexcept>
#include <string>

#include "causeway/v1/link.pb.h"
#include "common/address/domain.h"
#include "edge_proxy/dialback/key.h"
#include "edge_proxy/s2s/directory.h"
#include "edge_proxy/s2s/stream_limits.h"
#include "edge_proxy/stream/places.h"
#include "edge_proxy/stream/xml_stream.h"

namespace causeway::edge::s2s {

// The peer will not have us, or offers nothing that the partner's settings allow. No fault of the
// protocol: the stream is closed without an error, and the next target may do better.
class Refused : public std::runtime_error {
 public:
  explicit Refused(const std::string& why) : std::runtime_error(why) {}
};

// A stream of ours to a partner's server.
struct Outbound {
  stream::XmlStream& stream;
  const Partner& partner;
  const dialback::Secret& secret;
  address::Domain local;
  address::Domain remote;
  stream::Steps& steps;
  std::string id{};         // which the peer gave the stream in force
  xml::Element features{};  // which the peer offers now
  v1::StreamEvent::Proof proof = v1::StreamEvent::NO_PROOF;  // of our domain
  bool wants_bidi = false;                                   // by our settings
  StreamLimits own_limits{};  // for what the peer sends on a bidirectional stream
  bool bidi = false;          // the peer may send stanzas on this stream, too (XEP-0288)
};

// The initiating side of RFC 6120 sections 4 to 6, XEP-0178 and XEP-0220, until stanzas may be
// sent. Returns how we proved our domain. Throws Refused, and what the stream throws.
asio::awaitable<v1::StreamEvent::Proof> negotiate(Outbound& outbound);

}  // namespace causeway::edge::s2s
