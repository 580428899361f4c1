#include "frontend_gateway/translate/cpim.h"

#include <algorithm>
#include <charconv>

#include "absl/strings/str_cat.h"
#include "frontend_gateway/address/text.h"
#include "frontend_gateway/address/utf8.h"
#include "frontend_gateway/translate/headers.h"
#include "frontend_gateway/translate/multipart.h"

namespace causeway::gateway::translate {
namespace {

constexpr std::size_t kMostHeaders = 32;
constexpr std::size_t kMostIdBytes = 256;
constexpr std::string_view kImdn = "urn:ietf:params:imdn";

struct Word {
  std::string_view word;
  bool Notifications::*member;
};
constexpr Word kWords[] = {
    {"positive-delivery", &Notifications::delivered},
    {"negative-delivery", &Notifications::failed},
    {"display", &Notifications::displayed},
};

// Section 2.3.2: "\\" before a letter, in header values.
std::string unescaped(std::string_view value) {
  std::string text;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\' || i + 1 == value.size()) {
      text.push_back(value[i]);
    } else if (const char c = value[++i]; c == '\\' || c == '"' || c == '\'') {
      text.push_back(c);
    } else {
      text.push_back(' ');  // of \n, \t and the like: it stands in one line
    }
  }
  return text;
}

std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\') text.push_back('\\');
    text.push_back(c);
  }
  return text;
}

Notifications wanted_in(std::string_view value) {
  Notifications wanted;
  while (!value.empty()) {
    const std::string_view word = trim(take_until(value, ','));
    for (const Word& row : kWords)
      if (equal_ignoring_case(row.word, word)) wanted.*row.member = true;
  }
  return wanted;
}

// "NS: imdn <urn:ietf:params:imdn>": the prefix, when that is the namespace of IMDN.
std::optional<std::string_view> imdn_prefix(std::string_view value) {
  const auto open = value.find('<');
  if (open == value.npos || uri_of(value) != kImdn) return std::nullopt;
  return trim(value.substr(0, open));
}

// Reads one header after the other. False: the message is none.
class Reader {
 public:
  explicit Reader(Cpim& cpim) : cpim_(cpim) {}

  bool read(const sip::Header& header) {
    if (header.name == "NS") {
      if (const auto prefix = imdn_prefix(header.value)) prefix_ = *prefix;
      return true;
    }
    if (header.name == "Require") return false;  // none is known
    if (header.name == "From") return once(from_, cpim_.from, uri_of(header.value));
    if (header.name == "To")
      return cpim_.to.empty() ? once(to_, cpim_.to, uri_of(header.value))
                              : true;  // several are allowed
    if (header.name == "DateTime") return read_time(header.value);
    if (header.name == "Subject") {
      if (cpim_.subject.empty()) cpim_.subject = unescaped(header.value);  // the first language
      return true;
    }
    const auto dot = header.name.find('.');
    if (dot == header.name.npos || !prefix_ || header.name.substr(0, dot) != *prefix_) return true;
    return read_imdn(std::string_view(header.name).substr(dot + 1), header.value);
  }

 private:
  bool once(bool& seen, std::string& member, std::string_view value) {
    if (std::exchange(seen, true)) return false;
    member = value;
    return true;
  }

  bool read_time(const std::string& value) {
    absl::Time time;
    if (std::exchange(dated_, true)) return false;
    if (absl::ParseTime(absl::RFC3339_full, value, &time, nullptr)) cpim_.sent = time;
    return true;
  }

  bool read_imdn(std::string_view name, std::string_view value) {
    if (name == "Message-ID")
      return value.size() <= kMostIdBytes && once(identified_, cpim_.message_id, value);
    if (name == "Disposition-Notification") {
      if (std::exchange(asked_, true)) return false;
      cpim_.wanted = wanted_in(value);
    }
    return true;
  }

  Cpim& cpim_;
  std::optional<std::string> prefix_;
  bool from_ = false, to_ = false, dated_ = false, identified_ = false, asked_ = false;
};

}  // namespace

std::optional<Cpim> parse_cpim(std::string_view text) {
  std::string_view rest = text;
  const auto headers = take_headers(rest, kMostHeaders);
  if (!headers) return std::nullopt;
  Cpim cpim;
  Reader reader(cpim);
  for (const sip::Header& header : *headers)
    if (!reader.read(header)) return std::nullopt;
  auto inner = take_headers(rest, kMostHeaders);
  if (!inner) return std::nullopt;
  const auto types = std::ranges::count_if(
      *inner, [](const auto& each) { return equal_ignoring_case(each.name, "Content-Type"); });
  if (types != 1) return std::nullopt;
  cpim.headers = *std::move(inner);
  cpim.body = rest;
  return cpim;
}

std::string write_cpim(const Cpim& cpim, std::string_view inner_type, std::string_view body) {
  std::string out = absl::StrCat("From: <", cpim.from, ">\r\nTo: <", cpim.to, ">\r\n");
  if (cpim.sent) absl::StrAppend(&out, "DateTime: ", internet_time(*cpim.sent), "\r\n");
  if (!cpim.subject.empty()) absl::StrAppend(&out, "Subject: ", escaped(cpim.subject), "\r\n");
  if (!cpim.message_id.empty()) {
    absl::StrAppend(&out, "NS: imdn <", std::string(kImdn),
                    ">\r\nimdn.Message-ID: ", cpim.message_id, "\r\n");
    std::string words;
    for (const Word& row : kWords) {
      if (!(cpim.wanted.*row.member)) continue;
      words.append(words.empty() ? "" : ", ").append(row.word);
    }
    if (!words.empty()) absl::StrAppend(&out, "imdn.Disposition-Notification: ", words, "\r\n");
  }
  absl::StrAppend(&out, "\r\nContent-Type: ", std::string(inner_type), "\r\n");
  for (const sip::Header& header : cpim.headers)
    absl::StrAppend(&out, header.name, ": ", header.value, "\r\n");
  absl::StrAppend(&out, "Content-Length: ", body.size(), "\r\n\r\n");
  out.append(body);
  return out;
}

std::string internet_time(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%SZ", time, absl::UTCTimeZone());
}

}  // namespace causeway::gateway::translate
