#include "common/stanza/bounce.h"

#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "common/stanza/conditions.h"

using namespace causeway;

namespace {

v1::Address address_of(const std::string& jid) {
  return stanza::to_address(address::Jid::parse(jid).value());
}

v1::Stanza from_romeo() {
  v1::Stanza stanza;
  *stanza.mutable_from() = address_of("romeo@fabrikam.example/orchard");
  *stanza.mutable_to() = address_of("juliet@contoso.example");
  stanza.set_id("m1");
  return stanza;
}

std::optional<v1::Stanza> bounced(const v1::Stanza& stanza) {
  return stanza::bounce(stanza, stanza::error(v1::ITEM_NOT_FOUND));
}

}  // namespace

TEST_CASE("a refused message goes back without its text", "[stanza][bounce]") {
  v1::Stanza message = from_romeo();
  message.mutable_message()->set_type(v1::Message::CHAT);
  message.mutable_message()->add_bodies()->set_text("Wherefore?");
  message.set_patience_ms(1000);

  const auto answer = bounced(message);
  REQUIRE(answer);
  CHECK(stanza::to_jid(answer->from()).to_string() == "juliet@contoso.example");
  CHECK(stanza::to_jid(answer->to()).to_string() == "romeo@fabrikam.example/orchard");
  CHECK(answer->id() == "m1");
  CHECK(answer->message().type() == v1::Message::ERROR);
  CHECK(answer->message().bodies().empty());
  CHECK(answer->error().condition() == v1::ITEM_NOT_FOUND);
  CHECK(answer->error().type() == v1::StanzaError::CANCEL);
  CHECK(answer->patience_ms() == 0);
  CHECK(stanza::is_error(*answer));
  CHECK_FALSE(bounced(*answer));
}

TEST_CASE("every kind of message but an error is answered", "[stanza][bounce]") {
  for (int type = 0; type < v1::Message::Type_ARRAYSIZE; ++type) {
    v1::Stanza message = from_romeo();
    message.mutable_message()->set_type(static_cast<v1::Message::Type>(type));
    CHECK(bounced(message).has_value() == (type != v1::Message::ERROR));
  }
}

TEST_CASE("only presence that asks for something is answered", "[stanza][bounce]") {
  for (int type = 0; type < v1::Presence::Type_ARRAYSIZE; ++type) {
    v1::Stanza presence = from_romeo();
    presence.mutable_presence()->set_type(static_cast<v1::Presence::Type>(type));
    const bool asks = type == v1::Presence::SUBSCRIBE || type == v1::Presence::PROBE;
    const auto answer = bounced(presence);
    CHECK(answer.has_value() == asks);
    if (answer) CHECK(answer->presence().type() == v1::Presence::ERROR);
  }
}

TEST_CASE("an iq is answered when it is a request", "[stanza][bounce]") {
  for (int type = 0; type < v1::Iq::Type_ARRAYSIZE; ++type) {
    v1::Stanza iq = from_romeo();
    iq.mutable_iq()->set_type(static_cast<v1::Iq::Type>(type));
    iq.mutable_iq()->mutable_payload()->set_name("ping");
    const auto answer = bounced(iq);
    CHECK(answer.has_value() == (type == v1::Iq::GET || type == v1::Iq::SET));
    if (answer) {
      CHECK(answer->iq().type() == v1::Iq::ERROR);
      CHECK_FALSE(answer->iq().has_payload());
    }
  }
}

TEST_CASE("nothing goes back to nobody", "[stanza][bounce]") {
  v1::Stanza message = from_romeo();
  CHECK_FALSE(bounced(message));  // neither message, presence nor iq
  message.mutable_message();
  message.clear_from();
  CHECK_FALSE(bounced(message));
}

TEST_CASE("an address that is not prepared makes no JID", "[stanza]") {
  v1::Address address;
  CHECK(stanza::to_jid(address).domain().empty());
  address.set_domain("contoso.example");
  address.set_local("a@b");
  CHECK(stanza::to_jid(address).domain().empty());
}
