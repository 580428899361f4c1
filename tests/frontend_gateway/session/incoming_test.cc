#include <catch2/catch.hpp>

#include "tests/frontend_gateway/session/stage.h"

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;

TEST_CASE("an INVITE is answered, and its texts are heard", "[session]") {
  Stage stage;
  const auto invite = invite_of("7@host", {{"Session-Expires", "1800"}, {"Supported", "timer"}});
  stage.request(invite);
  REQUIRE(stage.status() == 200);
  const SipAnswer& answer = *stage.answers.back();
  CHECK(answer.content_type == "application/sdp");
  CHECK(gateway::session::parse_sdp(answer.body)->text == 0u);
  CHECK(gateway::translate::header(answer.headers, "Supported") == "timer");
  CHECK(gateway::translate::header(answer.headers, "Session-Expires") == "1800;refresher=uac");
  CHECK(stage.world.submissions.empty());  // no stanza before a text
  CHECK(stage.heard.empty());

  stage.request(within(invite, "MESSAGE", 2, "hello", "text/plain; charset=UTF-8;msgr=WAA"));
  REQUIRE(stage.heard.size() == 1);
  const auto& heard = stage.heard.front();
  CHECK(heard.request.method == "MESSAGE");
  CHECK(heard.request.body == "hello");
  CHECK(heard.request.request_uri == "sip:ann@fabrikam.example");
  CHECK(heard.request.from_uri == "sip:bob@contoso.example");
  CHECK(heard.request.to_tag.empty());
  CHECK(heard.request.call_id == "7@host");
  CHECK(stage.status() == 0);
  stage.heard.front().reply({202, "Accepted", {}});
  CHECK(stage.status() == 202);
}

TEST_CASE("a text inside an INVITE is heard exactly once", "[session]") {
  struct Row {
    int heard, answered;
    bool understood;
  };
  const auto row = GENERATE(values<Row>({
      {202, 200, true},
      {200, 200, true},
      {415, 200, false},  // its sender repeats it, and is told then
      {400, 200, false},
      {404, 404, false},
      {480, 480, false},
      {603, 603, false},
  }));
  INFO(row.heard);
  Stage stage;
  stage.request(invite_of("7@host", {ms_text("first")}));
  CHECK(stage.status() == 0);
  REQUIRE(stage.heard.size() == 1);
  CHECK(stage.heard.front().request.method == "MESSAGE");
  CHECK(stage.heard.front().request.body == "first");
  CHECK(stage.heard.front().request.content_type == "text/plain;charset=UTF-8");
  stage.heard.front().reply({row.heard, "Why", {}});
  CHECK(stage.status() == row.answered);
  CHECK(stage.sessions.size() == (row.answered == 200 ? 1 : 0));
  CHECK(gateway::session::lists(stage.answers.back()->headers, "Supported", "ms-text-format") ==
        row.understood);
}

TEST_CASE("texts of a dialog that is not known get 481", "[session]") {
  Stage stage;
  const auto method = GENERATE(values<std::string>({"MESSAGE", "INFO", "BYE", "INVITE", "UPDATE"}));
  stage.request(within(invite_of("7@host"), method, 2, "x"));
  CHECK(stage.status() == 481);
  CHECK(stage.heard.empty());
}

TEST_CASE("requests within a dialog keep their order", "[session]") {
  Stage stage;
  const auto invite = invite_of("7@host");
  stage.request(invite);
  stage.request(within(invite, "MESSAGE", 5, "a"));
  CHECK(stage.heard.size() == 1);
  stage.request(within(invite, "MESSAGE", 4, "b"));
  CHECK(stage.status() == 500);
  CHECK(stage.heard.size() == 1);
}

TEST_CASE("an INVITE without Contact opens nothing", "[session]") {
  Stage stage;
  auto invite = invite_of("7@host");
  invite.headers.clear();
  stage.request(invite);
  CHECK(stage.status() == 400);
  CHECK(stage.sessions.idle());
  stage.request(invite_of("8@host", {{"Session-Expires", "30"}, {"Supported", "timer"}}));
  CHECK(stage.status() == 422);
  CHECK(stage.sessions.idle());
}

TEST_CASE("answers go into the session the other end has opened", "[session]") {
  Stage stage({}, Mode::automatic);
  stage.request(invite_of("7@host"));
  stage.say("answer");
  auto message = stage.world.next_request();
  CHECK(message.request.method == "MESSAGE");
  CHECK(message.request.call_id == "7@host");
  CHECK(message.request.from_tag == "mine");
  CHECK(message.request.to_tag == "his");
  CHECK(message.request.request_uri == "sip:bob@contoso.example:5071");
}

