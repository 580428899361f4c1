#include "common/xml/writer.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "common/xml/namespaces.h"

namespace causeway::xml {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kXmlns = "http://www.w3.org/2000/xmlns/";

enum class Byte : std::uint8_t { plain, reference, whitespace, forbidden, high };

constexpr std::array<Byte, 256> kBytes = [] {
  std::array<Byte, 256> bytes{};
  for (int i = 0; i < 0x20; ++i) bytes[i] = Byte::forbidden;
  for (int i = 0x80; i < 0x100; ++i) bytes[i] = Byte::high;
  for (char c : {'&', '<', '>', '"', '\'', '\r'})
    bytes[static_cast<unsigned char>(c)] = Byte::reference;
  for (char c : {'\t', '\n'}) bytes[static_cast<unsigned char>(c)] = Byte::whitespace;
  return bytes;
}();

std::string_view reference(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&apos;";
    case '\t':
      return "&#9;";
    case '\n':
      return "&#10;";
    default:
      return "&#13;";
  }
}

// How many bytes at the front make one character that XML 1.0 section 2.2 allows; 0 if none do.
// `text` starts with a byte >= 0x80.
std::size_t allowed_character(std::string_view text) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const unsigned first = byte(0);
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if (first == 0xE0 && byte(1) < 0xA0) return 0;                      // overlong
  if (first == 0xED && byte(1) > 0x9F) return 0;                      // surrogates
  if (first == 0xEF && byte(1) == 0xBF && byte(2) >= 0xBE) return 0;  // U+FFFE, U+FFFF
  if (first == 0xF0 && byte(1) < 0x90) return 0;                      // overlong
  if (first == 0xF4 && byte(1) > 0x8F) return 0;                      // beyond U+10FFFF
  return size;
}

void escape(std::string& out, std::string_view text, bool whitespace_too) {
  std::size_t copied = 0;  // everything before was appended
  std::size_t at = 0;
  const auto replace = [&](std::string_view by) {
    out.append(text, copied, at - copied).append(by);
    copied = ++at;
  };
  while (at < text.size()) {
    switch (kBytes[static_cast<unsigned char>(text[at])]) {
      case Byte::plain:
        ++at;
        break;
      case Byte::reference:
        replace(reference(text[at]));
        break;
      case Byte::whitespace:
        if (whitespace_too) {
          replace(reference(text[at]));
        } else {
          ++at;
        }
        break;
      case Byte::forbidden:
        replace(kReplacement);
        break;
      case Byte::high: {
        const std::size_t size = allowed_character(text.substr(at));
        if (size == 0) {
          replace(kReplacement);
        } else {
          at += size;
        }
      }
    }
  }
  out.append(text, copied);
}

bool is_ncname(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto part = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return !name.empty() && letter(name.front()) && std::all_of(name.begin(), name.end(), part);
}

// The prefixes that need no declaration in what we write.
std::string_view known_prefix(std::string_view ns) {
  if (ns == ns::kStreams) return "stream";
  if (ns == ns::kDialback) return "db";
  if (ns == ns::kXml) return "xml";
  return {};
}

void append_name(std::string& out, std::string_view prefix, std::string_view name) {
  if (!prefix.empty()) out.append(prefix).push_back(':');
  out.append(name);
}

void append_attributes(std::string& out, const Element& element) {
  int made = 0;
  for (const Attribute& attribute : element.attributes) {
    if (!is_ncname(attribute.name) || attribute.name == "xmlns" || attribute.ns == kXmlns) continue;
    std::string prefix(known_prefix(attribute.ns));
    if (prefix.empty() && !attribute.ns.empty()) {
      prefix = "a" + std::to_string(made++);
      out.append(" xmlns:").append(prefix).append("='");
      append_escaped_attribute(out, attribute.ns);
      out.push_back('\'');
    }
    out.push_back(' ');
    append_name(out, prefix, attribute.name);
    out.append("='");
    append_escaped_attribute(out, attribute.value);
    out.push_back('\'');
  }
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) { escape(out, text, false); }

void append_escaped_attribute(std::string& out, std::string_view text) { escape(out, text, true); }

void append(std::string& out, const Element& element, std::string_view inherited_ns) {
  if (element.is_text()) return append_escaped(out, element.text);
  if (!is_ncname(element.name) || element.ns == kXmlns) return;
  const std::string_view prefix = known_prefix(element.ns);
  const bool declares = prefix.empty() && element.ns != inherited_ns;
  const std::string_view default_ns = declares ? std::string_view(element.ns) : inherited_ns;
  out.push_back('<');
  append_name(out, prefix, element.name);
  if (declares) {
    out.append(" xmlns='");
    append_escaped_attribute(out, element.ns);
    out.push_back('\'');
  }
  append_attributes(out, element);
  if (element.text.empty() && element.children.empty()) {
    out.append("/>");
    return;
  }
  out.push_back('>');
  append_escaped(out, element.text);
  for (const Element& child : element.children) append(out, child, default_ns);
  out.append("</");
  append_name(out, prefix, element.name);
  out.push_back('>');
}

std::string to_string(const Element& element, std::string_view inherited_ns) {
  std::string out;
  append(out, element, inherited_ns);
  return out;
}

}  // namespace causeway::xml
