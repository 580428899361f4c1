#include "tests/bench/sip_text.h"

#include <charconv>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "tests/bench/text.h"

namespace causeway::bench {

std::string_view SipText::request_uri() const {
  const std::size_t begin = head.find(' ') + 1;
  return head.substr(begin, head.find(' ', begin) - begin);
}

std::size_t SipText::status() const {
  return number(head.substr(std::string_view("SIP/2.0 ").size()));
}

std::string_view header(std::string_view head, std::string_view name) {
  const std::size_t at = head.find(join({"\r\n", name, ": "}));
  if (at == std::string_view::npos) return {};
  const std::string_view rest = head.substr(at + name.size() + 4);
  return rest.substr(0, rest.find("\r\n"));
}

std::size_t number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) throw std::runtime_error(join({"not a number: ", text}));
  return value;
}

std::optional<SipText> framed(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view head = bytes.substr(0, end + 2);
  const std::size_t length = number(header(head, "Content-Length"));
  if (bytes.size() < end + 4 + length) return std::nullopt;
  return SipText{head, bytes.substr(end + 4, length), end + 4 + length};
}

std::string_view uri_in(std::string_view value) {
  const std::size_t begin = value.find('<') + 1;
  return value.substr(begin, value.find('>', begin) - begin);
}

void append_response(std::string& out, std::string_view head, std::string_view status,
                     std::string_view tag, std::string_view more, std::string_view body) {
  append(out, {"SIP/2.0 ", status, "\r\n"});
  for (const std::string_view name : {"Via", "From", "To", "Call-ID", "CSeq"}) {
    const std::string_view value = header(head, name);
    append(out, {name, ": ", value});
    if (name == "To" && value.find(";tag=") == std::string_view::npos) append(out, {";tag=", tag});
    out.append("\r\n");
  }
  append(out, {more, "Content-Length: ", absl::StrCat(body.size()), "\r\n\r\n", body});
}

}  // namespace causeway::bench
