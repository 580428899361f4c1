#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/xml/element.h"

namespace causeway::xhtml {

// XHTML-IM (XEP-0071) as it may pass: the recommended profile of its section 7 without style and
// images. What is on the list is rebuilt, the rest is not: of an unknown element the content stays,
// of one that is no text to read (script, style, ...) nothing, and no attribute but the href of a
// link to a place of a known kind. Pure.

inline constexpr std::string_view kXhtmlIm = "http://jabber.org/protocol/xhtml-im";

// Beyond them there is no markup at all: half a text would be a text that nobody has written.
inline constexpr std::size_t kMostNodes = 2000;          // elements and texts
inline constexpr std::size_t kMostDepth = 32;            // of elements; deeper ones are flattened
inline constexpr std::size_t kMostLinkBytes = 2048;      // longer ones are no links
inline constexpr std::size_t kMostTextBytes = 64 << 10;  // of all texts

// `body` with what is on the list, as a <body/> of XHTML; its content may come from anybody, and
// elements that are not in XHTML's namespace are unknown ones. Nothing when there is nothing to
// read, or too much. What is allowed stays as it is when it is asked about again.
std::optional<xml::Element> allowed(const xml::Element& body);

// What allowed() has returned, as XML with its namespace declared.
std::string to_xml(const xml::Element& body);
// The same as a whole HTML document.
std::string to_html(const xml::Element& body);
// The words alone: lines for paragraphs, list items and breaks; a link's place behind its text when
// it does not say it.
std::string to_plain_text(const xml::Element& body);

// The <body/> in a text that to_xml() may have made, allowed; nothing for anything else.
std::optional<xml::Element> parse(std::string_view xml);

}  // namespace causeway::xhtml
