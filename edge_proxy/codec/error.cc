#include <string_view>

#include "common/stanza/conditions.h"
#include "common/xml/namespaces.h"
#include "edge_proxy/codec/parts.h"
#include "edge_proxy/codec/write.h"

namespace causeway::edge::codec {
namespace {

bool has_address(v1::StanzaCondition condition) {
  return condition == v1::GONE || condition == v1::REDIRECT;
}

void read_condition(const xml::Element& element, v1::StanzaError& error) {
  const auto condition = stanza::condition_named(element.name);
  if (!condition) return;
  error.set_condition(*condition);
  if (has_address(*condition)) error.set_new_address(element.text);
}

}  // namespace

// RFC 6120 section 8.3.2. A condition that is missing or unknown is undefined-condition.
void read_error(const xml::Element& stanza, v1::StanzaError& error) {
  const xml::Element* element = stanza.child("error", xml::ns::kServer);
  if (element == nullptr) return;
  if (const auto type = stanza::error_type_named(element->attribute("type"))) error.set_type(*type);
  bool has_condition = false;
  for (const xml::Element& child : element->children) {
    if (child.ns != xml::ns::kStanzaErrors) continue;
    if (child.name == "text") {
      if (error.text().empty()) error.set_text(child.text);
    } else if (!has_condition) {
      has_condition = true;
      read_condition(child, error);
    }
  }
}

void append_error(std::string& out, const v1::StanzaError& error) {
  const v1::StanzaError::Type type = error.type() == v1::StanzaError::DEFAULT_TYPE
                                         ? stanza::default_type(error.condition())
                                         : error.type();
  start_element(out, "error");
  append_attribute(out, "type", stanza::wire_name(type));
  out.push_back('>');
  append_element(
      out, stanza::wire_name(error.condition()), xml::ns::kStanzaErrors,
      has_address(error.condition()) ? std::string_view(error.new_address()) : std::string_view());
  if (!error.text().empty()) append_element(out, "text", xml::ns::kStanzaErrors, error.text());
  out.append("</error>");
}

}  // namespace causeway::edge::codec
