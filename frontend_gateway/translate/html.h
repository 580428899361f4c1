#pragma once

#include <optional>
#include <string_view>

#include "common/xml/element.h"

namespace causeway::gateway::translate {

// HTML as the body of XHTML-IM that may be passed on (common/xhtml). It is read as browsers read it
// (HTML5, by gumbo), because what one parser takes for text another may take for a script; nothing
// of its bytes is copied but texts and links. Of what is not on the list, headings and the like
// become the nearest that is.
//
// Nothing when there is nothing to read, or it is not safe to try: markup whose tree could be many
// times its size. `html` is UTF-8.
std::optional<xml::Element> read_html(std::string_view html);

// More tags, or longer ones, are no chat. HTML5 repeats open formatting elements in each new
// paragraph, so that the tree can grow with the square of the tags.
inline constexpr std::size_t kMostTags = 256;
inline constexpr std::size_t kMostTagBytes = 1024;

}  // namespace causeway::gateway::translate
