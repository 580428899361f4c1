// When a NOTIFY is sent, and what its answer does.

#include "frontend_gateway/presence/notifier/notifier.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/frontend_gateway/presence/notifier/talk.h"

using namespace causeway;
using namespace causeway::gateway;
using namespace causeway::test;
using v1::Presence;

TEST_CASE("one NOTIFY in five seconds, the first at once, and the last state wins", "[notifier]") {
  Talk talk;
  Phone desk;
  talk.active(desk);
  talk.world.pass(60s);
  talk.says(Presence::AVAILABLE, "pc", Presence::AWAY);
  CHECK(talk.told() == "active [pc open away]");
  talk.says(Presence::AVAILABLE, "pc", Presence::DND);
  talk.says(Presence::AVAILABLE, "pc", Presence::XA);
  talk.says(Presence::AVAILABLE, "pc", Presence::CHAT);
  talk.world.pass(4999ms);
  CHECK(talk.quiet());
  talk.world.pass(1ms);
  CHECK(talk.told() == "active [pc open chat]");
  talk.world.pass(60s);
  CHECK(talk.quiet());
}

TEST_CASE("what changed and changed back is not told", "[notifier]") {
  Talk talk;
  Phone desk;
  talk.active(desk);
  talk.world.pass(60s);
  talk.says(Presence::AVAILABLE, "pc", Presence::AWAY);
  CHECK(talk.told() == "active [pc open away]");
  talk.says(Presence::AVAILABLE, "pc");
  talk.says(Presence::AVAILABLE, "pc", Presence::AWAY);
  talk.world.pass(60s);
  CHECK(talk.quiet());
}

TEST_CASE("one NOTIFY of a dialog is pending, and no more", "[notifier]") {
  Talk talk;
  Phone desk;
  talk.active(desk);
  talk.world.pass(60s);
  talk.says(Presence::AVAILABLE, "pc", Presence::AWAY);
  World::Request first = talk.world.next_request();
  talk.world.pass(10s);
  talk.says(Presence::AVAILABLE, "pc", Presence::DND);
  talk.world.pass(10s);
  CHECK(talk.asks(desk) == 200);
  CHECK(talk.quiet());
  CHECK(talk->pending() == 1);
  first.answer(200);
  World::Request second = talk.world.next_request();
  CHECK(said_by(second.request) == "active [pc open dnd]");
  CHECK(second.request.cseq == first.request.cseq + 1);
  CHECK(talk.asks(desk, "0") == 200);
  CHECK(talk.quiet());
  second.answer(200);
  CHECK(talk.told() == "terminated;reason=timeout [ closed]");
  CHECK(talk->pending() == 0);
}

TEST_CASE("who changes without end is told of less and less, and at most once a minute",
          "[notifier]") {
  Talk talk;
  Phone desk;
  talk.active(desk);
  talk.world.pass(60s);
  std::vector<int> told;
  for (int second = 0; second < 1200; ++second) {
    talk.says(Presence::AVAILABLE, "pc", second % 2 ? Presence::AWAY : Presence::DND);
    talk.world.pass(999ms);
    if (!talk.quiet()) {
      talk.told();
      told.push_back(second);
    }
    talk.world.pass(1ms);
  }
  REQUIRE(told.size() > 20);
  CHECK(told.size() < 50);
  CHECK(told[1] - told[0] <= 6);
  CHECK(told.back() - told[told.size() - 2] >= 60);
  // The last state wins, however late.
  talk.says(Presence::AVAILABLE, "pc", Presence::CHAT);
  talk.world.pass(60s);
  REQUIRE_FALSE(talk.quiet());
  CHECK(talk.told() == "active [pc open chat]");
  // Who has come to rest is told of at once.
  talk.world.pass(300s);
  talk.says(Presence::AVAILABLE, "pc", Presence::XA);
  CHECK(talk.told() == "active [pc open xa]");
  talk.says(Presence::AVAILABLE, "pc");
  talk.world.pass(5s);
  CHECK(talk.told() == "active [pc open]");
}

TEST_CASE("an answer that ends the dialog ends it quietly", "[notifier]") {
  const int status = GENERATE(481, 408, 404, 489, 501, 403, 603);
  Talk talk;
  Phone desk, cell{"cell"};
  talk.active(desk);
  REQUIRE(talk.asks(cell) == 200);
  talk.told();
  talk.world.pass(60s);
  talk.says(Presence::AVAILABLE, "pc", Presence::AWAY);
  World::Request first = talk.world.next_request();
  CHECK(talk.told() == "active [pc open away]");
  first.answer(status);
  CHECK(talk->size() == 1);
  CHECK(talk.durable().subscriptions.size() == 1);
  talk.says(Presence::AVAILABLE, "pc", Presence::DND);
  talk.world.pass(5s);
  CHECK(talk.told() == "active [pc open dnd]");
  CHECK(talk.quiet());
  CHECK(talk.unasked());  // the other phone still looks
  Phone& gone = first.request.call_id == desk.call_id() ? desk : cell;
  CHECK(talk.asks(gone) == 481);
}

