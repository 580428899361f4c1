#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/address/jid.h"
#include "common/stanza/bounce.h"
#include "common/stanza/conditions.h"
#include "common/xml/namespaces.h"
#include "edge_proxy/codec/parts.h"
#include "edge_proxy/codec/payloads.h"
#include "edge_proxy/codec/stanza_codec.h"
#include "edge_proxy/codec/words.h"

namespace causeway::edge::codec {
namespace {

using xml::Element;

absl::Status read_address(const Element& element, const char* name, v1::Address& out) {
  absl::StatusOr<address::Jid> jid = address::Jid::parse(element.attribute(name));
  if (!jid.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": ", jid.status().message()));
  }
  out = stanza::to_address(*jid);
  return absl::OkStatus();
}

absl::Status meaningless(const char* why) { return absl::FailedPreconditionError(why); }

absl::Status read_message_stanza(const Element& element, v1::Stanza& stanza) {
  const auto type = value_of(kMessageTypes, element.attribute("type"));
  v1::Message& message = *stanza.mutable_message();
  message.set_type(type.value_or(v1::Message::NORMAL));
  if (message.type() == v1::Message::ERROR) {
    read_error(element, *stanza.mutable_error());
  } else {
    read_message(element, message);
  }
  return absl::OkStatus();
}

absl::Status read_presence_stanza(const Element& element, v1::Stanza& stanza) {
  v1::Presence& presence = *stanza.mutable_presence();
  if (element.has_attribute("type")) {
    const auto type = value_of(kPresenceTypes, element.attribute("type"));
    if (!type) return meaningless("no such type of presence");
    presence.set_type(*type);
  }
  if (presence.type() == v1::Presence::ERROR) {
    read_error(element, *stanza.mutable_error());
  } else {
    read_presence(element, presence);
  }
  return absl::OkStatus();
}

// RFC 6120 section 8.2.3.
absl::Status read_iq_stanza(const Element& element, v1::Stanza& stanza) {
  v1::Iq& iq = *stanza.mutable_iq();
  const auto type = value_of(kIqTypes, element.attribute("type"));
  if (!type) return meaningless("no such type of iq");
  iq.set_type(*type);
  if (stanza.id().empty()) return meaningless("an iq without id");
  if (*type == v1::Iq::ERROR) {
    read_error(element, *stanza.mutable_error());
    return absl::OkStatus();
  }
  if (*type != v1::Iq::RESULT && element.children.size() != 1) {
    return meaningless("a request has exactly one payload");
  }
  if (!element.children.empty()) *iq.mutable_payload() = read_payload(element.children.front());
  return absl::OkStatus();
}

struct Kind {
  std::string_view name;
  absl::Status (*read)(const Element& element, v1::Stanza& stanza);
};

constexpr Kind kKinds[] = {
    {"message", read_message_stanza},
    {"presence", read_presence_stanza},
    {"iq", read_iq_stanza},
};

const Kind* kind_of(const Element& element) {
  for (const Kind& kind : kKinds) {
    if (element.is(kind.name, xml::ns::kServer)) return &kind;
  }
  return nullptr;
}

absl::Status read_attributes(const Element& element, std::string_view stream_lang,
                             v1::Stanza& stanza) {
  if (auto status = read_address(element, "from", *stanza.mutable_from()); !status.ok())
    return status;
  if (auto status = read_address(element, "to", *stanza.mutable_to()); !status.ok()) return status;
  stanza.set_id(std::string(element.attribute("id")));
  const std::string_view lang = language(element.lang());
  stanza.set_lang(std::string(lang.empty() ? language(stream_lang) : lang));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::Stanza> normalise(const Element& element, std::string_view stream_lang) {
  const Kind* kind = kind_of(element);
  if (kind == nullptr) return absl::UnimplementedError("not a message, presence or iq");
  v1::Stanza stanza;
  if (auto status = read_attributes(element, stream_lang, stanza); !status.ok()) return status;
  if (auto status = kind->read(element, stanza); !status.ok()) return status;
  return stanza;
}

std::optional<v1::Stanza> refusal(const Element& element) {
  v1::Stanza refused;
  if (!read_attributes(element, {}, refused).ok()) return std::nullopt;
  v1::Stanza answer;
  if (element.is("presence", xml::ns::kServer)) {
    answer.mutable_presence()->set_type(v1::Presence::ERROR);
  } else if (element.is("iq", xml::ns::kServer)) {
    const auto type = value_of(kIqTypes, element.attribute("type"));
    if (type == v1::Iq::RESULT || type == v1::Iq::ERROR) return std::nullopt;
    answer.mutable_iq()->set_type(v1::Iq::ERROR);
  } else {
    return std::nullopt;
  }
  answer.mutable_from()->Swap(refused.mutable_to());
  answer.mutable_to()->Swap(refused.mutable_from());
  answer.set_id(refused.id());
  *answer.mutable_error() = stanza::error(v1::BAD_REQUEST);
  return answer;
}

}  // namespace causeway::edge::codec
