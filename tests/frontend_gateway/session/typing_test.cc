#include <catch2/catch.hpp>

#include "frontend_gateway/session/keyboard.h"
#include "tests/frontend_gateway/session/stage.h"

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;
using gateway::session::keyboard_activity;

namespace {

// Bob's session with ann, and bob at its keyboard.
struct Typist : Stage {
  Typist() { request(invite); }
  void type(bool active) {
    request(within(invite, "INFO", ++cseq, keyboard_activity(active), "application/xml"));
    CHECK(status() == 200);
  }
  // What ann's client is shown, as one letter each: c, p, g.
  std::string shown() {
    std::string states;
    for (; !world.submissions.empty();) {
      const auto state = world.next_submission().stanza.message().chat_state();
      states += state == v1::Message::COMPOSING ? 'c' : state == v1::Message::PAUSED ? 'p' : 'g';
    }
    return states;
  }
  sip::IncomingRequest invite = invite_of("7@host");
  std::uint32_t cseq = 1;
};

}  // namespace

TEST_CASE("typing that is said every five seconds is told once", "[session]") {
  Typist bob;
  for (int i = 0; i < 5; ++i) {
    bob.type(true);
    bob.world.pass(5s);
  }
  CHECK(bob.shown() == "c");
  bob.world.pass(6s);
  CHECK(bob.shown().empty());
  bob.world.pass(1s);
  CHECK(bob.shown() == "p");
  bob.type(true);
  bob.type(false);
  bob.type(false);
  CHECK(bob.shown() == "cp");
  bob.world.pass(1min);
  CHECK(bob.shown().empty());
}

TEST_CASE("a text says that it is typed", "[session]") {
  Typist bob;
  bob.type(true);
  bob.request(within(bob.invite, "MESSAGE", ++bob.cseq, "there"));
  bob.world.pass(1min);
  CHECK(bob.shown() == "c");
}

TEST_CASE("typing may be said in a MESSAGE", "[session]") {
  Typist bob;
  bob.request(within(bob.invite, "MESSAGE", ++bob.cseq,
                     "<isComposing xmlns='urn:ietf:params:xml:ns:im-iscomposing'><state>active"
                     "</state><refresh>60</refresh></isComposing>",
                     "application/im-iscomposing+xml"));
  CHECK(bob.status() == 200);
  CHECK(bob.heard.empty());
  CHECK(bob.shown() == "c");
  bob.world.pass(59s);
  CHECK(bob.shown().empty());
  bob.world.pass(1s);
  CHECK(bob.shown() == "p");
}

TEST_CASE("an INFO about something else", "[session]") {
  Typist bob;
  bob.request(within(bob.invite, "INFO", ++bob.cseq));
  CHECK(bob.status() == 200);
  bob.request(within(bob.invite, "INFO", ++bob.cseq, "Signal=5", "application/dtmf-relay"));
  CHECK(bob.status() == 415);
  bob.request(within(bob.invite, "INFO", ++bob.cseq, "<KeyboardActivity>", "application/xml"));
  CHECK(bob.status() == 400);
  CHECK(bob.shown().empty());
}

TEST_CASE("typing of the XMPP user is said while it lasts", "[session]") {
  Stage stage;
  open_by_ann(stage);
  CHECK(stage.type(v1::Message::COMPOSING));
  auto info = stage.world.next_request();
  CHECK(info.request.method == "INFO");
  CHECK(info.request.content_type == "application/xml");
  CHECK(info.request.body == keyboard_activity(true));
  CHECK(info.request.to_tag == "theirs");
  info.answer(200);
  CHECK(stage.type(v1::Message::COMPOSING));
  CHECK(stage.world.requests.empty());
  stage.world.pass(5s);
  stage.world.next_request().answer(200);
  SECTION("until it pauses") {
    stage.type(v1::Message::PAUSED);
    auto idle = stage.world.next_request();
    CHECK(idle.request.body == keyboard_activity(false));
    idle.answer(200);
    stage.type(v1::Message::ACTIVE);
    stage.world.pass(1min);
    CHECK(stage.world.requests.empty());
  }
  SECTION("until the text is there") {
    stage.say("x");
    CHECK(stage.world.next_request().request.method == "MESSAGE");
    stage.world.pass(1min);
    CHECK(stage.world.requests.empty());
  }
  SECTION("for half a minute") {
    for (int i = 0; i < 4; ++i) {
      stage.world.pass(5s);
      stage.world.next_request().answer(200);
    }
    stage.world.pass(1min);
    CHECK(stage.world.requests.empty());
  }
  SECTION("while there is a session") {
    stage.world.pass(5s);
    stage.world.next_request().answer(481);
    CHECK(stage.sessions.size() == 0);
    stage.world.pass(1min);
    CHECK(stage.world.requests.empty());
  }
}

TEST_CASE("typing opens no session, and says nothing to who has only sessions", "[session]") {
  struct Row {
    Mode mode;
    bool said;
  };
  const auto row =
      GENERATE(values<Row>({{Mode::page, false}, {Mode::session, true}, {Mode::automatic, true}}));
  Stage stage({}, row.mode);
  CHECK(stage.type(v1::Message::COMPOSING) == row.said);
  CHECK(stage.type(v1::Message::GONE) == row.said);
  CHECK(stage.world.requests.empty());
  CHECK(stage.sessions.idle());
}

TEST_CASE("nothing is said of typing before the session is open", "[session]") {
  Stage stage;
  stage.say("first");
  CHECK(stage.type(v1::Message::COMPOSING));
  auto invite = stage.world.next_request();
  CHECK(stage.world.requests.empty());
  invite.answer(486);
  CHECK(stage.world.requests.empty());
}
