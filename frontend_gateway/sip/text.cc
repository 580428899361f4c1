#include "frontend_gateway/sip/text.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace causeway::gateway::sip {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool is_token_character(char c) {
  return absl::ascii_isalnum(c) || std::string_view("-.!%*_+`'~").find(c) != std::string_view::npos;
}

bool is_uri_character(char c) { return c > 0x20 && c < 0x7f && c != '<' && c != '>' && c != '"'; }

// Takes a quoted string, with its quotes, off the front of `rest`.
std::optional<std::string> take_quoted(std::string_view& rest) {
  std::string text;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return text;
    }
    if (rest[i] == '\\' && ++i == rest.size()) break;
    text += rest[i];
  }
  return std::nullopt;
}

std::string_view take_token(std::string_view& rest) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_token_character);
  const std::string_view token = rest.substr(0, end - rest.begin());
  rest.remove_prefix(token.size());
  return token;
}

// A token, a quoted string or a host in brackets.
std::optional<std::string> take_value(std::string_view& rest) {
  if (rest.starts_with("\"")) return take_quoted(rest);
  const std::size_t end = std::min(rest.find_first_of("; \t\""), rest.size());
  if (end == 0) return std::nullopt;
  std::string value(rest.substr(0, end));
  rest.remove_prefix(end);
  return value;
}

// *( SEMI generic-param ). False when anything else stands there, or two tags.
bool take_parameters(std::string_view rest, std::string& tag) {
  for (rest = trim(rest); !rest.empty(); rest = trim(rest)) {
    if (rest.front() != ';') return false;
    rest = trim(rest.substr(1));
    const std::string_view name = take_token(rest);
    if (name.empty()) return false;
    rest = trim(rest);
    std::optional<std::string> value;
    if (rest.starts_with("=")) {
      rest = trim(rest.substr(1));
      value = take_value(rest);
      if (!value) return false;
    }
    if (!same_name(name, "tag")) continue;
    if (!tag.empty() || !value || !is_token(*value)) return false;
    tag = *value;
  }
  return true;
}

}  // namespace

void append(std::string& text, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) text += part;
}

std::string concat(std::initializer_list<std::string_view> parts) {
  std::string text;
  append(text, parts);
  return text;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

bool is_uri(std::string_view text) {
  const std::string_view name = scheme(text);
  return !name.empty() && text.size() > name.size() + 1 &&
         std::all_of(text.begin(), text.end(), is_uri_character);
}

bool is_line(std::string_view text) { return std::none_of(text.begin(), text.end(), is_control); }

std::string as_line(std::string_view text) {
  std::string line(text);
  line.erase(std::remove_if(line.begin(), line.end(), is_control), line.end());
  return line;
}

std::optional<std::string> unfold(std::string_view value) {
  if (is_line(value)) return std::string(value);
  std::string line;
  line.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::size_t feed = value[i] == '\r' ? i + 1 : i;
    if (feed < value.size() && value[feed] == '\n') {
      const std::size_t next = value.find_first_not_of(" \t", feed + 1);
      if (next == feed + 1 || next == std::string_view::npos) return std::nullopt;
      line += ' ';
      i = next - 1;
    } else if (value[i] == '\t') {
      line += ' ';
    } else if (is_control(value[i])) {
      return std::nullopt;
    } else {
      line += value[i];
    }
  }
  return line;
}

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t most) {
  if (text.empty() || text.size() > 10) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (!absl::ascii_isdigit(c)) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (value > most) return std::nullopt;
  return static_cast<std::uint32_t>(value);
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::ranges::equal(a, b, {}, absl::ascii_tolower, absl::ascii_tolower);
}

std::string_view scheme(std::string_view uri) {
  const std::size_t colon = uri.find(':');
  if (colon == std::string_view::npos || colon == 0 || !absl::ascii_isalpha(uri[0])) return {};
  const std::string_view name = uri.substr(0, colon);
  const bool valid = std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '+' || c == '-' || c == '.';
  });
  return valid ? name : std::string_view();
}

std::string bracketed(const std::string& address) {
  return address.find('<') != std::string::npos ? address : concat({"<", address, ">"});
}

std::optional<NameAddr> parse_name_addr(std::string_view value) {
  NameAddr address;
  std::string_view rest = trim(value);
  if (rest.starts_with("\"")) {
    auto display = take_quoted(rest);
    rest = trim(rest);
    if (!display || !rest.starts_with("<")) return std::nullopt;
    address.display = *std::move(display);
  }
  const std::size_t open = rest.find('<');
  std::string_view uri;
  if (open == std::string_view::npos) {  // addr-spec: every parameter is the header's
    const std::size_t end = std::min(rest.find_first_of("; \t"), rest.size());
    uri = rest.substr(0, end);
    if (uri.find_first_of("?,") != std::string_view::npos) return std::nullopt;
    rest.remove_prefix(end);
  } else {
    if (open > 0) address.display = std::string(trim(rest.substr(0, open)));
    if (open > 0 && address.display.find('"') != std::string::npos) return std::nullopt;
    const std::size_t close = rest.find('>', open);
    if (close == std::string_view::npos) return std::nullopt;
    uri = trim(rest.substr(open + 1, close - open - 1));
    rest.remove_prefix(close + 1);
  }
  if (!is_uri(uri) || !take_parameters(rest, address.tag)) return std::nullopt;
  address.uri = std::string(uri);
  return address;
}

}  // namespace causeway::gateway::sip
