#include <catch2/catch.hpp>

#include "tests/frontend_gateway/session/stage.h"

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;

TEST_CASE("the first text opens a session and travels in its INVITE", "[session]") {
  Stage stage;
  const auto first = stage.say(
      "Gr\xc3\xbc\xc3\x9f"
      "e",
      "sip:ann@fabrikam.example;gr=phone");
  auto invite = stage.world.next_request();
  CHECK(invite.request.method == "INVITE");
  CHECK(invite.request.request_uri == "sip:bob@contoso.example");
  CHECK(invite.request.from == "<sip:ann@fabrikam.example>");
  CHECK(invite.request.to == "<sip:bob@contoso.example>");
  CHECK(invite.request.call_id == "call");
  CHECK(invite.request.contact);
  CHECK(invite.request.content_type == "application/sdp");
  CHECK(gateway::session::parse_sdp(invite.request.body)->text == 0u);
  CHECK(header_of(invite.request, "Supported") == "timer, ms-text-format");
  CHECK(header_of(invite.request, "Session-Expires") == "1800");
  CHECK(invite.request.answer_within == 30s);
  const auto text = gateway::session::first_text(invite.request.headers, 1000);
  REQUIRE(text.has_value());
  CHECK(text->body ==
        "Gr\xc3\xbc\xc3\x9f"
        "e");

  CHECK_FALSE(stage.outcomes->settled(first));
  invite.answered(accepted(invite.request, "theirs", {{"Supported", "ms-text-format"}}));
  CHECK(stage.outcomes->taken(first));
  CHECK(stage.world.requests.empty());
  CHECK(stage.sessions.size() == 1);
}

TEST_CASE("a text that was not understood in the INVITE follows as a MESSAGE", "[session]") {
  Stage stage;
  const auto first = stage.say("first");
  const auto second = stage.say("second");
  auto invite = stage.world.next_request();
  CHECK(stage.world.requests.empty());
  invite.answered(accepted(invite.request, "theirs", {{"Supported", "timer"}}));
  CHECK_FALSE(stage.outcomes->settled(first));
  auto message = stage.world.next_request();
  CHECK(message.request.method == "MESSAGE");
  CHECK(message.request.body == "first");
  CHECK(message.request.content_type == "text/plain;charset=UTF-8");
  CHECK(message.request.request_uri == "sip:bob@192.0.2.7:5060;transport=tcp");
  CHECK(message.request.call_id == "call");
  CHECK(message.request.from_tag == "ours");
  CHECK(message.request.to_tag == "theirs");
  CHECK(message.request.cseq == 2);
  CHECK(stage.world.requests.empty());
  message.answer(200);
  CHECK(stage.outcomes->taken(first));
  auto next = stage.world.next_request();
  CHECK(next.request.body == "second");
  CHECK(next.request.cseq == 3);
  next.answer(200);
  CHECK(stage.outcomes->taken(second));
}

TEST_CASE("what has no place in an INVITE follows as a MESSAGE", "[session]") {
  struct Row {
    std::string type, body;
    std::vector<sip::Header> headers;
    bool inside;
  };
  const auto row = GENERATE(values<Row>({
      {"text/plain;charset=UTF-8", "hi", {{"Subject", "s"}, {"Content-Language", "de"}}, true},
      {"Text/Plain", std::string(1024, 'x'), {}, true},
      {"text/plain", std::string(1025, 'x'), {}, false},
      {"multipart/alternative;boundary=b", "--b--", {}, false},
      {"message/cpim", "hi", {}, false},
      {"text/plain", "hi", {{"Date", "Sat, 13 Nov 2010 23:29:00 GMT"}}, false},
  }));
  INFO(row.type);
  Stage stage;
  gateway::Errand errand{};
  errand.request.request_uri = "sip:bob@contoso.example";
  errand.request.to = "<sip:bob@contoso.example>";
  errand.request.content_type = row.type;
  errand.request.body = row.body;
  errand.request.headers = row.headers;
  REQUIRE(stage.sessions.send(uri_of("sip:ann@fabrikam.example"), uri_of("sip:bob@contoso.example"),
                              errand));
  auto invite = stage.world.next_request();
  CHECK(header_of(invite.request, "ms-text-format").empty() != row.inside);
  // Whatever it says, who got no text has understood none.
  invite.answered(accepted(invite.request, "theirs", {{"Supported", "ms-text-format"}}));
  CHECK(stage.world.requests.empty() == row.inside);
  if (row.inside) return;
  auto message = stage.world.next_request();
  CHECK(message.request.content_type == row.type);
  CHECK(message.request.body == row.body);
  CHECK(message.request.headers.size() == row.headers.size());
}

