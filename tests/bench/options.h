#pragma once

#include <sys/types.h>

#include <asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "edge_proxy/tls/context.h"

namespace causeway::bench {

struct Options {
  std::string phase = "messages";  // messages, sessions or presence
  std::string edge_address, xmpp_listen, gateway_address, sip_listen;
  std::string certificate, private_key, trust_anchors;
  std::string partner_domain = "fabrikam.example", hosted_domain = "contoso.example";
  pid_t edge_process = 0, gateway_process = 0;
  std::uint64_t messages = 100'000;
  std::size_t pairs = 10'000, body_bytes = 120, idle_streams = 1000;
  std::size_t setups = 1000;
  std::size_t subscriptions = 10'000, watchers = 1000;
  std::string other_address, other_domain;  // a server to compare set-ups with; may be missing
  pid_t other_process = 0;
  double latency_seconds = 6;
  std::string json;
};

using Tls = std::shared_ptr<const edge::tls::Context>;

// "127.0.0.1:5060"
inline asio::ip::tcp::endpoint endpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  return {asio::ip::make_address(text.substr(0, colon)),
          static_cast<asio::ip::port_type>(std::stoi(text.substr(colon + 1)))};
}

}  // namespace causeway::bench