TEST_CASE("a BYE is told as gone, and texts that wait are not lost", "[session]") {
  Stage stage;
  const auto invite = invite_of("7@host");
  stage.request(invite);
  SECTION("nothing waits") {
    stage.request(within(invite, "BYE", 2));
    CHECK(stage.status() == 200);
    const auto gone = stage.world.next_submission().stanza;
    CHECK(gone.message().chat_state() == v1::Message::GONE);
    CHECK(gone.message().type() == v1::Message::CHAT);
    CHECK(gone.from().local() == "bob");
    CHECK(gone.to().local() == "ann");
    CHECK(stage.sessions.idle());
    stage.request(within(invite, "MESSAGE", 3, "x"));
    CHECK(stage.status() == 481);
  }
  SECTION("one is out and one waits") {
    const auto first = stage.say("first");
    const auto second = stage.say("second");
    auto message = stage.world.next_request();
    stage.request(within(invite, "BYE", 2));
    CHECK(stage.status() == 200);
    CHECK(stage.world.requests.empty());
    message.answer(481);
    auto again = stage.world.next_request();
    CHECK(again.request.method == "INVITE");
    CHECK(gateway::session::first_text(again.request.headers, 100)->body == "first");
    again.answered(accepted(again.request, "new", {{"Supported", "ms-text-format"}}));
    CHECK(stage.outcomes->taken(first));
    stage.world.next_request().answer(200);
    CHECK(stage.outcomes->taken(second));
  }
}

TEST_CASE("another device of the SIP user opens another dialog", "[session]") {
  Stage stage;
  const auto first = invite_of("1@desk");
  const auto second = invite_of("2@phone");
  stage.request(first);
  SECTION("nothing is under way in the older one") {
    stage.request(second);
    CHECK(stage.status() == 200);
    auto bye = stage.world.next_request();
    CHECK(bye.request.method == "BYE");
    CHECK(bye.request.call_id == "1@desk");
    CHECK(stage.world.submissions.empty());  // the session has not ended
  }
  SECTION("a text of ours is out in it") {
    const auto text = stage.say("x");
    auto message = stage.world.next_request();
    CHECK(message.request.call_id == "1@desk");
    stage.request(second);
    CHECK(stage.world.requests.empty());
    message.answer(200);
    CHECK(stage.outcomes->taken(text));
    CHECK(stage.world.next_request().request.method == "BYE");
  }
  SECTION("a text of theirs is on its way from it") {
    const auto asked = stage.request(within(first, "MESSAGE", 2, "from the desk"));
    stage.request(second);
    CHECK(stage.world.requests.empty());
    stage.say("to the phone");
    CHECK(stage.world.next_request().request.call_id == "2@phone");
    stage.heard.front().reply({202, "Accepted", {}});
    CHECK(stage.status(asked) == 202);
    auto bye = stage.world.next_request();
    CHECK(bye.request.method == "BYE");
    CHECK(bye.request.call_id == "1@desk");
  }
  SECTION("who speaks last gets the answers") {
    const auto text = stage.say("x");
    auto message = stage.world.next_request();
    stage.request(second);
    stage.request(within(first, "MESSAGE", 2, "still here"));
    message.answer(200);
    CHECK(stage.outcomes->taken(text));
    auto bye = stage.world.next_request();
    CHECK(bye.request.method == "BYE");
    CHECK(bye.request.call_id == "2@phone");
    stage.say("y");
    CHECK(stage.world.next_request().request.call_id == "1@desk");
  }
  CHECK(stage.sessions.size() == 1);
}

TEST_CASE("both ends open a session at once", "[session]") {
  Stage stage;
  const auto first = stage.say("first");
  const auto second = stage.say("second");
  auto ours = stage.world.next_request();
  REQUIRE(ours.request.method == "INVITE");
  stage.request(invite_of("theirs@host"));
  CHECK(stage.status() == 200);
  CHECK(stage.world.requests.empty());  // the first may be there already
  struct Row {
    int status;
    bool understood;
  };
  const auto row =
      GENERATE(values<Row>({{200, true}, {200, false}, {486, false}, {491, false}, {488, false}}));
  INFO(row.status);
  if (row.status == 200) {
    ours.answered(accepted(ours.request, "tag",
                           {{"Supported", row.understood ? "ms-text-format" : "timer"}}));
    auto bye = stage.world.next_request();
    CHECK(bye.request.method == "BYE");
    CHECK(bye.request.call_id == "call");
  } else {
    ours.answer(row.status);
  }
  CHECK(stage.outcomes->settled(first) == row.understood);
  for (const char* text : {"first", "second"}) {
    if (row.understood && text == std::string("first")) continue;
    auto message = stage.world.next_request();
    CHECK(message.request.body == text);
    CHECK(message.request.call_id == "theirs@host");
    message.answer(200);
  }
  CHECK(stage.outcomes->taken(first));
  CHECK(stage.outcomes->taken(second));
  CHECK(stage.world.requests.empty());
  CHECK(stage.sessions.size() == 1);
}

