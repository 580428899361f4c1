#include "common/address/precis.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/address/code_points.h"

namespace causeway::address {
namespace {

using Mapping = absl::StatusOr<std::u16string> (*)(std::u16string);

absl::Status refuse(const std::string& why) { return absl::InvalidArgumentError(why); }

absl::Status check_class(const std::u16string& text, StringClass string_class) {
  if (const auto c = first_disallowed(text, string_class))
    return refuse(absl::StrFormat("U+%04X is not allowed there", static_cast<unsigned>(*c)));
  return absl::OkStatus();
}

icu::UnicodeString borrowed(const std::u16string& text) {
  return icu::UnicodeString(false, text.data(), static_cast<int32_t>(text.size()));
}

std::u16string taken(const icu::UnicodeString& text) {
  return std::u16string(text.getBuffer(), static_cast<std::size_t>(text.length()));
}

std::u16string nfc(const std::u16string& text) {
  UErrorCode status = U_ZERO_ERROR;
  return taken(icu::Normalizer2::getNFCInstance(status)->normalize(borrowed(text), status));
}

// RFC 8265 section 3.3.2, rule 1: full-width and half-width forms become what they are forms of.
std::u16string map_width(const std::u16string& text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfkc = icu::Normalizer2::getNFKCInstance(status);
  icu::UnicodeString out;
  for (std::size_t i = 0; i < text.size();) {
    UChar32 c;
    U16_NEXT(text.data(), i, text.size(), c);
    const int type = u_getIntPropertyValue(c, UCHAR_DECOMPOSITION_TYPE);
    icu::UnicodeString narrow;
    if ((type == U_DT_WIDE || type == U_DT_NARROW) && nfkc->getRawDecomposition(c, narrow))
      out.append(narrow);
    else
      out.append(c);
  }
  return taken(out);
}

// The root locale: "I" is "i" in Ankara too.
std::u16string lower(const std::u16string& text) {
  icu::UnicodeString out(borrowed(text));
  return taken(out.toLower(icu::Locale::getRoot()));
}

// RFC 8265 section 3.3.3.
absl::StatusOr<std::u16string> map_username(std::u16string text) {
  text = map_width(text);
  if (absl::Status status = check_class(text, StringClass::identifier); !status.ok()) return status;
  text = nfc(lower(text));
  if (!satisfies_bidi_rule(text)) return refuse("left-to-right and right-to-left are mixed");
  if (absl::Status status = check_class(text, StringClass::identifier); !status.ok()) return status;
  return text;
}

// RFC 8265 section 4.2.2.
absl::StatusOr<std::u16string> map_opaque(std::u16string text) {
  for (char16_t& c : text)
    if (u_charType(c) == U_SPACE_SEPARATOR) c = u' ';
  text = nfc(text);
  if (absl::Status status = check_class(text, StringClass::freeform); !status.ok()) return status;
  return text;
}

// RFC 8264 section 7: some strings need a second round to come to rest; others never do.
absl::StatusOr<std::string> enforce(std::string_view utf8, Mapping mapping) {
  constexpr int kMostRounds = 3;
  std::optional<std::u16string> text = from_utf8(utf8);
  if (!text) return refuse("not well-formed UTF-8");
  for (int round = 0; round <= kMostRounds; ++round) {
    absl::StatusOr<std::u16string> mapped = mapping(*text);
    if (!mapped.ok()) return mapped.status();
    if (*mapped == *text) return to_utf8(*text);
    text = *std::move(mapped);
  }
  return refuse("does not come to rest under its profile");
}

bool all_within(std::string_view text, char first, char last) {
  return std::all_of(text.begin(), text.end(), [=](char c) { return first <= c && c <= last; });
}

}  // namespace

absl::StatusOr<std::string> username_case_mapped(std::string_view text) {
  if (text.empty()) return refuse("empty");
  if (all_within(text, '!', '~')) {
    std::string lower(text);
    absl::AsciiStrToLower(&lower);
    return lower;
  }
  return enforce(text, map_username);
}

absl::StatusOr<std::string> opaque_string(std::string_view text) {
  if (text.empty()) return refuse("empty");
  if (all_within(text, ' ', '~')) return std::string(text);
  return enforce(text, map_opaque);
}

}  // namespace causeway::address
