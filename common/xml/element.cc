#include "common/xml/element.h"

#include "common/xml/namespaces.h"

namespace causeway::xml {
namespace {

const Attribute* find(const Element& element, std::string_view name, std::string_view ns) {
  for (const Attribute& attribute : element.attributes) {
    if (attribute.name == name && attribute.ns == ns) return &attribute;
  }
  return nullptr;
}

}  // namespace

std::string_view Element::attribute(std::string_view name) const {
  const Attribute* found = find(*this, name, {});
  return found == nullptr ? std::string_view() : found->value;
}

bool Element::has_attribute(std::string_view name) const {
  return find(*this, name, {}) != nullptr;
}

std::string_view Element::lang() const {
  const Attribute* found = find(*this, "lang", ns::kXml);
  return found == nullptr ? std::string_view() : found->value;
}

const Element* Element::child(std::string_view name, std::string_view ns) const {
  for (const Element& child : children) {
    if (child.is(name, ns)) return &child;
  }
  return nullptr;
}

}  // namespace causeway::xml
