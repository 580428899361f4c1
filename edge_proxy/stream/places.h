#pragma once

#include <asio/awaitable.hpp>
#include <asio/ip/address.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/address/domain.h"
#include "edge_proxy/config/config.h"
#include "edge_proxy/dns/resolver.h"
#include "edge_proxy/stream/race.h"
#include "edge_proxy/stream/search.h"
#include "edge_proxy/stream/steps.h"
#include "edge_proxy/stream/targets.h"

namespace causeway::edge::stream {

// A TCP connection to a place where the server should be.
struct Place {
  asio::ip::tcp::socket socket;
  bool direct_tls;    // TLS begins at once (XEP-0368)
  std::string words;  // "[2001:db8::1]:5269", for what is noted about it later
};

// The places where a domain's XMPP server may be: the configured proxy, or what its SRV records
// name, or the domain itself on port 5269 (RFC 6120 section 3.2, targets.h). The addresses of each
// priority are raced for (race.h), and the connection that is up first is the one that is used.
// Lives in the coroutine that uses it.
class Places {
 public:
  Places(dns::Resolver& resolver, address::Domain domain, SearchOptions options, Steps& steps);

  // A connection; the next one when that turned out to be of no use; nothing when there is none
  // left. Throws dns::LookupError when the DNS knows no place at all. What happens is a step each.
  asio::awaitable<std::optional<Place>> next();

 private:
  struct Heat;

  asio::awaitable<void> look();
  bool begin_group();
  asio::awaitable<std::optional<Place>> race();
  asio::awaitable<void> run(Heat& heat);
  asio::awaitable<void> resolve(Heat& heat, std::size_t target, Race::Family family);
  asio::awaitable<void> attempt(Heat& heat, Race::Attempt attempt);
  std::vector<asio::ip::address> worth_trying(const Target& target,
                                              const std::vector<asio::ip::address>& found);

  dns::Resolver& resolver_;
  const address::Domain domain_;
  const SearchOptions options_;
  Steps& steps_;
  bool searched_ = false;
  std::vector<Target> targets_;  // of all priorities
  std::size_t begun_ = 0;        // so many of them are of groups that were begun
  std::vector<Target> group_;    // of one priority
  std::optional<Race> race_;     // among these
  std::vector<std::pair<asio::ip::tcp::endpoint, bool>> seen_;  // and whether with direct TLS
  dns::Failure failure_ = dns::Failure::not_found;              // if nothing is found
  std::string why_;
};

}  // namespace causeway::edge::stream
