#include "frontend_gateway/config/checks.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <system_error>

#include "common/config/checks.h"

namespace causeway::gateway::config {
namespace {

constexpr std::array<std::string_view, 3> kTransports{"udp", "tcp", "tls"};

bool is_transport(std::string_view text) {
  return std::find(kTransports.begin(), kTransports.end(), text) != kTransports.end();
}

// Takes `prefix` from the front of `text`.
bool consume(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool is_database(std::string_view text) {
  // SOCI takes the connection string apart at spaces and quotes.
  if (text.find_first_of(" \"'\t\r\n") != text.npos) return false;
  if (consume(text, "sqlite:")) return text.size() > 1 && text[0] == '/' && !text.ends_with('/');
  return (consume(text, "postgresql://") || consume(text, "postgres://")) && !text.empty();
}

bool is_next_hop(std::string_view text) {
  if (!consume(text, "sip:")) return false;
  const std::string_view host = text.substr(0, text.find(';'));
  text.remove_prefix(host.size());
  if (consume(text, ";transport=") && !is_transport(text)) return false;
  if (text.starts_with(';')) return false;
  return causeway::config::must_be_host_maybe_port(host).empty();
}

bool is_address(std::string_view text) {
  unsigned char octets[16];
  const std::string address(text);
  return inet_pton(AF_INET, address.c_str(), octets) == 1 ||
         inet_pton(AF_INET6, address.c_str(), octets) == 1;
}

}  // namespace

std::string must_be_sip_listener(std::string_view text) {
  const std::string_view transport = text.substr(0, text.find(':'));
  if (is_transport(transport) && transport.size() < text.size() &&
      causeway::config::must_be_listener(text.substr(transport.size() + 1)).empty())
    return {};
  return "must be udp:, tcp: or tls: and address:port, like udp:0.0.0.0:5060";
}

std::string must_be_sip_peer(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == text.npos) {
    if (is_address(text)) return {};
    return causeway::config::must_be_dns_name(text);
  }
  const std::string_view bits = text.substr(slash + 1);
  const int most = text.find(':') == text.npos ? 32 : 128;
  int value = 0;
  const auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), value);
  if (is_address(text.substr(0, slash)) && error == std::errc() &&
      end == bits.data() + bits.size() && value >= 0 && value <= most)
    return {};
  return "must be an address, a network like 10.0.1.0/24, or the name in a certificate";
}

std::string must_be_next_hop(std::string_view text) {
  if (is_next_hop(text)) return {};
  // TLS to the next hop proves nothing of those after it, which sips: would promise.
  if (text.starts_with("sips:")) return "must be a sip: URI; for TLS give it ;transport=tls";
  return "must be a SIP URI of a host, like sip:10.0.0.5:5060;transport=tcp";
}

// RFC 3986 section 3.1, and nothing that would not stand in it: spaces, controls.
std::string must_be_contact(std::string_view text) {
  const std::size_t colon = text.find(':');
  const bool scheme =
      colon != 0 && colon != std::string_view::npos &&
      std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon),
                  [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7F && c != '<' && c != '>' && c != '"';
  });
  if (scheme && plain && colon + 1 < text.size()) return {};
  return "must be a URI, like mailto:abuse@contoso.example or xmpp:admin@contoso.example";
}

std::string must_be_database(std::string_view text) {
  if (is_database(text)) return {};
  return "must be sqlite: and the full path of a file, or like postgresql://user@host/name, "
         "without "
         "spaces and quotes";
}

}  // namespace causeway::gateway::config
