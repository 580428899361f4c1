#pragma once

#include <array>
#include <cstddef>

#include "causeway/v1/link.pb.h"
#include "edge_proxy/ledger/count.h"

namespace causeway::edge::ledger {

// What one thread counts, for the metrics. Any thread may read it; that only one writes keeps the
// additions cheap.

enum class Verdict { valid, invalid, error };            // of a dialback
enum class Lookup { found, not_found, failed, cached };  // of the DNS
constexpr std::size_t kStanzaKinds = 8;                  // Stanza::KindCase
constexpr std::size_t kStanzaConditions = 32;            // v1::StanzaCondition
constexpr std::size_t kStreamConditions = 32;            // stream::Condition

struct alignas(64) Tally {
  // Across the internet, whoever opened the stream.
  struct Traffic {
    CountOf<v1::Stanza::KindCase, kStanzaKinds> stanzas;
    Count bytes;                                              // of XML, without TLS
    CountOf<std::size_t, kStreamConditions> stream_errors;    // by stream::Condition
    CountOf<v1::StanzaCondition, kStanzaConditions> refused;  // stanzas that went back as errors
  };
  Traffic incoming;
  Traffic outgoing;
  CountOf<Verdict, 3> dialback;  // what authoritative servers told us
  CountOf<Lookup, 4> lookups;
  Level queued;       // stanzas that wait for a stream
  Count turned_away;  // connections beyond the limits of strangers
};

}  // namespace causeway::edge::ledger
