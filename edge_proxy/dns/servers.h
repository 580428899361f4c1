#pragma once

#include <asio/ip/address.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct ares_channeldata;

namespace causeway::edge::dns {

struct Server {
  asio::ip::address address;
  std::uint16_t port;
};

// "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:53".
absl::StatusOr<Server> parse_server(const std::string& text);

// Makes a c-ares channel ask these instead of the system's.
absl::Status use_servers(ares_channeldata* ares, const std::vector<std::string>& servers);

}  // namespace causeway::edge::dns
