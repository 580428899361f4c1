#pragma once

#include <unicode/umachine.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace causeway::address {

// The PRECIS string classes (RFC 8264): which code points a user name or a free text may hold.

enum class StringClass { identifier, freeform };

// The first code point that the class disallows in `text`, whether by its derived property (section
// 8) or because its context forbids it (RFC 5892 appendix A). Nothing when the text conforms.
std::optional<UChar32> first_disallowed(std::u16string_view text, StringClass string_class);

// The bidi rule (RFC 5893 section 2). True too for a text without right-to-left characters.
bool satisfies_bidi_rule(std::u16string_view text);

// Nothing when `text` is not well-formed UTF-8.
std::optional<std::u16string> from_utf8(std::string_view text);
std::string to_utf8(std::u16string_view text);

}  // namespace causeway::address
