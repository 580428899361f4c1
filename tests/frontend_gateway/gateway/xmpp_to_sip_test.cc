#include "frontend_gateway/gateway/xmpp_to_sip.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "common/stanza/conditions.h"
#include "frontend_gateway/translate/headers.h"
#include "tests/frontend_gateway/gateway/stage.h"

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;

namespace {

constexpr char kAnn[] = "ann@fabrikam.example/phone";
constexpr char kBob[] = "bob@contoso.example";

}  // namespace

TEST_CASE("a message is settled by the final response to its MESSAGE", "[gateway]") {
  Stage stage;
  const auto number = stage.deliver(message_of(kAnn, kBob, "Grüße 🐴 <&>\"'"));
  auto sent = stage.world.next_request();
  CHECK(sent.request.request_uri == "sip:bob@contoso.example");
  CHECK(sent.request.from == "<sip:ann@fabrikam.example;gr=phone>");
  CHECK(sent.request.body == "Grüße 🐴 <&>\"'");
  CHECK_FALSE(stage.outcomes->settled(number));
  sent.answer(GENERATE(200, 202));
  CHECK(stage.outcomes->taken(number));
  CHECK(stage.gateway.idle());
}

TEST_CASE("a failure is told by its condition", "[gateway]") {
  struct Row {
    int status;
    bool local;
    v1::StanzaCondition condition;
  };
  const auto row = GENERATE(values<Row>({
      {404, false, v1::ITEM_NOT_FOUND},
      {604, false, v1::ITEM_NOT_FOUND},
      {486, false, v1::RECIPIENT_UNAVAILABLE},
      {401, false, v1::NOT_AUTHORIZED},
      {408, true, v1::REMOTE_SERVER_TIMEOUT},
      {503, true, v1::REMOTE_SERVER_TIMEOUT},
      {503, false, v1::INTERNAL_SERVER_ERROR},
      {301, false, v1::GONE},
      {302, false, v1::REDIRECT},
  }));
  INFO(row.status);
  Stage stage;
  const auto number = stage.deliver(message_of(kAnn, kBob, "hi"));
  stage.world.next_request().answered({row.status, "Why", {}, row.local});
  CHECK(stage.outcomes->refused(number) == row.condition);
  CHECK((stage.outcomes->by_number[number]->text() == "Why") == !row.local);
}

TEST_CASE("a user who has moved is told of only within our domains", "[gateway]") {
  struct Row {
    std::string contact, new_address;
  };
  const auto row = GENERATE(values<Row>({
      {"<sip:o'malley@contoso.example>", "xmpp:o%5C27malley@contoso.example"},
      {"sip:bob2@contoso.example;q=0.5", "xmpp:bob2@contoso.example"},
      {"<sip:bob@10.0.0.7>", ""},
      {"<tel:+1425>", ""},
      {"", ""},
  }));
  INFO(row.contact);
  Stage stage;
  const auto number = stage.deliver(message_of(kAnn, kBob, "hi"));
  stage.world.next_request().answer(301, "Moved", {{"Contact", row.contact}});
  CHECK(stage.outcomes->refused(number) == v1::GONE);
  CHECK(stage.outcomes->by_number[number]->new_address() == row.new_address);
}

TEST_CASE("what is refused is never sent", "[gateway]") {
  struct Row {
    std::string name;
    v1::Stanza stanza;
    v1::StanzaCondition condition;
  };
  v1::Stanza room = message_of(kAnn, kBob, "hi");
  room.mutable_message()->set_type(v1::Message::GROUPCHAT);
  v1::Stanza secret = stanza_of(kAnn, kBob);
  secret.mutable_message()->set_encryption_namespace("eu.siacs.conversations.axolotl");
  v1::Stanza get = stanza_of(kAnn, kBob);
  get.mutable_iq()->set_type(v1::Iq::GET);
  v1::Stanza set = stanza_of(kAnn, kBob);
  set.mutable_iq()->set_type(v1::Iq::SET);
  const auto row = GENERATE_COPY(values<Row>({
      {"stranger", message_of("eve@evil.example", kBob, "hi"), v1::FORBIDDEN},
      {"not ours", message_of(kAnn, "bob@elsewhere.example", "hi"), v1::ITEM_NOT_FOUND},
      {"escaped wrongly", message_of(kAnn, "bob\\20@contoso.example", "hi"), v1::JID_MALFORMED},
      {"escaped wrongly, from", message_of("a\\5cb@fabrikam.example", kBob, "hi"),
       v1::JID_MALFORMED},
      {"room", room, v1::NOT_ACCEPTABLE},
      {"encrypted", secret, v1::NOT_ACCEPTABLE},
      {"too long", message_of(kAnn, kBob, std::string(62 << 10, 'x')), v1::POLICY_VIOLATION},
      {"iq get", get, v1::SERVICE_UNAVAILABLE},
      {"iq set", set, v1::SERVICE_UNAVAILABLE},
  }));
  INFO(row.name);
  Stage stage;
  const auto number = stage.deliver(row.stanza);
  CHECK(stage.outcomes->refused(number) == row.condition);
  CHECK_FALSE(stage.outcomes->by_number[number]->text().empty());
  CHECK(stage.world.requests.empty());
}

