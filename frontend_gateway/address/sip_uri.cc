#include "frontend_gateway/address/sip_uri.h"

#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "frontend_gateway/address/percent.h"
#include "frontend_gateway/address/text.h"
#include "frontend_gateway/address/utf8.h"

namespace causeway::gateway::mapping {
namespace {

constexpr std::size_t kMostBytes = 8192;  // three for each of 2 x 1,023 encoded bytes, and some

SipRefusal malformed(const char* what) { return {400, absl::StrCat("Bad Address: ", what)}; }

std::optional<std::string> decode_part(std::string_view part) {
  std::optional<std::string> bytes = decode(part);
  if (bytes && !is_one_line(*bytes)) bytes.reset();
  return bytes;
}

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5) return false;
  for (const char c : text)
    if (!absl::ascii_isdigit(c)) return false;
  return true;
}

// host [":" port], the host of version 6 in brackets. Empty when it is not that.
std::string_view host_of(std::string_view host_port) {
  const auto bracket = host_port.starts_with('[') ? host_port.find(']') : 0;
  if (bracket == std::string_view::npos) return {};
  const auto colon = host_port.find(':', bracket);
  if (colon != std::string_view::npos && !is_port(host_port.substr(colon + 1))) return {};
  const std::string_view host = host_port.substr(0, colon);
  for (const char c : host)
    if (!absl::ascii_isalnum(c) && std::string_view(".-_[]:").find(c) == std::string_view::npos)
      return {};
  return host;
}

// uri-parameters; each may stand once.
std::optional<SipRefusal> read_parameters(std::string_view parameters, SipUri& uri) {
  bool seen_gr = false;
  while (!parameters.empty()) {
    std::string_view value = take_until(parameters, ';');
    const std::string_view name = take_until(value, '=');
    if (equal_ignoring_case(name, "user") && equal_ignoring_case(value, "phone"))
      return SipRefusal{484, "Telephone Numbers Are Not Mapped"};
    if (!equal_ignoring_case(name, "gr")) continue;
    if (std::exchange(seen_gr, true)) return malformed("two instances");
    // RFC 5627 section 3.1.2: without a value it is a temporary GRUU, whose user part is a cipher.
    if (value.empty()) return malformed("a temporary GRUU");
    std::optional<std::string> instance = decode_part(value);
    if (!instance) return malformed("the instance is not UTF-8 text");
    uri.gr = *std::move(instance);
  }
  return std::nullopt;
}

// What stands behind "sip:", or why it is not for us.
Outcome<std::string_view, SipRefusal> after_scheme(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return malformed("no scheme");
  const std::string_view scheme = text.substr(0, colon);
  if (equal_ignoring_case(scheme, "tel"))
    return SipRefusal{484, "Telephone Numbers Are Not Mapped"};
  if (!equal_ignoring_case(scheme, "sip")) return SipRefusal{416, "Only sip: Addresses Are Mapped"};
  return text.substr(colon + 1);
}

}  // namespace

Outcome<SipUri, SipRefusal> SipUri::parse(std::string_view text) {
  if (text.size() > kMostBytes) return malformed("too long");
  const auto body = after_scheme(text);
  if (!body.ok()) return body.refusal();
  std::string_view rest = *body;
  SipUri uri;

  // The user part may hold ';' and '?', so it is cut off first.
  if (const auto at = rest.find('@'); at != std::string_view::npos) {
    const std::string_view user = rest.substr(0, at);
    if (user.empty()) return malformed("empty user part");
    if (user.find(':') != std::string_view::npos) return malformed("it holds a password");
    std::optional<std::string> decoded = decode_part(user);
    if (!decoded) return malformed("the user part is not UTF-8 text");
    uri.user = *std::move(decoded);
    rest.remove_prefix(at + 1);
  }

  rest = rest.substr(0, rest.find('?'));
  const auto semicolon = rest.find(';');
  const std::string_view host = host_of(rest.substr(0, semicolon));
  if (host.empty()) return malformed("no host");
  uri.host = lower_case(host);
  if (semicolon != std::string_view::npos)
    if (auto refusal = read_parameters(rest.substr(semicolon + 1), uri)) return *std::move(refusal);
  return uri;
}

std::string SipUri::bare() const {
  return user.empty() ? absl::StrCat("sip:", host)
                      : absl::StrCat("sip:", encode_user(user), "@", host);
}

std::string SipUri::to_string() const {
  return gr.empty() ? bare() : absl::StrCat(bare(), ";gr=", encode_strictly(gr));
}

}  // namespace causeway::gateway::mapping
