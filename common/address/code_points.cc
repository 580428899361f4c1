#include "common/address/code_points.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>

#include <algorithm>
#include <array>
#include <functional>
#include <vector>

namespace causeway::address {
namespace {

using Text = std::vector<UChar32>;

Text code_points(std::u16string_view text) {
  Text out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    UChar32 c;
    U16_NEXT(text.data(), i, text.size(), c);
    out.push_back(c);
  }
  return out;
}

constexpr bool within(UChar32 c, UChar32 first, UChar32 last) { return first <= c && c <= last; }

// --- RFC 5892 appendix A: what must stand around the code points that depend on it.

bool follows_virama(const Text& text, std::size_t at) {
  constexpr int kVirama = 9;
  return at > 0 && u_getCombiningClass(text[at - 1]) == kVirama;
}

int joining_type(UChar32 c) { return u_getIntPropertyValue(c, UCHAR_JOINING_TYPE); }

bool joins_both_sides(const Text& text, std::size_t at) {
  const auto transparent = [](UChar32 c) { return joining_type(c) == U_JT_TRANSPARENT; };
  const auto before =
      std::find_if_not(text.rend() - static_cast<std::ptrdiff_t>(at), text.rend(), transparent);
  const auto after =
      std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at) + 1, text.end(), transparent);
  if (before == text.rend() || after == text.end()) return false;
  const int left = joining_type(*before);
  const int right = joining_type(*after);
  return (left == U_JT_LEFT_JOINING || left == U_JT_DUAL_JOINING) &&
         (right == U_JT_RIGHT_JOINING || right == U_JT_DUAL_JOINING);
}

bool is_script(const Text& text, std::ptrdiff_t at, UScriptCode script) {
  if (at < 0 || at >= static_cast<std::ptrdiff_t>(text.size())) return false;
  UErrorCode status = U_ZERO_ERROR;
  return uscript_getScript(text[static_cast<std::size_t>(at)], &status) == script;
}

bool any_within(const Text& text, UChar32 first, UChar32 last) {
  return std::any_of(text.begin(), text.end(), [=](UChar32 c) { return within(c, first, last); });
}

bool any_japanese(const Text& text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    for (const UScriptCode script : {USCRIPT_HIRAGANA, USCRIPT_KATAKANA, USCRIPT_HAN})
      if (is_script(text, static_cast<std::ptrdiff_t>(i), script)) return true;
  return false;
}

struct ContextRule {
  UChar32 first, last;
  bool (*allows)(const Text& text, std::size_t at);
};

constexpr ContextRule kContextRules[] = {
    {0x00B7, 0x00B7,  // A.3: the middle dot of Catalan
     [](const Text& t, std::size_t at) {
       return at > 0 && at + 1 < t.size() && t[at - 1] == 'l' && t[at + 1] == 'l';
     }},
    {0x0375, 0x0375,  // A.4: the Greek keraia
     [](const Text& t, std::size_t at) {
       return is_script(t, static_cast<std::ptrdiff_t>(at) + 1, USCRIPT_GREEK);
     }},
    {0x05F3, 0x05F4,  // A.5, A.6: the Hebrew geresh and gershayim
     [](const Text& t, std::size_t at) {
       return is_script(t, static_cast<std::ptrdiff_t>(at) - 1, USCRIPT_HEBREW);
     }},
    // A.8, A.9: Arabic-Indic digits are not mixed with the extended ones
    {0x0660, 0x0669, [](const Text& t, std::size_t) { return !any_within(t, 0x06F0, 0x06F9); }},
    {0x06F0, 0x06F9, [](const Text& t, std::size_t) { return !any_within(t, 0x0660, 0x0669); }},
    {0x200C, 0x200C,  // A.1: zero width non-joiner
     [](const Text& t, std::size_t at) {
       return follows_virama(t, at) || joins_both_sides(t, at);
     }},
    {0x200D, 0x200D, follows_virama},  // A.2: zero width joiner
    {0x30FB, 0x30FB, [](const Text& t, std::size_t) { return any_japanese(t); }},  // A.7
};

const ContextRule* context_rule(UChar32 c) {
  const auto* rule = std::find_if(std::begin(kContextRules), std::end(kContextRules),
                                  [c](const ContextRule& r) { return within(c, r.first, r.last); });
  return rule == std::end(kContextRules) ? nullptr : rule;
}

// --- RFC 8264 section 8: the derived property.

enum class Property { valid, context, free_only, disallowed };

// RFC 8264 section 9.6, which is RFC 5892 section 2.6. Those that depend on context have rules
// above.
std::optional<Property> exception(UChar32 c) {
  switch (c) {
    case 0x00DF:
    case 0x03C2:
    case 0x06FD:
    case 0x06FE:
    case 0x0F0B:
    case 0x3007:
      return Property::valid;
    case 0x0640:
    case 0x07FA:
    case 0x302E:
    case 0x302F:
    case 0x3031:
    case 0x3032:
    case 0x3033:
    case 0x3034:
    case 0x3035:
    case 0x303B:
      return Property::disallowed;
    default:
      return std::nullopt;
  }
}