TEST_CASE("what asks for nothing is taken silently", "[gateway]") {
  Stage stage;
  v1::Stanza typing = stanza_of(kAnn, kBob);
  typing.mutable_message()->set_chat_state(v1::Message::COMPOSING);
  v1::Stanza available = stanza_of(kAnn, kBob);
  available.mutable_presence();
  v1::Stanza result = stanza_of(kAnn, kBob);
  result.mutable_iq()->set_type(v1::Iq::RESULT);
  v1::Stanza error = stanza_of(kAnn, kBob);
  error.mutable_message()->set_type(v1::Message::ERROR);
  *error.mutable_error() = stanza::error(v1::ITEM_NOT_FOUND);
  error.set_id("not-ours");
  for (const v1::Stanza& stanza : {typing, available, result, error})
    CHECK(stage.outcomes->taken(stage.deliver(stanza)));
  CHECK(stage.world.requests.empty());
  CHECK(stage.world.submissions.empty());
}

TEST_CASE("the size counts only over UDP", "[gateway]") {
  const std::string body(1200, 'x');
  auto config = test_config();
  config.sip.next_hop = "sip:127.0.0.1:5060";
  Stage udp(config);
  CHECK(udp.outcomes->refused(udp.deliver(message_of(kAnn, kBob, body))) == v1::POLICY_VIOLATION);
  udp.deliver(message_of(kAnn, kBob, std::string(400, 'x')));
  CHECK(udp.world.requests.size() == 1);
  Stage tcp;
  tcp.deliver(message_of(kAnn, kBob, std::string(10000, 'x')));
  CHECK(tcp.world.next_request().request.body.size() == 10000);
}

TEST_CASE("one MESSAGE of a pair is pending, the others keep their order", "[gateway]") {
  auto config = test_config();
  config.sip.queued_per_pair = 2000;
  Stage stage(config);
  constexpr int kCount = 2000;
  for (int i = 0; i < kCount; ++i) {
    stage.deliver(message_of(i % 2 ? kAnn : "ann@fabrikam.example/desk", kBob, std::to_string(i)));
    REQUIRE(stage.world.requests.size() == 1);
  }
  for (int i = 0; i < kCount; ++i) {
    auto sent = stage.world.next_request();
    REQUIRE(sent.request.body == std::to_string(i));
    REQUIRE(stage.world.requests.empty());
    sent.answer(i % 3 ? 200 : 486);
    CHECK(stage.outcomes->settled(i + 1));
  }
  CHECK(stage.gateway.idle());
}

TEST_CASE("pairs do not wait for each other", "[gateway]") {
  Stage stage;
  stage.deliver(message_of(kAnn, kBob, "1"));
  stage.deliver(message_of("al@fabrikam.example", kBob, "2"));
  stage.deliver(message_of(kAnn, "ben@contoso.example", "3"));
  CHECK(stage.world.requests.size() == 3);
}

TEST_CASE("a queue that is full refuses the newest", "[gateway]") {
  auto config = test_config();
  config.sip.queued_per_pair = 2;
  Stage stage(config);
  for (int i = 0; i < 3; ++i) stage.deliver(message_of(kAnn, kBob, std::to_string(i)));
  const auto refused = stage.deliver(message_of(kAnn, kBob, "3"));
  CHECK(stage.outcomes->refused(refused) == v1::RESOURCE_CONSTRAINT);
  for (int i = 0; i < 3; ++i) {
    auto sent = stage.world.next_request();
    CHECK(sent.request.body == std::to_string(i));
    sent.answer(200);
  }
  stage.deliver(message_of(kAnn, kBob, "4"));
  CHECK(stage.world.next_request().request.body == "4");
}

