// Chat states (XEP-0085) <-> isComposing (RFC 3994).

#include "frontend_gateway/gateway/typing.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/frontend_gateway/gateway/stage.h"

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;
using gateway::translate::IsComposing;
using M = v1::Message;

namespace {

constexpr char kBob[] = "sip:bob@contoso.example";
constexpr char kAnn[] = "sip:ann@fabrikam.example";

gateway::config::Config typing_config() {
  auto config = test_config();
  gateway::config::SipRoute route;
  route.domain = "contoso.example";
  route.next_hops = {"sip:127.0.0.1:5060;transport=tcp"};
  route.typing = true;
  config.sip.routes.push_back(route);
  return config;
}

v1::Stanza state_of(M::ChatState state, const std::string& body = {}) {
  v1::Stanza stanza = message_of("ann@fabrikam.example/phone", "bob@contoso.example", body);
  if (body.empty()) stanza.mutable_message()->clear_bodies();
  stanza.mutable_message()->set_chat_state(state);
  return stanza;
}

gateway::sip::IncomingRequest composing(bool active, std::chrono::seconds refresh = 0s) {
  auto request =
      request_of(kBob, kAnn, gateway::translate::write({.active = active, .refresh = refresh}));
  request.content_type = "application/im-iscomposing+xml";
  return request;
}

// What the next request to SIP says; it is answered.
IsComposing next_status(Stage& stage, int answer = 200) {
  auto sent = stage.world.next_request();
  CHECK(sent.request.content_type == "application/im-iscomposing+xml");
  CHECK(sent.request.request_uri == kBob);
  CHECK(sent.request.from == "<sip:ann@fabrikam.example>");
  const auto read = gateway::translate::parse_is_composing(sent.request.body);
  REQUIRE(read);
  sent.answer(answer);
  return *read;
}

M::ChatState next_state(Stage& stage) {
  const v1::Stanza stanza = stage.world.next_submission().stanza;
  CHECK(stanza.message().bodies_size() == 0);
  CHECK(stanza.message().no_store());
  CHECK(stanza.message().type() == M::CHAT);
  return stanza.message().chat_state();
}

bool quiet(const Stage& stage) {
  return stage.world.requests.empty() && stage.world.submissions.empty();
}

}  // namespace

TEST_CASE("a chat state is told to a SIP user who takes it", "[typing]") {
  Stage stage(typing_config());
  const auto number = stage.deliver(state_of(M::COMPOSING));
  CHECK(stage.outcomes->taken(number));
  const IsComposing first = next_status(stage);
  CHECK(first.active);
  CHECK(first.refresh == 120s);
  stage.deliver(state_of(M::COMPOSING));  // nothing new
  CHECK(quiet(stage));
  stage.deliver(state_of(GENERATE(M::ACTIVE, M::PAUSED, M::INACTIVE, M::GONE)));
  CHECK_FALSE(next_status(stage).active);
  stage.deliver(state_of(M::PAUSED));
  stage.world.pass(10min);
  CHECK(quiet(stage));
}

TEST_CASE("a SIP user who has not shown it is not told", "[typing]") {
  Stage stage;
  stage.deliver(state_of(M::COMPOSING));
  CHECK(quiet(stage));
  stage.request(composing(true));
  CHECK(stage.status() == 200);
  CHECK(next_state(stage) == M::COMPOSING);
  stage.deliver(state_of(M::COMPOSING));
  CHECK(next_status(stage).active);
}

TEST_CASE("who declines it is not told again", "[typing]") {
  Stage stage(typing_config());
  stage.deliver(state_of(M::COMPOSING));
  CHECK(next_status(stage, 415).active);
  stage.deliver(state_of(M::PAUSED));
  stage.deliver(state_of(M::COMPOSING));
  CHECK(quiet(stage));
}

TEST_CASE("one who goes on writing is told once a refresh, and not for ever", "[typing]") {
  Stage stage(typing_config());
  stage.deliver(state_of(M::COMPOSING));
  CHECK(next_status(stage).active);
  for (int i = 0; i < 4; ++i) {
    stage.world.pass(119s);
    CHECK(quiet(stage));
    stage.world.pass(1s);
    CHECK(next_status(stage).active);
  }
  stage.world.pass(1h);
  CHECK(quiet(stage));
}

TEST_CASE("a text says by itself that its writer has stopped", "[typing]") {
  Stage stage(typing_config());
  stage.deliver(state_of(M::COMPOSING));
  CHECK(next_status(stage).active);
  stage.deliver(state_of(M::ACTIVE, "hi"));
  stage.world.next_request().answer(200);
  stage.deliver(state_of(M::PAUSED));
  stage.world.pass(10min);
  CHECK(quiet(stage));
}

