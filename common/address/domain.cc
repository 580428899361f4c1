#include "common/address/domain.h"

#include <arpa/inet.h>
#include <unicode/bytestream.h>
#include <unicode/idna.h>

#include <cstddef>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace causeway::address {
namespace {

constexpr std::size_t kMostBytes = 1023;
constexpr std::size_t kMostLabelBytes = 63;

absl::Status refuse(const std::string& why) { return absl::InvalidArgumentError(why); }

// In the form inet_ntop gives, so that two spellings of one address are equal.
std::optional<std::string> canonical_address(int family, std::string_view text) {
  unsigned char bytes[sizeof(in6_addr)];
  char printed[INET6_ADDRSTRLEN];
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  if (inet_pton(family, std::string(text).c_str(), bytes) != 1) return std::nullopt;
  return inet_ntop(family, bytes, printed, sizeof printed);
}

// A label that means the same in DNS, IDNA and ASCII. What has "--" in its third and fourth place
// may be an A-label and is IDNA's to judge.
bool is_plain_label(std::string_view label) {
  if (label.empty() || label.size() > kMostLabelBytes) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  if (label.size() >= 4 && label[2] == '-' && label[3] == '-') return false;
  for (const char c : label)
    if (!absl::ascii_isalnum(c) && c != '-') return false;
  return true;
}

bool is_plain(std::string_view name) {
  for (std::size_t begin = 0;;) {
    const std::size_t dot = name.find('.', begin);
    if (!is_plain_label(name.substr(begin, dot - begin))) return false;
    if (dot == std::string_view::npos) return true;
    begin = dot + 1;
  }
}

// No top-level domain is a number, while many a resolver takes "1.2.3" for an address.
bool ends_in_number(std::string_view name) {
  const std::string_view last = name.substr(name.rfind('.') + 1);
  return last.find_first_not_of("0123456789") == std::string_view::npos;
}

const icu::IDNA& idna() {
  static const std::unique_ptr<const icu::IDNA> instance = [] {
    UErrorCode status = U_ZERO_ERROR;
    return std::unique_ptr<const icu::IDNA>(icu::IDNA::createUTS46Instance(
        UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_CHECK_CONTEXTO |
            UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE,
        status));
  }();
  return *instance;
}

using Conversion = void (icu::IDNA::*)(icu::StringPiece, icu::ByteSink&, icu::IDNAInfo&,
                                       UErrorCode&) const;

absl::StatusOr<std::string> convert(Conversion conversion, std::string_view name) {
  std::string out;
  icu::StringByteSink<std::string> sink(&out);
  icu::IDNAInfo info;
  UErrorCode status = U_ZERO_ERROR;
  (idna().*conversion)({name.data(), static_cast<int32_t>(name.size())}, sink, info, status);
  if (U_FAILURE(status)) return refuse(u_errorName(status));
  // DNS stops at 253 bytes, XMPP only at 1,023; whoever asks the DNS will find out.
  const uint32_t errors = info.getErrors() & ~uint32_t{UIDNA_ERROR_DOMAIN_NAME_TOO_LONG};
  if (errors & (UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG))
    return refuse("a label is empty or longer than 63 bytes");
  if (errors != 0)
    return refuse(absl::StrCat("not a host name (IDNA error 0x", absl::Hex(errors), ")"));
  return out;
}

}  // namespace

absl::StatusOr<Domain> Domain::parse(std::string_view text) {
  Domain domain;
  if (text.empty()) return refuse("empty");
  if (text.size() > kMostBytes + 1) return refuse("longer than 1023 bytes");
  if (text.starts_with('[')) {
    const auto address = text.ends_with(']')
                             ? canonical_address(AF_INET6, text.substr(1, text.size() - 2))
                             : std::nullopt;
    if (!address) return refuse("not an IPv6 address in brackets");
    domain.unicode_ = absl::StrCat("[", *address, "]");
    return domain;
  }
  const std::string_view name = text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
  if (is_plain(name)) {
    domain.unicode_ = name;
    absl::AsciiStrToLower(&domain.unicode_);
  } else {
    absl::StatusOr<std::string> unicode = convert(&icu::IDNA::nameToUnicodeUTF8, name);
    if (!unicode.ok()) return unicode.status();
    absl::StatusOr<std::string> ascii = convert(&icu::IDNA::nameToASCII_UTF8, *unicode);
    if (!ascii.ok()) return ascii.status();
    // IDNA's own dots, like U+3002, are dots only now.
    if (unicode->ends_with('.')) return refuse("a label is empty");
    domain.unicode_ = *std::move(unicode);
    if (*ascii != domain.unicode_) domain.ascii_ = *std::move(ascii);
  }
  if (domain.unicode_.size() > kMostBytes) return refuse("longer than 1023 bytes");
  if (ends_in_number(domain.unicode_) && !canonical_address(AF_INET, domain.unicode_))
    return refuse("a number, but not an IPv4 address");
  return domain;
}

bool Domain::is_ip_literal() const {
  return !unicode_.empty() && (unicode_.back() == ']' || ends_in_number(unicode_));
}

}  // namespace causeway::address
