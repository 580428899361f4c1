#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "causeway/v1/link.pb.h"
#include "common/address/domain.h"
#include "edge_proxy/s2s/federation.h"
#include "edge_proxy/stream/transport_stream.h"

namespace causeway::edge::s2s {

// What an operator is told about a stream: once to the log, once to the gateways.
struct StreamReport {
  v1::StreamEvent::Direction direction;
  address::Domain local;
  address::Domain peer;
  std::string address;  // of the peer
};

std::string_view words(v1::StreamEvent::Proof proof);  // "dialback over TLS"

void report_established(const Federation::Uplink& uplink, const StreamReport& report,
                        v1::StreamEvent::Proof proof, const stream::TransportStream& stream);
void report_closed(const Federation::Uplink& uplink, const StreamReport& report,
                   const std::string& reason);
void report_failed(const Federation::Uplink& uplink, const StreamReport& report,
                   const std::string& reason, const std::vector<std::string>& steps);

}  // namespace causeway::edge::s2s