TEST_CASE("that somebody writes does not wait behind texts", "[typing]") {
  Stage stage(typing_config());
  stage.deliver(state_of(M::ACTIVE, "hi"));
  stage.deliver(state_of(M::COMPOSING));
  stage.world.next_request().answer(200);
  CHECK(quiet(stage));
  stage.deliver(state_of(M::COMPOSING));
  CHECK(next_status(stage).active);
}

TEST_CASE("isComposing becomes a chat state, once", "[typing]") {
  Stage stage;
  for (int i = 0; i < 5; ++i) {  // Lync says it every five seconds
    stage.request(composing(true));
    CHECK(stage.status() == 200);
    stage.world.pass(5s);
  }
  CHECK(next_state(stage) == M::COMPOSING);
  CHECK(quiet(stage));
  stage.request(composing(false));
  CHECK(next_state(stage) == M::ACTIVE);
  stage.request(composing(false));
  stage.world.pass(10min);
  CHECK(quiet(stage));
}

TEST_CASE("silence is a pause", "[typing]") {
  Stage stage;
  const auto refresh = GENERATE(0s, 90s, 1s);
  stage.request(composing(true, refresh));
  CHECK(next_state(stage) == M::COMPOSING);
  const auto hold = refresh == 0s ? 120s : std::max<std::chrono::seconds>(refresh, 10s);
  stage.world.pass(hold - 1s);
  CHECK(quiet(stage));
  stage.world.pass(1s);
  CHECK(next_state(stage) == M::PAUSED);
  stage.request(composing(false));
  CHECK(quiet(stage));
}

TEST_CASE("a text from SIP ends the writing without a word", "[typing]") {
  Stage stage;
  stage.request(composing(true));
  CHECK(next_state(stage) == M::COMPOSING);
  stage.request(request_of(kBob, kAnn, "hi"));
  const v1::Stanza text = stage.world.next_submission().stanza;
  CHECK(text.message().bodies(0).text() == "hi");
  CHECK(text.message().chat_state() == M::ACTIVE);  // he is known to care
  stage.world.pass(10min);
  CHECK(quiet(stage));
}

TEST_CASE("who answers without a chat state is spared", "[typing]") {
  Stage stage;
  stage.request(composing(true));
  CHECK(next_state(stage) == M::COMPOSING);
  stage.deliver(state_of(M::NO_CHAT_STATE, "no states, please"));
  stage.world.next_request().answer(200);
  stage.request(composing(false));
  stage.request(composing(true));
  CHECK(stage.status() == 200);
  CHECK(quiet(stage));
  stage.deliver(state_of(M::ACTIVE, "I have another client now"));
  stage.world.next_request().answer(200);
  stage.request(composing(true));
  CHECK(next_state(stage) == M::COMPOSING);
}

TEST_CASE("T26: an unknown state is no news, a hostile document is refused", "[typing]") {
  Stage stage;
  auto odd = composing(true);
  odd.body =
      "<isComposing xmlns='urn:ietf:params:xml:ns:im-iscomposing'><state>thinking</state>"
      "</isComposing>";
  stage.request(odd);
  CHECK(stage.status() == 200);
  odd.body = "<!DOCTYPE a [<!ENTITY b 'b'><!ENTITY c '&b;&b;'>]>" + odd.body;
  stage.request(odd);
  CHECK(stage.status() == 400);
  std::string deep, end;
  for (int i = 0; i < 10000; ++i) deep += "<a>";
  odd.body = deep;
  stage.request(odd);
  CHECK(stage.status() == 400);
  CHECK(quiet(stage));
}

TEST_CASE("an error that a chat state comes back with is nobody's", "[typing]") {
  Stage stage;
  stage.request(composing(true));
  auto submission = stage.world.next_submission();
  v1::Stanza error = stanza_of("ann@fabrikam.example", "bob@contoso.example");
  error.set_id(submission.stanza.id());
  error.mutable_message()->set_type(M::ERROR);
  error.mutable_error()->set_condition(v1::SERVICE_UNAVAILABLE);
  stage.deliver(error);
  submission.settled(error.error());
  CHECK(quiet(stage));
}

TEST_CASE("only so many pairs are watched", "[typing]") {
  World world;
  gateway::PairQueue queue(world, {.per_pair = 1, .in_all = 10},
                           [](gateway::Errand, gateway::sip::Response) {});
  const gateway::Tastes tastes{gateway::config::Sip()};
  gateway::Typing typing(world, queue, tastes, {.refresh = 120s, .pairs = 2});
  for (std::uint64_t pair = 1; pair <= 4; ++pair)
    typing.from_sip(pair, address_of("bob@contoso.example"), address_of("ann@fabrikam.example"),
                    {.active = true, .refresh = 0s});
  CHECK(typing.size() == 2);
  CHECK(world.submissions.size() == 2);
  world.pass(120s);
  CHECK(typing.size() == 0);
}
