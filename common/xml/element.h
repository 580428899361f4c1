#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace causeway::xml {

struct Attribute {
  std::string ns;  // empty: no namespace
  std::string name;
  std::string value;

  friend bool operator==(const Attribute&, const Attribute&) = default;
};

// An element as a value: namespaces resolved, prefixes forgotten. `text` is all its own character
// data, joined; XMPP's stanzas have no use for the order of text and children.
//
// XHTML has one: there `text` is empty and each piece of character data is a child without a name,
// in its place among the others.
struct Element {
  std::string ns;
  std::string name;
  std::vector<Attribute> attributes;
  std::vector<Element> children;
  std::string text;

  bool is(std::string_view the_name, std::string_view the_ns) const {
    return name == the_name && ns == the_ns;
  }
  bool is_text() const { return name.empty(); }  // a child that is a piece of text
  // The value of an attribute without namespace; empty when absent.
  std::string_view attribute(std::string_view name) const;
  bool has_attribute(std::string_view name) const;
  std::string_view lang() const;  // its own xml:lang
  // The first child of that name and namespace, or nullptr.
  const Element* child(std::string_view name, std::string_view ns) const;

  friend bool operator==(const Element&, const Element&) = default;
};

}  // namespace causeway::xml
