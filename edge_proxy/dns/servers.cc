#include "edge_proxy/dns/servers.h"

#include <ares.h>
#include <sys/socket.h>

#include <charconv>
#include <cstring>
#include <optional>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace causeway::edge::dns {
namespace {

constexpr std::uint16_t kDnsPort = 53;

std::optional<std::uint16_t> port_of(const std::string& text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || rest != end || port == 0) return std::nullopt;
  return port;
}

ares_addr_port_node node_of(const Server& server) {
  ares_addr_port_node node{};
  node.udp_port = node.tcp_port = server.port;
  if (server.address.is_v4()) {
    node.family = AF_INET;
    const auto bytes = server.address.to_v4().to_bytes();
    std::memcpy(&node.addr.addr4, bytes.data(), bytes.size());
  } else {
    node.family = AF_INET6;
    const auto bytes = server.address.to_v6().to_bytes();
    std::memcpy(&node.addr.addr6, bytes.data(), bytes.size());
  }
  return node;
}

}  // namespace

absl::StatusOr<Server> parse_server(const std::string& text) {
  std::string host = text;
  std::optional<std::uint16_t> port = kDnsPort;
  const std::size_t colon = text.rfind(':');
  const std::size_t bracket = text.rfind(']');
  const bool one_colon = colon != std::string::npos && text.find(':') == colon;
  if (one_colon || (bracket != std::string::npos && colon == bracket + 1)) {
    host = text.substr(0, colon);
    port = port_of(text.substr(colon + 1));
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  std::error_code bad;
  const asio::ip::address address = asio::ip::make_address(host, bad);
  if (bad || !port) {
    return absl::InvalidArgumentError(
        absl::StrCat("dns.servers: \"", text, "\" is not a server's address"));
  }
  return Server{address, *port};
}

absl::Status use_servers(ares_channeldata* ares, const std::vector<std::string>& servers) {
  std::vector<ares_addr_port_node> nodes;
  for (const std::string& text : servers) {
    const absl::StatusOr<Server> server = parse_server(text);
    if (!server.ok()) return server.status();
    nodes.push_back(node_of(*server));
  }
  for (std::size_t i = 0; i + 1 < nodes.size(); ++i) nodes[i].next = &nodes[i + 1];
  const int status = ares_set_servers_ports(ares, nodes.data());
  if (status == ARES_SUCCESS) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("dns.servers: ", ares_strerror(status)));
}

}  // namespace causeway::edge::dns