TEST_CASE("texts of all devices and threads go into one session, in order", "[session]") {
  Stage stage;
  open_by_ann(stage);
  stage.say("a", "sip:ann@fabrikam.example;gr=phone");
  stage.say("b", "sip:ann@fabrikam.example;gr=desk", "sip:bob@contoso.example;gr=tablet");
  stage.say("c");
  for (const char* text : {"a", "b", "c"}) {
    auto message = stage.world.next_request();
    CHECK(message.request.body == text);
    CHECK(stage.world.requests.empty());
    message.answer(200);
  }
  CHECK(stage.sessions.size() == 1);
}

TEST_CASE("an INVITE that is refused", "[session]") {
  struct Row {
    int status;
    Mode mode;
    bool paged;
  };
  const auto row = GENERATE(values<Row>({
      {405, Mode::automatic, true},
      {415, Mode::automatic, true},
      {420, Mode::automatic, true},
      {488, Mode::automatic, true},
      {501, Mode::automatic, true},
      {606, Mode::automatic, true},
      {404, Mode::automatic, false},
      {480, Mode::automatic, false},
      {486, Mode::automatic, false},
      {603, Mode::automatic, false},
      {408, Mode::automatic, false},
      {503, Mode::automatic, false},
      {488, Mode::session, false},
      {405, Mode::session, false},
  }));
  INFO(row.status);
  Stage stage({}, row.mode);
  const auto first = stage.say("first");
  const auto second = stage.say("second");
  stage.world.next_request().answer(row.status);
  CHECK(stage.world.requests.empty());
  CHECK(stage.sessions.idle());
  const auto ann = uri_of("sip:ann@fabrikam.example");
  const auto bob = uri_of("sip:bob@contoso.example");
  const auto stanza = message_of("ann@fabrikam.example", "bob@contoso.example", "x");
  CHECK(stage.sessions.carries(ann, bob, stanza) == !row.paged);
  if (!row.paged) {
    CHECK(stage.statuses == std::vector<int>{row.status, row.status});
    return;
  }
  CHECK_FALSE(stage.outcomes->settled(first));
  CHECK_FALSE(stage.outcomes->settled(second));
  REQUIRE(stage.paged.size() == 2);
  CHECK(stage.paged[0].request.body == "first");
  CHECK(stage.paged[1].request.body == "second");
  stage.world.pass(24h - 1s);
  CHECK_FALSE(stage.sessions.carries(ann, bob, stanza));
  stage.world.pass(1s);
  CHECK(stage.sessions.carries(ann, bob, stanza));
}

TEST_CASE("an answer that refuses the text is a refusal", "[session]") {
  Stage stage({}, Mode::automatic);
  stage.say("first");
  auto invite = stage.world.next_request();
  auto answer = accepted(invite.request);
  answer.body = "v=0\r\nm=message 0 sip null\r\n";
  invite.answered(std::move(answer));
  CHECK(stage.paged.size() == 1);
  auto bye = stage.world.next_request();
  CHECK(bye.request.method == "BYE");
  CHECK_FALSE(stage.sessions.idle());
  bye.answer(200);
  CHECK(stage.sessions.idle());
}

