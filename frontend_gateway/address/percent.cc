#include "frontend_gateway/address/percent.h"

#include <array>
#include <cstddef>

namespace causeway::gateway::mapping {
namespace {

using Set = std::array<bool, 256>;

constexpr Set alphanumeric_and(std::string_view others) {
  Set set{};
  for (int c = '0'; c <= '9'; ++c) set[c] = true;
  for (int c = 'A'; c <= 'Z'; ++c) set[c] = true;
  for (int c = 'a'; c <= 'z'; ++c) set[c] = true;
  for (const char c : others) set[static_cast<unsigned char>(c)] = true;
  return set;
}

constexpr Set and_non_ascii(Set set) {
  for (int c = 0x80; c < 0x100; ++c) set[c] = true;
  return set;
}

// RFC 3261 section 25.1: unreserved and user-unreserved; the same and reserved, SP and
// UTF8-NONASCII.
constexpr Set kUser = alphanumeric_and("-_.!~*'()&=+$,;?/");
constexpr Set kPhrase = and_non_ascii(alphanumeric_and("-_.!~*'();/?:@&=+$, "));
constexpr Set kStrict = alphanumeric_and("-._~");

std::string encode(std::string_view bytes, const Set& plain) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string text;
  text.reserve(bytes.size() + 8);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (plain[byte]) {
      text.push_back(c);
    } else {
      text.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  return text;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string encode_user(std::string_view bytes) { return encode(bytes, kUser); }
std::string encode_phrase(std::string_view text) { return encode(text, kPhrase); }
std::string encode_strictly(std::string_view bytes) { return encode(bytes, kStrict); }

std::optional<std::string> decode(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      bytes.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high << 4 | low));
    i += 2;
  }
  return bytes;
}

}  // namespace causeway::gateway::mapping
