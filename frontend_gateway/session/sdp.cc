#include "frontend_gateway/session/sdp.h"

#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"
#include "frontend_gateway/address/text.h"
#include "frontend_gateway/address/utf8.h"

namespace causeway::gateway::session {
namespace {

constexpr std::size_t kMostBytes = 16 << 10;
constexpr std::size_t kMostMedia = 16;
constexpr std::size_t kMostTypes = 32;  // Lync lists nine
// The text travels in SIP and nothing listens there, but 0 would refuse the medium
// (MS-SDP 3.1.5.3). An address of all zeros would put it on hold (RFC 3264 section 8.4).
constexpr char kPlace[] = "5060";
constexpr char kHead[] =
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n";

// "message 5060 sip null".
std::optional<Medium> parse_medium(std::string_view value) {
  Medium medium;
  medium.kind = lower_case(take_until(value, ' '));
  std::string_view ports = take_until(value, ' ');
  const std::string_view port = take_until(ports, '/');
  medium.protocol = take_until(value, ' ');
  medium.formats = value;
  const auto [end, fault] = std::from_chars(port.data(), port.data() + port.size(), medium.port);
  const bool number = fault == std::errc() && end == port.data() + port.size() &&
                      medium.port >= 0 && medium.port <= 0xffff;
  if (!number || medium.kind.empty() || medium.protocol.empty() || medium.formats.empty())
    return std::nullopt;
  return medium;
}

bool is_text(const Medium& medium) {
  return (medium.kind == "message" || medium.kind == "x-ms-message") &&
         equal_ignoring_case(medium.protocol, "sip") && medium.port != 0;
}

void read_types(std::string_view value, std::vector<std::string>& types) {
  while (!value.empty() && types.size() < kMostTypes) {
    const std::string_view type = trim(take_until(value, ' '));
    if (!type.empty()) types.push_back(lower_case(type));
  }
}

// One line after the first; false when it is none.
bool read_line(std::string_view line, Description& description) {
  if (line.size() < 2 || line[1] != '=' || line[0] < 'a' || line[0] > 'z' || !is_one_line(line))
    return false;
  std::string_view value = line.substr(2);
  if (line[0] == 'm') {
    auto medium = parse_medium(value);
    if (!medium || description.media.size() == kMostMedia) return false;
    if (!description.text && is_text(*medium)) description.text = description.media.size();
    description.media.push_back(*std::move(medium));
    return true;
  }
  const bool of_text = description.text && *description.text + 1 == description.media.size();
  if (line[0] == 'a' && of_text && equal_ignoring_case(take_until(value, ':'), "accept-types"))
    read_types(value, description.accept_types);
  return true;
}

std::string accept_types() {
  std::string line = "a=accept-types:";
  for (const std::string_view type : kAcceptTypes) {
    if (line.back() != ':') line += ' ';
    line += type;
  }
  return line + "\r\n";
}

}  // namespace

std::optional<Description> parse_sdp(std::string_view text) {
  if (text.size() > kMostBytes) return std::nullopt;
  Description description;
  bool first = true;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() && text.empty()) break;
    if (first ? line != "v=0" : !read_line(line, description)) return std::nullopt;
    first = false;
  }
  if (first) return std::nullopt;
  return description;
}

std::string write_offer() {
  return absl::StrCat(kHead, "m=message ", kPlace, " sip null\r\n", accept_types());
}

std::string write_answer(const Description& offer) {
  std::string answer = kHead;
  for (std::size_t i = 0; i < offer.media.size(); ++i) {
    const Medium& medium = offer.media[i];
    if (i == *offer.text) {
      absl::StrAppend(&answer, "m=", medium.kind, " ", kPlace, " sip null\r\n", accept_types());
    } else {
      absl::StrAppend(&answer, "m=", medium.kind, " 0 ", medium.protocol, " ", medium.formats,
                      "\r\n");
    }
  }
  return answer;
}

}  // namespace causeway::gateway::session
