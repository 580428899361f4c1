#include "common/config/checks.h"

#include <cstddef>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/address/domain.h"

namespace causeway::config {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint32_t port = 0;
  if (text.empty() || text.size() > 5 ||
      text.find_first_not_of("0123456789") != std::string_view::npos ||
      !absl::SimpleAtoi({text.data(), text.size()}, &port) || port > 65535)
    return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

// "2001:db8::1", where no port could follow anyway.
bool is_bare_ipv6(std::string_view text) {
  const std::string bracketed = absl::StrCat("[", std::string(text), "]");
  return text.find(':') != std::string_view::npos && address::Domain::parse(bracketed).ok();
}

}  // namespace

std::optional<Endpoint> parse_endpoint(std::string_view text,
                                       std::optional<std::uint16_t> default_port) {
  // The last colon outside brackets begins the port.
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  const std::optional<std::uint16_t> port =
      has_port ? parse_port(text.substr(colon + 1)) : default_port;
  if (!port) return std::nullopt;

  const auto host = address::Domain::parse(text.substr(0, has_port ? colon : text.size()));
  if (!host.ok()) return std::nullopt;
  Endpoint endpoint{host->ascii(), *port, host->is_ip_literal()};
  if (endpoint.host.starts_with('['))
    endpoint.host = endpoint.host.substr(1, endpoint.host.size() - 2);
  return endpoint;
}

std::string must_be_listener(std::string_view text) {
  const auto endpoint = parse_endpoint(text);
  if (endpoint && endpoint->is_address) return {};
  return "must be address:port, like 0.0.0.0:5269 or [::]:5269";
}

std::string must_be_listener_or_empty(std::string_view text) {
  return text.empty() ? "" : must_be_listener(text);
}

std::string must_be_name_server(std::string_view text) {
  const auto endpoint = parse_endpoint(text, 53);
  if (endpoint && endpoint->is_address && endpoint->port != 0) return {};
  if (is_bare_ipv6(text)) return {};
  return "must be an address or address:port, like 192.0.2.53 or [2001:db8::53]:53";
}

std::string must_be_host_maybe_port(std::string_view text) {
  const auto endpoint = parse_endpoint(text, 1);
  if (endpoint && endpoint->port != 0) return {};
  if (is_bare_ipv6(text)) return {};
  return "must be host or host:port, like edge.contoso.example:5269";
}

std::string must_be_dns_name(std::string_view text) {
  const auto domain = address::Domain::parse(text);
  if (domain.ok() && !domain->is_ip_literal()) return {};
  return "must be a DNS name, like gateway.contoso.example";
}

std::string must_be_domain(std::string_view text) {
  const auto domain = address::Domain::parse(text);
  if (domain.ok() && domain->is_ip_literal()) return "must be a domain, not an address";
  if (domain.ok()) return {};
  return absl::StrCat("must be a domain, like contoso.example: ", domain.status().message());
}

std::string must_not_be_empty(std::string_view text) {
  return text.empty() ? "must not be empty" : "";
}

}  // namespace causeway::config