TEST_CASE("a session interval that is too small is asked for once more", "[session]") {
  Stage stage;
  stage.say("first");
  stage.world.next_request().answer(422, "Too Small", {{"Min-SE", "3600"}});
  auto again = stage.world.next_request();
  CHECK(header_of(again.request, "Session-Expires") == "3600");
  again.answer(422, "Too Small", {{"Min-SE", "7200"}});
  CHECK(stage.statuses == std::vector<int>{422});
  CHECK(stage.sessions.idle());
}

TEST_CASE("where texts go", "[session]") {
  struct Row {
    Mode mode;
    v1::Message::Type type;
    bool alone, within;
  };
  const auto row = GENERATE(values<Row>({
      {Mode::page, v1::Message::CHAT, false, true},
      {Mode::session, v1::Message::CHAT, true, true},
      {Mode::session, v1::Message::NORMAL, true, true},
      {Mode::session, v1::Message::HEADLINE, false, true},
      {Mode::automatic, v1::Message::CHAT, true, true},
      {Mode::automatic, v1::Message::HEADLINE, false, true},
  }));
  Stage stage({}, row.mode);
  const auto ann = uri_of("sip:ann@fabrikam.example;gr=phone");
  const auto bob = uri_of("sip:bob@contoso.example");
  auto stanza = message_of("ann@fabrikam.example", "bob@contoso.example", "x");
  stanza.mutable_message()->set_type(row.type);
  CHECK(stage.sessions.carries(ann, bob, stanza) == row.alone);
  stage.request(invite_of("1"));
  CHECK(stage.status() == 200);
  CHECK(stage.sessions.carries(ann, bob, stanza) == row.within);
}

TEST_CASE("a dialog that is dead takes no text with it", "[session]") {
  const int status = GENERATE(408, 480, 481);
  Stage stage;
  open_by_ann(stage);
  const auto second = stage.say("second");
  const auto third = stage.say("third");
  stage.world.next_request().answer(status);
  CHECK_FALSE(stage.outcomes->settled(second));
  if (status != 481) {
    auto bye = stage.world.next_request();
    CHECK(bye.request.method == "BYE");
    bye.answer(481);
  }
  auto invite = stage.world.next_request();
  CHECK(invite.request.method == "INVITE");
  CHECK(gateway::session::first_text(invite.request.headers, 100)->body == "second");
  invite.answered(accepted(invite.request, "again", {{"Supported", "ms-text-format"}}));
  CHECK(stage.outcomes->taken(second));
  auto message = stage.world.next_request();
  CHECK(message.request.body == "third");
  CHECK(message.request.to_tag == "again");
  message.answer(200);
  CHECK(stage.outcomes->taken(third));
  CHECK(stage.sessions.size() == 1);
}

TEST_CASE("a second dialog that dies is the sender's to know", "[session]") {
  Stage stage;
  open_by_ann(stage);
  const auto second = stage.say("second");
  stage.world.next_request().answer(481);
  auto invite = stage.world.next_request();
  invite.answered(accepted(invite.request, "again"));
  stage.world.next_request().answer(481);
  CHECK(stage.outcomes->settled(second));
  CHECK(stage.statuses == std::vector<int>{200, 481});
  CHECK(stage.sessions.idle());
}

TEST_CASE("a text without an answer is not sent again", "[session]") {
  Stage stage;
  open_by_ann(stage);
  stage.say("second");
  const auto third = stage.say("third");
  auto message = stage.world.next_request();
  message.answered({408, "Request Timeout", {}, true});
  CHECK(stage.statuses == std::vector<int>{200, 408});
  CHECK(stage.world.next_request().request.method == "BYE");
  auto invite = stage.world.next_request();
  CHECK(gateway::session::first_text(invite.request.headers, 100)->body == "third");
  CHECK_FALSE(stage.outcomes->settled(third));
}

TEST_CASE("a text that is refused leaves the dialog as it is", "[session]") {
  const int status = GENERATE(403, 415, 486, 488, 500, 603, 606);
  Stage stage;
  open_by_ann(stage);
  stage.say("second");
  stage.say("third");
  stage.world.next_request().answer(status);
  CHECK(stage.statuses == std::vector<int>{200, status});
  auto message = stage.world.next_request();
  CHECK(message.request.body == "third");
  CHECK(message.request.to_tag == "theirs");
}

