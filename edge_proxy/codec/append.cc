#include <string_view>

#include "edge_proxy/codec/parts.h"
#include "edge_proxy/codec/payloads.h"
#include "edge_proxy/codec/stanza_codec.h"
#include "edge_proxy/codec/words.h"
#include "edge_proxy/codec/write.h"

namespace causeway::edge::codec {
namespace {

void append_address(std::string& out, std::string_view name, const v1::Address& address) {
  out.append(" ").append(name).append("='");
  if (!address.local().empty()) {
    xml::append_escaped_attribute(out, address.local());
    out.push_back('@');
  }
  xml::append_escaped_attribute(out, address.domain());
  if (!address.resource().empty()) {
    out.push_back('/');
    xml::append_escaped_attribute(out, address.resource());
  }
  out.push_back('\'');
}

// The element's name and its type; no name for what is not to be written.
struct Head {
  std::string_view name;
  std::string_view type;  // empty: without the attribute
};

Head head_of(const v1::Stanza& stanza) {
  switch (stanza.kind_case()) {
    case v1::Stanza::kMessage: {
      const auto type = stanza.message().type();
      return {"message", type == v1::Message::NORMAL ? "" : word_of(kMessageTypes, type)};
    }
    case v1::Stanza::kPresence: {
      const std::string_view type = word_of(kPresenceTypes, stanza.presence().type());
      const bool known = !type.empty() || stanza.presence().type() == v1::Presence::AVAILABLE;
      return {known ? "presence" : "", type};
    }
    case v1::Stanza::kIq: {
      const std::string_view type = word_of(kIqTypes, stanza.iq().type());
      return {type.empty() ? "" : "iq", type};
    }
    case v1::Stanza::KIND_NOT_SET:
      break;
  }
  return {};
}

void append_content(std::string& out, const v1::Stanza& stanza, bool is_error) {
  if (is_error) {
    append_error(out, stanza.error());
  } else if (stanza.has_message()) {
    append_message(out, stanza.message());
  } else if (stanza.has_presence()) {
    append_presence(out, stanza.presence());
  } else if (stanza.iq().has_payload()) {
    append_payload(out, stanza.iq().payload());
  }
}

}  // namespace

void append(std::string& out, const v1::Stanza& stanza) {
  const Head head = head_of(stanza);
  if (head.name.empty()) return;
  out.append("<").append(head.name);
  append_address(out, "from", stanza.from());
  append_address(out, "to", stanza.to());
  append_optional(out, "type", head.type);
  append_optional(out, "id", stanza.id());
  append_optional(out, "xml:lang", language(stanza.lang()));
  out.push_back('>');
  append_content(out, stanza, head.type == "error");
  out.append("</").append(head.name).push_back('>');
}

}  // namespace causeway::edge::codec
