#include "common/stanza/bounce.h"

#include <utility>

#include "absl/status/statusor.h"

namespace causeway::stanza {
namespace {

bool may_be_answered(const v1::Stanza& stanza) {
  if (!stanza.has_from() || is_error(stanza)) return false;
  switch (stanza.kind_case()) {
    case v1::Stanza::kMessage:
      return true;
    case v1::Stanza::kPresence:
      return stanza.presence().type() == v1::Presence::SUBSCRIBE ||
             stanza.presence().type() == v1::Presence::PROBE;
    case v1::Stanza::kIq:
      return stanza.iq().type() != v1::Iq::RESULT;
    case v1::Stanza::KIND_NOT_SET:
      return false;
  }
  return false;
}

}  // namespace

std::optional<v1::Stanza> bounce(const v1::Stanza& refused, v1::StanzaError error) {
  if (!may_be_answered(refused)) return std::nullopt;
  v1::Stanza answer;
  *answer.mutable_from() = refused.to();
  *answer.mutable_to() = refused.from();
  answer.set_id(refused.id());
  if (refused.has_message()) answer.mutable_message()->set_type(v1::Message::ERROR);
  if (refused.has_presence()) answer.mutable_presence()->set_type(v1::Presence::ERROR);
  if (refused.has_iq()) answer.mutable_iq()->set_type(v1::Iq::ERROR);
  *answer.mutable_error() = std::move(error);
  return answer;
}

bool is_error(const v1::Stanza& stanza) {
  return stanza.has_error() ||
         (stanza.has_message() && stanza.message().type() == v1::Message::ERROR) ||
         (stanza.has_presence() && stanza.presence().type() == v1::Presence::ERROR) ||
         (stanza.has_iq() && stanza.iq().type() == v1::Iq::ERROR);
}

address::Jid to_jid(const v1::Address& address) {
  absl::StatusOr<address::Jid> jid =
      address::Jid::from_parts(address.local(), address.domain(), address.resource());
  return jid.ok() ? *std::move(jid) : address::Jid();
}

v1::Address to_address(const address::Jid& jid) {
  v1::Address address;
  address.set_local(jid.local());
  address.set_domain(jid.domain().unicode());
  address.set_resource(jid.resource());
  return address;
}

}  // namespace causeway::stanza
