#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "causeway/v1/link.pb.h"
#include "common/address/domain.h"
#include "edge_proxy/ledger/ledger.h"
#include "edge_proxy/s2s/environment.h"
#include "edge_proxy/stream/steps.h"
#include "edge_proxy/stream/transport_stream.h"

namespace causeway::edge::s2s {

// What an operator is told about a stream: to the log, to the ledger, and to the gateways.
struct StreamReport {
  v1::StreamEvent::Direction direction;
  address::Domain local;
  address::Domain peer;
  std::string address;  // of the peer
};

// Why no stream came about. `condition` is one of a short list, since it is counted by it: a stream
// error in wire spelling, or one of these.
struct FailureReport {
  static constexpr std::string_view kNotFound = "not-found";  // the DNS knows no server
  static constexpr std::string_view kTimeout = "timeout";     // it took too long
  static constexpr std::string_view kRefused = "refused";     // no server was fit, or would have us
  static constexpr std::string_view kLost = "connection-lost";   // the connection broke
  static constexpr std::string_view kClosed = "closed-by-peer";  // it left, politely or not
  std::string_view condition;
  std::string reason;  // a sentence
};

constexpr std::string_view kClosedByOperator = "closed by the operator";

std::string_view words(v1::StreamEvent::Proof proof);  // "dialback over TLS"

// The page is the stream's own, to be kept as long as the stream is up.
[[nodiscard]] ledger::Page report_established(Environment& environment, const StreamReport& report,
                                              v1::StreamEvent::Proof proof,
                                              const stream::TransportStream& stream);
void report_closed(const Environment& environment, const StreamReport& report,
                   const std::string& reason);
void report_failed(Environment& environment, const StreamReport& report,
                   const FailureReport& failure, const stream::Steps& steps);
// A stream ends by a mistake of our own. Returns the reason to be told.
std::string report_mistake(const std::exception& error);

// Counts what one read or one write has carried: an addition for each kind of stanza, not for each
// stanza. Returns how many there were.
template <typename Range, typename StanzaOf>
std::size_t count(ledger::Tally::Traffic& traffic, const Range& range, StanzaOf stanza_of) {
  std::array<std::uint32_t, ledger::kStanzaKinds> kinds{};
  for (const auto& item : range) ++kinds[stanza_of(item).kind_case()];
  for (std::size_t kind = 0; kind != kinds.size(); ++kind) {
    if (kinds[kind] != 0) traffic.stanzas[static_cast<v1::Stanza::KindCase>(kind)].add(kinds[kind]);
  }
  return range.size();
}

}  // namespace causeway::edge::s2s
