#pragma once

#include <string_view>

namespace causeway::gateway {

// What may stand in an XML document, and so in a stanza (XML 1.0 section 2.2): well-formed UTF-8
// without surrogates and overlong forms, without controls other than TAB, LF and CR, and without
// U+FFFE and U+FFFF.
bool is_xml_text(std::string_view bytes);

// The same, and no control character at all: what may stand in one line, such as an address.
bool is_one_line(std::string_view bytes);

}  // namespace causeway::gateway
