#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace causeway::config {

// What texts in configuration files may say. The checks return what is wrong as the end of a
// sentence, or nothing at all.

// "192.0.2.7:5269", "[2001:db8::7]:5269", "edge.contoso.example:23456".
struct Endpoint {
  std::string host;  // a name in lower case, or an address without brackets
  std::uint16_t port = 0;
  bool is_address = false;
};

// Without a port in the text the port is `default_port`; without that it is no endpoint.
std::optional<Endpoint> parse_endpoint(std::string_view text,
                                       std::optional<std::uint16_t> default_port = std::nullopt);

std::string must_be_listener(std::string_view text);  // address:port; port 0 is any free one
std::string must_be_listener_or_empty(std::string_view text);
std::string must_be_name_server(std::string_view text);      // address, or address:port
std::string must_be_host_maybe_port(std::string_view text);  // host, or host:port
std::string must_be_dns_name(std::string_view text);
std::string must_be_domain(std::string_view text);
std::string must_not_be_empty(std::string_view text);

}  // namespace causeway::config
