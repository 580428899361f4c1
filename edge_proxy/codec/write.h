#pragma once

#include <string>
#include <string_view>

#include "common/xml/writer.h"

namespace causeway::edge::codec {

// Pieces of XML around names that are our own constants; values are escaped.

inline void append_attribute(std::string& out, std::string_view name, std::string_view value) {
  out.append(" ").append(name).append("='");
  xml::append_escaped_attribute(out, value);
  out.push_back('\'');
}

inline void append_optional(std::string& out, std::string_view name, std::string_view value) {
  if (!value.empty()) append_attribute(out, name, value);
}

inline void start_element(std::string& out, std::string_view name, std::string_view ns = {}) {
  out.append("<").append(name);
  append_optional(out, "xmlns", ns);
}

// Ends the start tag that was begun, with the element's text and its end tag.
inline void end_element(std::string& out, std::string_view name, std::string_view text = {}) {
  if (text.empty()) {
    out.append("/>");
    return;
  }
  out.push_back('>');
  xml::append_escaped(out, text);
  out.append("</").append(name).push_back('>');
}

inline void append_element(std::string& out, std::string_view name, std::string_view ns,
                           std::string_view text = {}) {
  start_element(out, name, ns);
  end_element(out, name, text);
}

}  // namespace causeway::edge::codec