TEST_CASE("a server's failure on the way is waited out, and the last state is told then",
          "[notifier]") {
  Talk talk;
  Phone desk;
  talk.active(desk);
  talk.world.pass(60s);
  talk.says(Presence::AVAILABLE, "pc", Presence::AWAY);
  talk.world.next_request().answer(503);
  talk.says(Presence::AVAILABLE, "pc", Presence::DND);
  talk.world.pass(4999ms);
  CHECK(talk.quiet());
  talk.world.pass(1ms);
  talk.world.next_request().answer(500, "Later", {{"Retry-After", "120 (tired)"}});
  talk.world.pass(119s);
  CHECK(talk.quiet());
  talk.world.pass(1s);
  CHECK(talk.told() == "active [pc open dnd]");
  talk.world.pass(60s);
  CHECK(talk.quiet());
}

TEST_CASE("a way that stays down does not make a storm", "[notifier]") {
  Talk talk;
  Phone desk;
  talk.active(desk);
  talk.says(Presence::AVAILABLE, "pc", Presence::AWAY);
  int sent = 0;
  for (int second = 0; second < 3000; ++second) {
    if (!talk.quiet()) {
      ++sent;
      talk.world.next_request().answer(503);
    }
    talk.world.pass(1s);
  }
  CHECK(sent > 5);
  CHECK(sent < 20);
  CHECK(talk->size() == 1);
  CHECK(talk.asks(desk) == 200);
  CHECK(talk.told() == "active [pc open away]");
}

TEST_CASE("what ends it is sent once, whatever is answered", "[notifier]") {
  Talk talk;
  Phone desk;
  talk.active(desk);
  talk.says(Presence::UNSUBSCRIBED);
  CHECK(talk->size() == 0);
  World::Request last = talk.world.next_request();
  CHECK(said_by(last.request) == "terminated;reason=rejected");
  CHECK(talk->pending() == 1);
  last.answer(503);
  CHECK(talk->pending() == 0);
  talk.world.pass(600s);
  CHECK(talk.quiet());
}

TEST_CASE("while the user agent ends, every NOTIFY is answered before it is sent", "[notifier]") {
  Talk talk;
  Phone desk, cell{"cell"};
  talk.active(desk);
  REQUIRE(talk.asks(cell) == 200);
  talk.told();
  talk.world.pass(60s);
  talk.world.ending = true;
  talk.says(Presence::AVAILABLE, "pc", Presence::AWAY);
  CHECK(talk->size() == 2);
  CHECK(talk->pending() == 0);
  talk.says(Presence::UNSUBSCRIBED);
  CHECK(talk->size() == 0);
  CHECK(talk->pending() == 0);
}

TEST_CASE("no CSeq is used that the durable row does not leave below it", "[notifier]") {
  Talk talk;
  Phone desk;
  talk.active(desk);
  const bool away = GENERATE(false, true);
  std::uint32_t last = 0;
  int sent = 0;
  talk.world.database_away = away;
  const auto ceiling = [&talk] {
    return sip::Dialog::from_text(talk.durable().subscriptions.at(0).dialog)->local_cseq;
  };
  for (int round = 0; round < 3000; ++round) {
    // A SUBSCRIBE that is refused keeps the dialog, and would end it here after an hour.
    if (!away && round % 100 == 0) {
      REQUIRE(talk.asks(desk) == 200);
    } else {
      talk.says(Presence::AVAILABLE, "pc", round % 2 ? Presence::AWAY : Presence::DND);
    }
    while (!talk.quiet()) {
      World::Request notify = talk.world.next_request();
      REQUIRE(notify.request.cseq > last);
      last = notify.request.cseq;
      REQUIRE(last <= ceiling());
      ++sent;
      notify.answer(200);
    }
    talk.world.pass(1s);
  }
  CHECK(sent > 40);
}

TEST_CASE("when the row leaves no CSeq, the NOTIFY waits for a row that does", "[notifier]") {
  Talk talk;
  Phone desk;
  talk.active(desk);
  const auto row = talk.durable().subscriptions.at(0);
  talk.restart();
  talk.world.database_away = true;
  talk.says(Presence::AVAILABLE, "pc");
  talk.world.pass(20s);
  CHECK(talk.quiet());
  talk.world.database_away = false;
  talk.world.pass(5s);
  const World::Request notify = talk.world.next_request();
  CHECK(said_by(notify.request) == "active [pc open]");
  CHECK(notify.request.cseq == sip::Dialog::from_text(row.dialog)->local_cseq + 1);
}
