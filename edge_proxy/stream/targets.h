#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/address/domain.h"
#include "edge_proxy/dns/answer.h"

namespace causeway::edge::stream {

inline constexpr std::uint16_t kServerPort = 5269;

// A host that may serve a domain.
struct Target {
  std::string host;  // A-labels, or an address
  std::uint16_t port = kServerPort;
  bool direct_tls = false;  // named by an _xmpps-server record (XEP-0368)
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
  friend bool operator==(const Target&, const Target&) = default;
};

// What the SRV records of a domain come to.
struct Search {
  std::vector<Target> targets;          // in the order in which to try them
  std::optional<dns::Failure> failure;  // why there is none
  std::string words;                    // of what was found: "SRV: 2 targets"
  dns::Answer::Clock::time_point expires = dns::Answer::Clock::time_point::max();
};

// The order of RFC 6120 section 3.2 and XEP-0368, from the answers to _xmpps-server._tcp (nullptr:
// it was not asked for, as the partner does without TLS) and _xmpp-server._tcp:
//
// - Records of both are one list: by priority, and within a priority drawn by weight (RFC 2782).
// - "." for direct TLS: there is none of that. "." for STARTTLS: there is none of that either; with
//   no record left, the service is not offered, and the domain itself is not tried: it has said
//   that it knows of SRV records (XEP-0368 section 5).
// - There is no record: the domain itself on port 5269.
// - No record, and one of the look-ups has failed: the same, as RFC 6120 section 3.2.1 wants for a
//   query without a response. Who keeps SRV records from us gains nothing: the server must prove
//   the domain's name wherever it is. But next to a "." a failure stays a failure that may pass.
//
// `random(n)` returns a number from 0 to n inclusive; at most `most` targets.
Search find_targets(const address::Domain& domain, const dns::Answer* direct,
                    const dns::Answer& starttls, std::size_t most,
                    const std::function<std::uint32_t(std::uint32_t)>& random);

// Where a partner's settings say that its server is: a host name or an address, version 6 with or
// without brackets, and a port if it is not 5269 ("proxy.example:5270", "[2001:db8::1]:5270").
// Always with STARTTLS: no setting says otherwise, and a port number says nothing.
absl::StatusOr<Target> parse_proxy(const std::string& text);

}  // namespace causeway::edge::stream