TEST_CASE("the answers go to the device that spoke last, while it is there", "[session]") {
  Stage stage;
  const auto invite = invite_of("7@host");
  stage.request(invite);
  const auto to = [&] {
    static std::uint32_t cseq = 1;
    stage.request(within(invite, "MESSAGE", ++cseq, "x"));
    const std::string uri = stage.heard.back().request.request_uri;
    return uri;
  };
  CHECK(to() == "sip:ann@fabrikam.example");
  stage.say("a", "sip:ann@fabrikam.example;gr=phone");
  CHECK(to() == "sip:ann@fabrikam.example;gr=phone");
  stage.type(v1::Message::COMPOSING, "sip:ann@fabrikam.example;gr=desk");
  CHECK(to() == "sip:ann@fabrikam.example;gr=desk");
  SECTION("a text does not reach it") {
    stage.heard.back().reply({480, "Temporarily Unavailable", {}});
    CHECK(to() == "sip:ann@fabrikam.example");
  }
  SECTION("it says that it goes") {
    stage.sessions.unavailable(stanza_of("ann@fabrikam.example/phone", "bob@contoso.example"));
    CHECK(to() == "sip:ann@fabrikam.example;gr=desk");
    stage.sessions.unavailable(stanza_of("ann@fabrikam.example/desk", "bob@contoso.example"));
    CHECK(to() == "sip:ann@fabrikam.example");
  }
}

TEST_CASE("sessions have limits", "[session]") {
  gateway::config::Session limits;
  const int which = GENERATE(0, 1, 2);
  (which == 0 ? limits.sessions : which == 1 ? limits.per_partner : limits.per_user) = 2;
  Stage stage(limits);
  stage.request(invite_of("1", {}, "sip:a@contoso.example"));
  const auto second = invite_of("2", {}, "sip:b@contoso.example");
  stage.request(second);
  CHECK(stage.status() == 200);
  stage.request(invite_of("3", {}, "sip:c@contoso.example"));
  CHECK(stage.status() == 480);
  CHECK_FALSE(gateway::translate::header(stage.answers.back()->headers, "Retry-After").empty());
  stage.request(invite_of("4", {}, "sip:b@contoso.example"));  // one of those there are
  CHECK(stage.status() == 200);
  const auto refused = stage.say("x", "sip:ann@fabrikam.example", "sip:d@contoso.example");
  CHECK(stage.outcomes->settled(refused));
  auto fourth = invite_of("4", {}, "sip:b@contoso.example");
  stage.request(within(fourth, "BYE", 2));
  stage.request(invite_of("5", {}, "sip:c@contoso.example"));
  CHECK(stage.status() == 200);
}

TEST_CASE("in mode auto who finds no room for a session goes without", "[session]") {
  gateway::config::Session limits;
  limits.sessions = 1;
  const auto mode = GENERATE(Mode::automatic, Mode::session);
  Stage stage(limits, mode);
  const auto ann = uri_of("sip:ann@fabrikam.example");
  const auto text = message_of("ann@fabrikam.example", "d@contoso.example", "x");
  CHECK(stage.sessions.carries(ann, uri_of("sip:d@contoso.example"), text));
  stage.request(invite_of("1"));
  CHECK(stage.status() == 200);
  CHECK(stage.sessions.carries(ann, uri_of("sip:bob@contoso.example"), text));
  CHECK(stage.sessions.carries(ann, uri_of("sip:d@contoso.example"), text) ==
        (mode == Mode::session));
}

TEST_CASE("a session that the other end does not refresh is over", "[session]") {
  Stage stage;
  const auto invite =
      invite_of("7@host", {{"Session-Expires", "300;refresher=uac"}, {"Supported", "timer"}});
  stage.request(invite);
  stage.world.pass(260s);
  auto refresh = within(invite, "UPDATE", 2);
  refresh.headers = {{"Session-Expires", "300;refresher=uac"}, {"Supported", "timer"}};
  stage.request(refresh);
  CHECK(stage.status() == 200);
  CHECK(gateway::translate::header(stage.answers.back()->headers, "Session-Expires") ==
        "300;refresher=uac");
  stage.world.pass(267s);
  CHECK(stage.world.requests.empty());
  stage.world.pass(1s);
  CHECK(stage.world.next_request().request.method == "BYE");
}

TEST_CASE("a dialog may be asked for again", "[session]") {
  Stage stage;
  const auto invite = invite_of("7@host");
  stage.request(invite);
  auto again = within(invite, "INVITE", 2, gateway::session::write_offer(), "application/sdp");
  again.headers = {{"Contact", "<sip:bob@192.0.2.99>"}};
  stage.request(again);
  CHECK(stage.status() == 200);
  CHECK(gateway::session::parse_sdp(stage.answers.back()->body)->text == 0u);
  stage.say("x");
  CHECK(stage.world.next_request().request.request_uri == "sip:bob@192.0.2.99");
  stage.request(within(invite, "INVITE", 3, "v=0\r\nm=audio 1 RTP/AVP 0\r\n", "application/sdp"));
  CHECK(stage.status() == 488);
  stage.request(within(invite, "INVITE", 4));
  CHECK(stage.status() == 200);
  stage.request(within(invite, "REFER", 5));
  CHECK(stage.status() == 405);
}

TEST_CASE("a user of many devices has four dialogs at most", "[session]") {
  Stage stage;
  for (int i = 0; i < 10; ++i) {
    const auto invite = invite_of(std::to_string(i));
    stage.request(invite);
    CHECK(stage.status() == 200);
    stage.request(within(invite, "MESSAGE", 2, "x"));  // on its way for ever
  }
  CHECK(stage.world.requests.size() == 6);
  CHECK(stage.sessions.size() == 1);
}
