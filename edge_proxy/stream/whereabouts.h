#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <cstdint>

#include "common/address/domain.h"
#include "edge_proxy/dns/resolver.h"
#include "edge_proxy/stream/search.h"

namespace causeway::edge::stream {

// Where the DNS says that a domain's servers are: every target and address as one number.
struct Whereabouts {
  std::uint64_t fingerprint = 0;
  bool anywhere = false;  // there is an address at all
  // When the DNS may say something else: the least TTL of all answers, but not sooner than in 10 s.
  std::chrono::steady_clock::time_point expires{};
};

// Looks it up, mostly in the resolver's cache, and connects to nothing.
asio::awaitable<Whereabouts> find_whereabouts(dns::Resolver& resolver, address::Domain domain,
                                              SearchOptions options);

// Whether it is worth while to try again what failed `before`: that there is nothing to be found
// any longer is no such news. A name server that gives another choice of many addresses each time
// is.
inline bool has_moved(const Whereabouts& before, const Whereabouts& now) {
  return now.anywhere && now.fingerprint != before.fingerprint;
}

}  // namespace causeway::edge::stream
