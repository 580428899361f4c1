#include "frontend_gateway/translate/content.h"

#include <string_view>

#include "frontend_gateway/address/text.h"
#include "frontend_gateway/address/utf8.h"

namespace causeway::gateway::translate {
namespace {

SipAnswer unsupported(std::string reason) {
  return {415, std::move(reason), {{"Accept", "text/plain"}, {"Accept-Encoding", "identity"}}};
}

enum class Charset { utf8, ascii, latin1, other };

struct CharsetRow {
  std::string_view name;
  Charset charset;
};
constexpr CharsetRow kCharsets[] = {
    {"utf-8", Charset::utf8},  {"utf8", Charset::utf8},         {"us-ascii", Charset::ascii},
    {"ascii", Charset::ascii}, {"iso-8859-1", Charset::latin1}, {"latin1", Charset::latin1},
};

struct ContentType {
  std::string_view type;
  Charset charset = Charset::utf8;  // RFC 3261 section 7.4.1
};

Charset charset_named(std::string_view name) {
  if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"'))
    name = name.substr(1, name.size() - 2);
  for (const CharsetRow& row : kCharsets)
    if (equal_ignoring_case(row.name, name)) return row.charset;
  return Charset::other;
}

ContentType parse_content_type(std::string_view header_value) {
  std::string_view rest = header_value;
  ContentType content{.type = trim(take_until(rest, ';'))};
  while (!rest.empty()) {
    std::string_view value = take_until(rest, ';');
    const std::string_view name = trim(take_until(value, '='));
    if (equal_ignoring_case(name, "charset")) content.charset = charset_named(trim(value));
  }
  return content;
}

// Its bytes are the first 256 code points.
std::string from_latin1(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 4);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text.push_back(c);
    } else {
      text.push_back(static_cast<char>(0xc0 | byte >> 6));
      text.push_back(static_cast<char>(0x80 | (byte & 0x3f)));
    }
  }
  return text;
}

bool is_ascii(std::string_view bytes) {
  for (const char c : bytes)
    if ((c & 0x80) != 0) return false;
  return true;
}

}  // namespace

Outcome<std::string, SipAnswer> plain_text(const sip::IncomingRequest& request) {
  if (request.body.empty()) return std::string();
  if (request.content_type.empty()) return SipAnswer{400, "Content-Type Is Missing", {}};
  const ContentType content = parse_content_type(request.content_type);
  if (!equal_ignoring_case(content.type, "text/plain"))
    return unsupported("Unsupported Media Type");
  if (content.charset == Charset::other) return unsupported("Unsupported Charset");
  const std::string_view coding = trim(header(request.headers, "Content-Encoding"));
  if (!coding.empty() && !equal_ignoring_case(coding, "identity"))
    return unsupported("Unsupported Content-Encoding");

  if (content.charset == Charset::ascii && !is_ascii(request.body))
    return SipAnswer{400, "Body Is Not US-ASCII", {}};
  std::string text = content.charset == Charset::latin1 ? from_latin1(request.body) : request.body;
  if (!is_xml_text(text)) return SipAnswer{400, "Body Is Not UTF-8 Text Without Controls", {}};
  return text;
}

}  // namespace causeway::gateway::translate
