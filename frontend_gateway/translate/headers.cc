#include "frontend_gateway/translate/headers.h"

#include "common/text/utf8.h"
#include "frontend_gateway/address/text.h"

namespace causeway::gateway::translate {
namespace {

// Where the quoted string that begins `text` ends; 0 when it begins none or does not end.
std::size_t end_of_quoted(std::string_view text) {
  if (!text.starts_with('"')) return 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1;
    if (text[i] == '\\') ++i;
  }
  return 0;
}

// The length of the C0 or C1 control, DEL or space that `text` begins with; 0: another character.
std::size_t blank_at(std::string_view text) {
  const auto byte = static_cast<unsigned char>(text[0]);
  if (byte <= 0x20 || byte == 0x7f) return 1;
  if (byte == 0xc2 && text.size() > 1 && static_cast<unsigned char>(text[1]) < 0xa0) return 2;
  return 0;
}

}  // namespace

std::string_view header(const std::vector<sip::Header>& headers, std::string_view name) {
  for (const sip::Header& each : headers)
    if (equal_ignoring_case(each.name, name)) return each.value;
  return {};
}

std::string_view uri_of(std::string_view header_value) {
  std::string_view rest = trim(header_value);
  rest.remove_prefix(end_of_quoted(rest));
  if (const auto open = rest.find('<'); open != std::string_view::npos) {
    const auto close = rest.find('>', open);
    return close == std::string_view::npos ? std::string_view()
                                           : rest.substr(open + 1, close - open - 1);
  }
  return trim(take_until(rest, ';'));
}

std::string one_line(std::string_view text, std::size_t most) {
  std::string line;
  line.reserve(std::min(text.size(), most));
  bool blank = false;
  while (!text.empty()) {
    if (const std::size_t size = blank_at(text); size > 0) {
      blank = !line.empty();
      text.remove_prefix(size);
      continue;
    }
    if (blank) line.push_back(' ');
    blank = false;
    line.push_back(text.front());
    text.remove_prefix(1);
    if (line.size() > most + 4) break;  // enough to cut between characters
  }
  line.resize(text::prefix_of_characters(line, most).size());
  return line;
}

}  // namespace causeway::gateway::translate