TEST_CASE("a text that is declined in a rich form goes in the plain one, in its turn",
          "[session]") {
  const int status = GENERATE(406, 415, 488);
  Stage stage;
  open_by_ann(stage);
  gateway::Errand errand{};
  errand.request.content_type = "multipart/alternative;boundary=b";
  errand.request.body = "rich";
  errand.attempt = std::make_unique<gateway::Attempt>();
  errand.attempt->plain.emplace();
  errand.attempt->plain->content_type = "text/plain";
  errand.attempt->plain->body = "plain";
  REQUIRE(stage.sessions.send(uri_of("sip:ann@fabrikam.example"), uri_of("sip:bob@contoso.example"),
                              errand));
  stage.say("next");
  stage.world.next_request().answer(status);
  auto plain = stage.world.next_request();
  CHECK(plain.request.body == "plain");
  CHECK(plain.request.content_type == "text/plain");
  plain.answer(415);
  CHECK(stage.statuses == std::vector<int>{200, 415});
  CHECK(stage.world.next_request().request.body == "next");
}

TEST_CASE("texts that wait for a session have a bound", "[session]") {
  gateway::config::Session limits;
  limits.queued_texts = 3;
  limits.queued_bytes = 10;
  Stage stage(limits);
  stage.say("123456789012345");  // the first may be as long as it likes
  CHECK(stage.outcomes->settled(stage.say("x")));
  stage.world.next_request().answer(486);
  CHECK(stage.say("1") == 3);
  stage.say("2");
  stage.say("3");
  CHECK_FALSE(stage.outcomes->settled(5));
  CHECK(stage.outcomes->settled(stage.say("4")));
  stage.world.next_request().answer(486);
  CHECK(stage.statuses == std::vector<int>{486, 486, 486, 486});
}

TEST_CASE("who has no time left is refused in time", "[session]") {
  Stage stage;
  stage.say("first");
  stage.say("second", "sip:ann@fabrikam.example", "sip:bob@contoso.example", 5000ms);
  stage.world.pass(4500ms);
  CHECK(stage.statuses == std::vector<int>{408});
  auto invite = stage.world.next_request();
  invite.answered(accepted(invite.request));
  auto message = stage.world.next_request();
  CHECK(message.request.body == "first");
  CHECK(message.request.answer_within == 55500ms);
  message.answer(200);
  CHECK(stage.world.requests.empty());
}

TEST_CASE("a session nobody uses is closed", "[session]") {
  Stage stage;
  open_by_ann(stage);
  stage.world.pass(9min);
  stage.say("second");
  stage.world.next_request().answer(200);
  stage.world.pass(10min - 1s);
  CHECK(stage.world.requests.empty());
  stage.world.pass(1s);
  auto bye = stage.world.next_request();
  CHECK(bye.request.method == "BYE");
  CHECK(bye.request.cseq == 3);
  CHECK(stage.world.submissions.empty());
  bye.answer(200);
  CHECK(stage.sessions.idle());
}

TEST_CASE("gone ends the session after what waits", "[session]") {
  Stage stage;
  open_by_ann(stage);
  const auto second = stage.say("second");
  CHECK(stage.type(v1::Message::GONE));
  auto message = stage.world.next_request();
  CHECK(stage.world.requests.empty());
  message.answer(200);
  CHECK(stage.outcomes->taken(second));
  CHECK(stage.world.next_request().request.method == "BYE");
  CHECK(stage.world.submissions.empty());
  CHECK(stage.sessions.size() == 0);
}

TEST_CASE("a text after gone stays in the session", "[session]") {
  Stage stage;
  open_by_ann(stage);
  stage.say("second");
  stage.type(v1::Message::GONE);
  stage.say("third");
  stage.world.next_request().answer(200);
  stage.world.next_request().answer(200);
  CHECK(stage.world.requests.empty());
  CHECK(stage.sessions.size() == 1);
}

