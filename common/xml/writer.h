#pragma once

#include <string>
#include <string_view>

#include "common/xml/element.h"

namespace causeway::xml {

// Appends text with & < > " ' escaped. Characters that XML 1.0 does not allow, and bytes that are
// not UTF-8, become U+FFFD: nothing that is written can break a stream. For text and for attribute
// values in either kind of quotes.
void append_escaped(std::string& out, std::string_view text);
// The same with tab and line feed as references, so that an attribute's reader gets them unchanged
// (XML 1.0 section 3.3.3).
void append_escaped_attribute(std::string& out, std::string_view text);

// Appends the element. A namespace is declared where it differs from `inherited_ns`; the stream
// namespace is written with the prefix "stream", the dialback namespace with "db" (XEP-0220
// section 2.3), both declared in our stream header. What has a name that is not an ASCII NCName is
// left out.
void append(std::string& out, const Element& element, std::string_view inherited_ns);
std::string to_string(const Element& element, std::string_view inherited_ns = {});

}  // namespace causeway::xml
