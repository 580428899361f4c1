#include "frontend_gateway/translate/multipart.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "frontend_gateway/address/text.h"
#include "frontend_gateway/address/utf8.h"

namespace causeway::gateway::translate {
namespace {

constexpr std::size_t kMostBoundaryBytes = 70;  // RFC 2046 section 5.1.1

std::string_view take_line(std::string_view& rest) {
  std::string_view line = take_until(rest, '\n');
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
  });
}

bool is_boundary(std::string_view text) {
  return !text.empty() && text.size() <= kMostBoundaryBytes && is_one_line(text) &&
         text.back() != ' ';
}

// Where a delimiter line begins at or after `from`: at the front or behind a line's end.
std::size_t find_delimiter(std::string_view body, std::string_view delimiter, std::size_t from) {
  for (auto at = body.find(delimiter, from); at != body.npos; at = body.find(delimiter, at + 1))
    if (at == 0 || body[at - 1] == '\n') return at;
  return body.npos;
}

// The line's end before a delimiter is the delimiter's.
std::string_view without_last_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

std::optional<Part> parse_part(std::string_view text) {
  Part part;
  std::string_view rest = text;
  auto headers = take_headers(rest, kMostPartHeaders);
  if (!headers) return std::nullopt;
  part.headers = *std::move(headers);
  part.body = rest;
  return part;
}

}  // namespace

std::optional<std::vector<sip::Header>> take_headers(std::string_view& rest, std::size_t most) {
  std::vector<sip::Header> headers;
  while (!rest.empty()) {
    std::string_view line = take_line(rest);
    if (line.empty()) return headers;
    if (!is_one_line(line) || headers.size() == most) return std::nullopt;
    const auto colon = line.find(':');
    if (colon == line.npos || !is_name(line.substr(0, colon))) return std::nullopt;
    headers.push_back(
        {std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1)))});
  }
  return headers;
}

std::optional<std::vector<Part>> parse_multipart(std::string_view body, std::string_view boundary) {
  if (!is_boundary(boundary)) return std::nullopt;
  const std::string delimiter = "--" + std::string(boundary);
  std::vector<Part> parts;
  std::size_t at = find_delimiter(body, delimiter, 0);
  while (at != body.npos) {
    std::string_view rest = body.substr(at + delimiter.size());
    if (rest.starts_with("--")) return parts.empty() ? std::nullopt : std::optional(parts);
    if (!trim(take_line(rest)).empty() || parts.size() == kMostParts) return std::nullopt;
    const std::size_t begin = body.size() - rest.size();
    at = find_delimiter(body, delimiter, begin);
    if (at == body.npos) return std::nullopt;
    auto part = parse_part(without_last_end(body.substr(begin, at - begin)));
    if (!part) return std::nullopt;
    parts.push_back(*std::move(part));
  }
  return std::nullopt;
}

}  // namespace causeway::gateway::translate