TEST_CASE("a session is refreshed as the two have agreed", "[session]") {
  const bool updates = GENERATE(true, false);
  Stage stage;
  stage.say("first");
  auto invite = stage.world.next_request();
  std::vector<sip::Header> headers = {{"Supported", "ms-text-format"},
                                      {"Session-Expires", "600;refresher=uac"}};
  if (updates) headers.push_back({"Allow", "INVITE, UPDATE"});
  invite.answered(accepted(invite.request, "theirs", headers));
  stage.world.pass(299s);
  CHECK(stage.world.requests.empty());
  stage.world.pass(1s);
  auto refresh = stage.world.next_request();
  CHECK(refresh.request.method == (updates ? "UPDATE" : "INVITE"));
  CHECK(refresh.request.to_tag == "theirs");
  CHECK(refresh.request.body.empty() == updates);
  CHECK(header_of(refresh.request, "Session-Expires") == "600;refresher=uac");
  refresh.answer(200, "OK", {{"Session-Expires", "1200;refresher=uac"}});
  stage.say("second");
  stage.world.next_request().answer(200);
  stage.world.pass(599s);
  CHECK(stage.world.requests.empty());
  stage.world.pass(1s);
  stage.world.next_request().answer(481);
  CHECK(stage.sessions.size() == 0);
  CHECK(stage.world.requests.empty());
}

TEST_CASE("a refresh that fails is tried once more", "[session]") {
  Stage stage;
  stage.say("first");
  auto invite = stage.world.next_request();
  invite.answered(accepted(invite.request, "theirs",
                           {{"Supported", "ms-text-format"},
                            {"Session-Expires", "400;refresher=uac"},
                            {"Allow", "UPDATE"}}));
  stage.world.pass(200s);
  stage.world.next_request().answer(500);
  stage.world.pass(100s);
  stage.world.next_request().answer(500);
  CHECK(stage.world.next_request().request.method == "BYE");
  CHECK(stage.sessions.size() == 0);
}

TEST_CASE("stopping says goodbye to all", "[session]") {
  Stage stage;
  for (int i = 0; i < 20; ++i) {
    const std::string user = "sip:u" + std::to_string(i) + "@contoso.example";
    stage.say("x", "sip:ann@fabrikam.example", user);
    auto invite = stage.world.next_request();
    auto answer =
        accepted(invite.request, "t" + std::to_string(i), {{"Supported", "ms-text-format"}});
    invite.answered(std::move(answer));
  }
  const auto last = stage.say("last", "sip:ann@fabrikam.example", "sip:u3@contoso.example");
  stage.sessions.drain();
  CHECK(stage.world.requests.size() == 20);
  int byes = 0;
  while (!stage.world.requests.empty()) {
    auto request = stage.world.next_request();
    byes += request.request.method == "BYE";
    request.answer(200);
  }
  CHECK(byes == 20);
  CHECK(stage.outcomes->taken(last));
  CHECK(stage.sessions.idle());
}

TEST_CASE("while the user agent ends every text has its outcome", "[session]") {
  Stage stage;
  open_by_ann(stage);
  for (int i = 0; i < 50; ++i) stage.say("x");
  auto first = stage.world.next_request();
  stage.world.ending = true;
  first.answered({503, "Stopping", {}, true});
  CHECK(stage.statuses.size() == 51);
  stage.say("and what comes after it");
  CHECK(stage.statuses.size() == 52);
}

TEST_CASE("who may not speak with each other any more has no session", "[session]") {
  Stage stage;
  open_by_ann(stage);
  stage.sessions.policy_changed();
  CHECK(stage.world.requests.empty());
  auto rules = contoso_and_fabrikam();
  rules.partners.clear();
  stage.current.replace(std::make_shared<const gateway::policy::Policy>(rules));
  stage.sessions.policy_changed();
  CHECK(stage.world.next_request().request.method == "BYE");
  CHECK(stage.sessions.size() == 0);
}