TEST_CASE("no more than so many messages are kept in all", "[gateway]") {
  auto config = test_config();
  config.sip.pending = 2;
  Stage stage(config);
  stage.deliver(message_of(kAnn, kBob, "1"));
  stage.deliver(message_of(kAnn, "ben@contoso.example", "2"));
  const auto refused = stage.deliver(message_of(kAnn, "bea@contoso.example", "3"));
  CHECK(stage.outcomes->refused(refused) == v1::RESOURCE_CONSTRAINT);
}

TEST_CASE("a message does not wait for its turn for ever", "[gateway]") {
  Stage stage;
  for (int i = 0; i < 4; ++i) stage.deliver(message_of(kAnn, kBob, std::to_string(i)));
  stage.world.pass(32s);
  stage.world.next_request().answered({408, "Request Timeout", {}, true});
  auto second = stage.world.next_request();
  CHECK(second.request.body == "1");
  CHECK(second.request.answer_within == 28s);
  stage.world.pass(28s);
  second.answered({408, "Request Timeout", {}, true});
  CHECK(stage.world.requests.empty());
  for (const auto number : {1, 2, 3, 4})
    CHECK(stage.outcomes->refused(number) == v1::REMOTE_SERVER_TIMEOUT);
  CHECK(stage.gateway.idle());
}

TEST_CASE("an edge's patience is the gateway's", "[gateway]") {
  Stage stage;
  v1::Stanza stanza = message_of(kAnn, kBob, "hi");
  stanza.set_patience_ms(25000);
  stage.deliver(stanza);
  stanza.set_patience_ms(20000);
  const auto waiting = stage.deliver(stanza);
  stanza.set_patience_ms(500);
  const auto late = stage.deliver(stanza);
  CHECK(stage.outcomes->refused(late) == v1::REMOTE_SERVER_TIMEOUT);
  CHECK(stage.world.next_request().request.answer_within == 25s);
  stage.world.pass(19500ms);
  CHECK(stage.outcomes->refused(waiting) == v1::REMOTE_SERVER_TIMEOUT);
  CHECK(stage.world.requests.empty());
}

TEST_CASE("nothing of an address or a text gets out of its place in a header", "[gateway]") {
  using namespace std::string_literals;
  Stage stage;
  v1::Stanza evil = message_of(kAnn, kBob, "\r\n\r\nBYE sip:x SIP/2.0\r\n");
  evil.mutable_message()->add_subjects()->set_text("a\r\nVia: b\0c"s);
  evil.mutable_message()->set_thread("1\r\nVia: b");
  evil.set_lang("\r\nVia: b");
  evil.set_id("\r\nVia: b");
  stage.deliver(evil);
  const auto sent = stage.world.next_request().request;
  std::string all = sent.request_uri + sent.from + sent.to + sent.call_id + sent.content_type;
  for (const auto& header : sent.headers) all += header.name + header.value;
  CHECK(all.find_first_of("\r\n\0"s) == std::string::npos);
  for (const std::string& jid : {"a\r\nb@fabrikam.example"s, "a\0b@fabrikam.example"s,
                                 "ann@fabrikam.example/a\r\nVia: b"s}) {
    const auto number = stage.deliver(message_of(jid, kBob, "hi"));
    CHECK(stage.outcomes->refused(number) == v1::JID_MALFORMED);
  }
}

TEST_CASE("a gateway that closes leaves what is new to another", "[gateway]") {
  Stage stage;
  const auto under_way = stage.deliver(message_of(kAnn, kBob, "1"));
  const auto waiting = stage.deliver(message_of(kAnn, kBob, "2"));
  stage.gateway.close_doors();
  const auto late = stage.deliver(message_of(kAnn, kBob, "3"));
  CHECK_FALSE(stage.gateway.idle());
  stage.world.next_request().answer(200);
  stage.world.next_request().answer(200);
  CHECK(stage.gateway.idle());
  CHECK(stage.outcomes->taken(under_way));
  CHECK(stage.outcomes->taken(waiting));
  CHECK_FALSE(stage.outcomes->settled(late));
  stage.request(request_of("sip:bob@contoso.example", "sip:ann@fabrikam.example", "hi"));
  CHECK(stage.status() == 503);
}
