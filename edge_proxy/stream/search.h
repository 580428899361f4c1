#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "common/address/domain.h"
#include "edge_proxy/config/config.h"
#include "edge_proxy/dns/resolver.h"
#include "edge_proxy/stream/targets.h"

namespace causeway::edge::stream {

// What is known of a partner before the DNS is asked.
struct SearchOptions {
  std::string proxy;  // instead of the DNS's word; may be empty
  bool direct_tls;    // the partner's settings allow TLS, so that such targets are of use
  const config::Limits& limits;
};

// The hosts that may serve the domain: the proxy, or what both SRV look-ups come to (find_targets),
// or an IP literal itself.
asio::awaitable<Search> search(dns::Resolver& resolver, address::Domain domain,
                               SearchOptions options,
                               std::function<std::uint32_t(std::uint32_t)> random);

}  // namespace causeway::edge::stream
