#pragma once

#include <asio/awaitable.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "causeway/v1/link.pb.h"
#include "common/address/domain.h"
#include "edge_proxy/config/config.h"
#include "edge_proxy/dialback/verifier.h"
#include "edge_proxy/s2s/directory.h"
#include "edge_proxy/s2s/stream_limits.h"
#include "edge_proxy/stream/places.h"
#include "edge_proxy/stream/xml_stream.h"

namespace causeway::edge::s2s {

// What the listening socket takes: a stream that begins with a header or with TLS (XEP-0368), or
// TLS only.
enum class Port { any, direct_tls };

// An inbound stream: what the peer claims, and what it has proved.
struct Inbound {
  stream::XmlStream& stream;
  std::reference_wrapper<dialback::Dialback> dialback;  // of the thread
  const config::Limits& limits;
  std::shared_ptr<const Directory> directory;  // its owner replaces it when there is a new one
  Port port = Port::any;
  std::string origin{};  // the peer's address

  // The header's `to`. A peer that is older than 1.0 may leave it out in clear: then it is empty,
  // and TLS cannot begin, until a dialback key has proved something.
  address::Domain local{};
  address::Domain remote{};  // the header's `from`; empty until it is needed
  std::string id{};          // of the stream in force
  // Whose judgement its certificate has, when it is a partner's own; nullptr: the edge's.
  std::shared_ptr<const tls::Anchors> judged_by{};
  std::string lang{};
  stream::Version version{};
  struct Proved {
    std::string domain;
    v1::StreamEvent::Proof by;
  };
  std::vector<Proved> proved{};                              // domains it may send from
  v1::StreamEvent::Proof proof = v1::StreamEvent::NO_PROOF;  // of the first of them
  bool offers_bidi = false;                                  // by our settings
  bool offers_management = false;                            // the same
  bool bidi = false;           // the peer takes stanzas on this stream, too (XEP-0288)
  StreamLimits peer_limits{};  // of such a peer
  // What a bidirectional stream has proved: from the first, a domain of the peer's, to the second,
  // which is ours; and so back.
  std::vector<std::pair<address::Domain, address::Domain>> pairs{};
  std::size_t sasl_failures = 0;
  std::size_t dialback_failures = 0;
  bool asked_about_key = false;  // it had a <db:verify/>: nothing more need come of it
  stream::Steps steps{};         // what happened so far, for the operator

  // The partner it claims to be; nullptr while it claims nothing.
  const Partner* partner() const { return directory->partner(remote.unicode()); }
  // Its certificate has the judgement of those who count for this partner now; the settings may
  // have changed since it was judged. Until a domain is proved.
  void judge_certificate();
  bool has_proved(std::string_view domain) const;
  bool is_proved() const { return !proved.empty(); }
  // It may send from this domain; the proof was for speaking to that one of ours. The first is the
  // stream's, and its proof the one that is reported.
  void prove(const address::Domain& domain, const address::Domain& ours, v1::StreamEvent::Proof by);
  // Each domain stands on its own proof: one whose partner no longer allows it is not proved.
  void drop_forbidden();
};

// The receiving side of RFC 6120 sections 4 to 6, XEP-0178 and XEP-0220, from the first byte until
// the peer has proved a domain. Throws what the stream throws.
asio::awaitable<void> negotiate(Inbound& inbound);

// Once a domain is proved: whether an element is no stanza but belongs to a feature of the stream,
// such as <db:result/> for a further domain; and what is done with it. What none of these features
// knows is ignored.
bool concerns_stream(const xml::Element& element);
asio::awaitable<void> negotiate_further(Inbound& inbound, xml::Element element);

}  // namespace causeway::edge::s2s
