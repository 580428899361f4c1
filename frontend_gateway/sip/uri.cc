#include "frontend_gateway/sip/uri.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "frontend_gateway/sip/text.h"

namespace causeway::gateway::sip {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), absl::ascii_tolower);
  return result;
}

// What follows the scheme and the user part, without headers.
std::string_view host_on(std::string_view uri) {
  const std::size_t colon = uri.find(':');
  if (colon == std::string_view::npos) return {};
  uri.remove_prefix(colon + 1);
  if (const std::size_t at = uri.rfind('@'); at != std::string_view::npos)
    uri.remove_prefix(at + 1);
  return uri.substr(0, uri.find('?'));
}

// Takes the next ";name" or ";name=value" off the front.
std::string_view take_parameter(std::string_view& rest) {
  rest.remove_prefix(1);
  const std::string_view parameter = rest.substr(0, rest.find(';'));
  rest.remove_prefix(parameter.size());
  return parameter;
}

std::string_view name_of(std::string_view parameter) {
  return parameter.substr(0, parameter.find('='));
}

std::string_view parameters_of(std::string_view uri) {
  const std::string_view rest = host_on(uri);
  return rest.substr(std::min(rest.find(';'), rest.size()));
}

// "host", "host:port", "[address]:port".
bool take_host(std::string_view hostport, Place& place) {
  std::string_view port;
  if (hostport.starts_with("[")) {
    const std::size_t close = hostport.find(']');
    if (close == std::string_view::npos) return false;
    place.host = lower(hostport.substr(1, close - 1));
    port = hostport.substr(close + 1);
  } else {
    const std::size_t colon = std::min(hostport.find(':'), hostport.size());
    place.host = lower(hostport.substr(0, colon));
    port = hostport.substr(colon);
  }
  if (place.host.ends_with('.')) place.host.pop_back();
  if (port.empty()) return !place.host.empty();
  const auto value = port.starts_with(":") ? number(port.substr(1), 65535) : std::nullopt;
  if (!value || *value == 0) return false;
  place.port = static_cast<std::uint16_t>(*value);
  return !place.host.empty();
}

}  // namespace

bool is_sip_uri(std::string_view uri) {
  return is_uri(uri) && (same_name(scheme(uri), "sip") || same_name(scheme(uri), "sips"));
}

std::string_view host_of(std::string_view uri) {
  if (uri.empty()) return {};
  const std::string_view rest = host_on(uri);
  if (rest.starts_with("[")) return rest.substr(0, rest.find(']') + 1);
  return rest.substr(0, rest.find_first_of(";:"));
}

std::optional<std::string_view> uri_parameter(std::string_view uri, std::string_view name) {
  for (std::string_view rest = parameters_of(uri); !rest.empty();) {
    const std::string_view parameter = take_parameter(rest);
    if (!same_name(name_of(parameter), name)) continue;
    return parameter.substr(std::min(name_of(parameter).size() + 1, parameter.size()));
  }
  return std::nullopt;
}

std::optional<Place> place_of(std::string_view uri) {
  if (!is_sip_uri(uri)) return std::nullopt;
  Place place;
  place.secure = same_name(scheme(uri), "sips");
  const std::string_view rest = host_on(uri);
  if (!take_host(rest.substr(0, rest.find(';')), place)) return std::nullopt;
  if (const auto other = uri_parameter(uri, "maddr"); other && !other->empty()) {
    const std::uint16_t port = place.port;
    if (!take_host(*other, place)) return std::nullopt;
    place.port = port;
  }
  place.transport = lower(uri_parameter(uri, "transport").value_or(""));
  return place;
}

bool is_loose(std::string_view route) {
  const auto address = parse_name_addr(route);
  return address && uri_parameter(address->uri, "lr");
}

std::string as_request_uri(std::string_view uri) {
  const std::size_t at = uri.rfind('@');  // a user part may hold a question mark
  uri = uri.substr(0, uri.find('?', at == std::string_view::npos ? 0 : at));
  std::string_view rest = parameters_of(uri);
  std::string result(uri.substr(0, uri.size() - rest.size()));
  while (!rest.empty()) {
    const std::string_view parameter = take_parameter(rest);
    if (!same_name(name_of(parameter), "method")) append(result, {";", parameter});
  }
  return result;
}

}  // namespace causeway::gateway::sip
