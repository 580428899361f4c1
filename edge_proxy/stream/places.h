#pragma once

#include <asio/awaitable.hpp>
#include <asio/ip/address.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "common/address/domain.h"
#include "edge_proxy/dns/resolver.h"

namespace causeway::edge::stream {

// What was tried, in order and in words: an operator reads them when a partner cannot be reached.
class Steps {
 public:
  void note(std::string step);
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::vector<std::string> lines_;
};

// A TCP connection to a place where the server should be.
struct Place {
  asio::ip::tcp::socket socket;
  bool direct_tls;    // TLS begins at once (XEP-0368)
  std::string words;  // "[2001:db8::1]:5269", for what is noted about it later
};

// The places where a domain's XMPP server may be, one after the other: the configured proxy, or
// what its SRV records name, or the domain itself on port 5269 (RFC 6120 section 3.2). Lives in the
// coroutine that uses it.
class Places {
 public:
  struct Options {
    std::string proxy;  // host or host:port, instead of the DNS's word; may be empty
    std::chrono::steady_clock::duration connect_limit;  // of one attempt
  };

  Places(dns::Resolver& resolver, address::Domain domain, Options options, Steps& steps);

  // A connection to the next place that accepts one; nothing when there is none left. Throws
  // dns::LookupError when the DNS knows no place at all. Each failure is a step.
  asio::awaitable<std::optional<Place>> next();

 private:
  struct Target {
    std::string host;
    std::uint16_t port;
  };

  asio::awaitable<void> find_targets();
  asio::awaitable<void> find_addresses(Target target);
  asio::awaitable<std::optional<asio::ip::tcp::socket>> connect(asio::ip::tcp::endpoint place);

  dns::Resolver& resolver_;
  const address::Domain domain_;
  const Options options_;
  Steps& steps_;
  bool searched_ = false;
  bool resolved_ = false;  // at least one address was found
  std::deque<Target> targets_;
  std::deque<asio::ip::tcp::endpoint> endpoints_;  // of the target in hand
};

}  // namespace causeway::edge::stream