bool is_old_hangul_jamo(UChar32 c) {
  const int type = u_getIntPropertyValue(c, UCHAR_HANGUL_SYLLABLE_TYPE);
  return type == U_HST_LEADING_JAMO || type == U_HST_VOWEL_JAMO || type == U_HST_TRAILING_JAMO;
}

bool has_compatibility_equivalent(UChar32 c) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfkc = icu::Normalizer2::getNFKCInstance(status);
  const icu::UnicodeString text(c);
  return !nfkc->isNormalized(text, status);
}

Property of_category(UChar32 c) {
  constexpr uint32_t kLetterDigits = U_GC_LL_MASK | U_GC_LU_MASK | U_GC_LO_MASK | U_GC_ND_MASK |
                                     U_GC_LM_MASK | U_GC_MN_MASK | U_GC_MC_MASK;
  constexpr uint32_t kFreeOnly = U_GC_LT_MASK | U_GC_NL_MASK | U_GC_NO_MASK | U_GC_ME_MASK |
                                 U_GC_ZS_MASK | U_GC_S_MASK | U_GC_P_MASK;
  const uint32_t category = U_GET_GC_MASK(c);
  if (category & kLetterDigits) return Property::valid;
  return category & kFreeOnly ? Property::free_only : Property::disallowed;
}

Property derived_property(UChar32 c) {
  if (const auto known = exception(c)) return *known;
  if (context_rule(c)) return Property::context;
  if (within(c, 0x21, 0x7E)) return Property::valid;
  if (u_charType(c) == U_UNASSIGNED || u_charType(c) == U_CONTROL_CHAR || is_old_hangul_jamo(c) ||
      u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) || U_IS_UNICODE_NONCHAR(c))
    return Property::disallowed;
  if (has_compatibility_equivalent(c)) return Property::free_only;
  return of_category(c);
}

}  // namespace

std::optional<UChar32> first_disallowed(std::u16string_view text, StringClass string_class) {
  const Text points = code_points(text);
  for (std::size_t at = 0; at < points.size(); ++at) {
    const UChar32 c = points[at];
    const Property property = derived_property(c);
    if (property == Property::disallowed) return c;
    if (property == Property::free_only && string_class == StringClass::identifier) return c;
    if (property == Property::context && !context_rule(c)->allows(points, at)) return c;
  }
  return std::nullopt;
}

bool satisfies_bidi_rule(std::u16string_view text) {
  constexpr auto bit = [](int direction) { return 1u << direction; };
  constexpr auto kRightToLeft = bit(U_RIGHT_TO_LEFT) | bit(U_RIGHT_TO_LEFT_ARABIC);
  constexpr auto kAnywhere = bit(U_EUROPEAN_NUMBER) | bit(U_EUROPEAN_NUMBER_SEPARATOR) |
                             bit(U_COMMON_NUMBER_SEPARATOR) | bit(U_EUROPEAN_NUMBER_TERMINATOR) |
                             bit(U_OTHER_NEUTRAL) | bit(U_BOUNDARY_NEUTRAL) |
                             bit(U_DIR_NON_SPACING_MARK);

  unsigned seen = 0;
  unsigned first = 0;
  unsigned last = 0;  // not counting the non-spacing marks at the end
  for (const UChar32 c : code_points(text)) {
    const unsigned direction = bit(u_charDirection(c));
    seen |= direction;
    if (first == 0) first = direction;
    if (direction != bit(U_DIR_NON_SPACING_MARK)) last = direction;
  }
  if (!(seen & (kRightToLeft | bit(U_ARABIC_NUMBER)))) return true;
  if (!(first & kRightToLeft)) return false;  // 1, and 5 for a left-to-right beginning
  if (seen & ~(kRightToLeft | bit(U_ARABIC_NUMBER) | kAnywhere)) return false;                 // 2
  if (!(last & (kRightToLeft | bit(U_EUROPEAN_NUMBER) | bit(U_ARABIC_NUMBER)))) return false;  // 3
  return !(seen & bit(U_EUROPEAN_NUMBER)) || !(seen & bit(U_ARABIC_NUMBER));                   // 4
}

std::optional<std::u16string> from_utf8(std::string_view text) {
  std::u16string out(text.size(), u'\0');
  int32_t length = 0;
  UErrorCode status = U_ZERO_ERROR;
  u_strFromUTF8(out.data(), static_cast<int32_t>(out.size()), &length, text.data(),
                static_cast<int32_t>(text.size()), &status);
  if (U_FAILURE(status)) return std::nullopt;
  out.resize(static_cast<std::size_t>(length));
  return out;
}

std::string to_utf8(std::u16string_view text) {
  std::string out(3 * text.size(), '\0');
  int32_t length = 0;
  UErrorCode status = U_ZERO_ERROR;
  u_strToUTF8(out.data(), static_cast<int32_t>(out.size()), &length, text.data(),
              static_cast<int32_t>(text.size()), &status);
  out.resize(U_FAILURE(status) ? 0 : static_cast<std::size_t>(length));
  return out;
}

}  // namespace causeway::address
