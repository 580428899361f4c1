#include "frontend_gateway/session/ms_text.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "frontend_gateway/address/text.h"

namespace causeway::gateway::session {
namespace {

constexpr std::string_view kHeader = "ms-text-format";
constexpr std::string_view kBody = "ms-body";

// The one header of that name; null for none and for several, of which nobody could say which is
// meant.
const sip::Header* only(const std::vector<sip::Header>& headers) {
  const sip::Header* found = nullptr;
  for (const sip::Header& header : headers) {
    if (!equal_ignoring_case(header.name, kHeader)) continue;
    if (found != nullptr) return nullptr;
    found = &header;
  }
  return found;
}

bool is_base64(std::string_view text) {
  return text.size() % 4 == 0 &&
         text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") == text.npos;
}

// A bomb is measured before it is opened.
std::optional<std::string> decoded(std::string_view text, std::size_t most) {
  if (!is_base64(text) || text.size() / 4 * 3 > most + 2) return std::nullopt;
  std::string body;
  if (!absl::Base64Unescape(absl::string_view(text.data(), text.size()), &body) ||
      body.size() > most)
    return std::nullopt;
  return body;
}

}  // namespace

std::optional<FirstText> first_text(const std::vector<sip::Header>& headers, std::size_t most) {
  const sip::Header* header = only(headers);
  if (header == nullptr) return std::nullopt;
  std::string_view rest = header->value;
  const std::string_view type = trim(take_until(rest, ';'));
  if (!equal_ignoring_case(type, "text/plain") && !equal_ignoring_case(type, "text/html"))
    return std::nullopt;

  FirstText text{.content_type = std::string(type), .body = {}};
  bool has_body = false;
  while (!rest.empty()) {
    const std::string_view parameter = trim(take_until(rest, ';'));
    std::string_view value = parameter;
    if (!equal_ignoring_case(trim(take_until(value, '=')), kBody)) {
      absl::StrAppend(&text.content_type, ";", std::string(parameter));
      continue;
    }
    auto body = decoded(trim(value), most);
    if (!body || has_body) return std::nullopt;
    text.body = *std::move(body);
    has_body = true;
  }
  if (!has_body) return std::nullopt;
  return text;
}

std::string ms_text_format(std::string_view content_type, std::string_view body) {
  return absl::StrCat(std::string(content_type),
                      ";ms-body=", absl::Base64Escape(absl::string_view(body.data(), body.size())));
}

bool lists(const std::vector<sip::Header>& headers, std::string_view name,
           std::string_view option) {
  for (const sip::Header& header : headers) {
    if (!equal_ignoring_case(header.name, name)) continue;
    std::string_view rest = header.value;
    while (!rest.empty())
      if (equal_ignoring_case(trim(take_until(rest, ',')), option)) return true;
  }
  return false;
}

}  // namespace causeway::gateway::session
