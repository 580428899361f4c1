// Rows of the table of a SIP user who watches an XMPP user, as conversations.

#include "frontend_gateway/presence/notifications.h"

#include <catch2/catch.hpp>
#include <string>

#include "common/stanza/conditions.h"
#include "tests/frontend_gateway/presence/notifier/talk.h"

using namespace causeway;
using namespace causeway::gateway;
using namespace causeway::test;
using presence::Pair;
using v1::Presence;

namespace {

const std::string kSubscribe = "SUBSCRIBE alice@contoso.example";
const std::string kProbe = "PROBE alice@contoso.example";
const std::string kLeave = "UNAVAILABLE alice@contoso.example";
const std::string kWithdraw = "UNSUBSCRIBE alice@contoso.example";

}  // namespace

TEST_CASE("a new watcher waits, is granted and sees", "[notifications]") {
  Talk talk;
  Phone desk;
  const auto answer = talk.subscribe(desk);
  CHECK(answer->status == 202);
  CHECK(answer->header("Expires") == "3600");
  World::Request first = talk.world.next_request();
  CHECK(said_by(first.request) == "pending");
  CHECK(first.request.request_uri == "sip:desk@10.0.0.9:5060");
  CHECK(first.request.from == "<sip:bob@fabrikam.example>");
  CHECK(first.request.to == "<sip:alice@contoso.example>");
  CHECK(first.request.call_id == "desk@phone");
  CHECK(first.request.from_tag == "ours-desk");
  CHECK(first.request.to_tag == "desk");
  CHECK(first.request.contact);
  CHECK(translate::header(first.request.headers, "Event") == "presence");
  CHECK(translate::header(first.request.headers, "Subscription-State") == "pending;expires=3600");
  first.answer(200);
  CHECK(talk.asked() == kSubscribe);
  CHECK(talk.unasked());  // a probe would be answered with unsubscribed

  talk.says(Presence::SUBSCRIBED);
  CHECK(talk.told() == "active");
  CHECK(talk.asked() == kProbe);
  talk.says(Presence::AVAILABLE, "pc", Presence::AWAY);
  CHECK(talk.told() == "active [pc open away]");  // she need not wait to see him
  talk.says(Presence::AVAILABLE, "cell");
  CHECK(talk.quiet());
  talk.world.pass(5s);
  CHECK(talk.told() == "active [cell open] [pc open away]");
  talk.says(Presence::UNAVAILABLE, "pc");
  talk.world.pass(5s);
  CHECK(talk.told() == "active [cell open]");
  talk.says(Presence::UNAVAILABLE, "cell");
  talk.world.pass(5s);
  CHECK(talk.told() == "active [cell closed]");
  CHECK(talk.unasked());
}

TEST_CASE("the document is about whom the watcher asked for, as she wrote him", "[notifications]") {
  Talk talk;
  Phone desk;
  desk.watched = "sip:Bob@fabrikam.example";
  talk.active(desk);
  talk.says(Presence::AVAILABLE, "pc", Presence::DND);
  World::Request notify = talk.world.next_request();
  CHECK(notify.request.body.find("sip:Bob@fabrikam.example") != std::string::npos);
  CHECK(notify.request.from == "<sip:Bob@fabrikam.example>");
}

TEST_CASE("the id of Event is in every NOTIFY, and names the subscription", "[notifications]") {
  Talk talk;
  Phone desk;
  REQUIRE(talk.subscribe(desk, {{"Event", "presence;id=9"}})->status == 202);
  World::Request notify = talk.world.next_request();
  CHECK(translate::header(notify.request.headers, "Event") == "presence;id=9");
  CHECK(talk.subscribe(desk, {{"Event", "presence"}})->status == 481);
  CHECK(talk.subscribe(desk, {{"Event", "presence;id=8"}})->status == 481);
  CHECK(talk.subscribe(desk, {{"Event", "presence;id=9"}})->status == 202);
}

TEST_CASE("an XMPP user is asked once for a pair, whatever its dialogs do", "[notifications]") {
  Talk talk;
  Phone desk, cell{"cell"}, tablet{"tablet"};
  talk.pending(desk);
  talk.world.pass(10s);
  CHECK(talk.asks(cell) == 202);
  CHECK(talk.told() == "pending");
  CHECK(talk.unasked());
  CHECK(talk.asks(desk) == 202);
  CHECK(talk.told() == "pending");
  CHECK(talk.unasked());

  talk.says(Presence::SUBSCRIBED);
  CHECK(talk.told() == "active");
  CHECK(talk.told() == "active");
  CHECK(talk.asked() == kProbe);
  talk.says(Presence::AVAILABLE, "pc");
  talk.world.pass(5s);
  CHECK(talk.told() == "active [pc open]");
  CHECK(talk.told() == "active [pc open]");

  CHECK(talk.asks(tablet) == 200);
  CHECK(talk.told() == "active [pc open]");
  CHECK(talk.unasked());
}

TEST_CASE("a request without an answer is repeated once a day while its watcher is there",
          "[notifications]") {
  Talk talk;
  Phone desk;
  talk.pending(desk);
  for (int hour = 1; hour < 24; ++hour) {
    talk.world.pass(3590s);
    REQUIRE(talk.asks(desk) == 202);
    REQUIRE(talk.told() == "pending");
    REQUIRE(talk.unasked());
  }
  talk.world.pass(3590s);
  CHECK(talk.asks(desk) == 202);
  CHECK(talk.told() == "pending");
  talk.world.pass(240s);
  CHECK(talk.asks(desk) == 202);
  CHECK(talk.asked() == kSubscribe);
}

TEST_CASE("what is granted is granted to the next dialog too", "[notifications]") {
  Talk talk;
  Phone desk;
  talk.active(desk);
  CHECK(talk.asks(desk, "0") == 200);
  CHECK(talk.told() == "terminated;reason=timeout [ closed]");
  CHECK(talk.asked() == kLeave);
  CHECK(talk.unasked());  // and not unsubscribe
  CHECK(talk->size() == 0);
  talk.world.pass(600s);

  Phone cell{"cell"};
  CHECK(talk.asks(cell) == 200);
  CHECK(talk.told() == "active");
  CHECK(talk.asked() == kProbe);
  talk.says(Presence::AVAILABLE, "pc");
  talk.world.pass(5s);
  CHECK(talk.told() == "active [pc open]");
}

TEST_CASE("only the last dialog's end is told to the XMPP user, and not when he sees her",
          "[notifications]") {
  bool shown = false;
  Talk talk({}, {}, [&shown](const std::string& local, const std::string& remote) {
    CHECK(local == "alice@contoso.example");
    CHECK(remote == "bob@fabrikam.example");
    return shown;
  });
  Phone desk, cell{"cell"};
  talk.active(desk);
  CHECK(talk.asks(cell) == 200);
  CHECK(talk.told() == "active [pc open]");
  CHECK(talk.asks(desk, "0") == 200);
  talk.told();
  CHECK(talk.unasked());
  shown = true;
  CHECK(talk.asks(cell, "0") == 200);
  talk.told();
  CHECK(talk.unasked());
}

TEST_CASE("unsubscribed ends all dialogs of the pair, and nobody is asked again soon",
          "[notifications]") {
  Talk talk;
  Phone desk, cell{"cell"}, other{"other", "sip:carol@contoso.example"};
  talk.active(desk);
  CHECK(talk.asks(cell) == 200);
  talk.told();
  talk.world.pass(10s);
  CHECK(talk.asks(other) == 202);
  talk.told();
  CHECK(talk.asked() == "SUBSCRIBE carol@contoso.example");
  talk.says(Presence::UNSUBSCRIBED);
  CHECK(talk.told() == "terminated;reason=rejected");
  CHECK(talk.told() == "terminated;reason=rejected");
  CHECK(talk.quiet());
  CHECK(talk->size() == 1);
  CHECK(talk.durable().grants.size() == 1);
  CHECK(talk.durable().subscriptions.size() == 1);

  Phone again{"again"};
  CHECK(talk.asks(again) == 403);
  CHECK(talk.asks(desk) == 481);
  CHECK(talk.unasked());
  talk.world.pass(600s);
  CHECK(talk.asks(again) == 202);
  CHECK(talk.told() == "pending");
  CHECK(talk.asked() == kSubscribe);
}

TEST_CASE("what nobody asked for is taken and does nothing", "[notifications]") {
  Talk talk;
  talk.says(Presence::SUBSCRIBED);
  talk.says(Presence::UNSUBSCRIBED);
  talk.says(Presence::AVAILABLE, "pc");
  talk.says(Presence::UNAVAILABLE, "pc");
  talk.says(Presence::ERROR);
  talk.says(Presence::SUBSCRIBED, "", Presence::NO_SHOW, "contoso.example");
  CHECK(talk.quiet());
  CHECK(talk.unasked());
  CHECK(talk->authorizations().empty());
  CHECK(talk.world.written_rows.empty());

  Phone desk;
  talk.active(desk);
  const auto written = talk.world.written_rows.size();
  talk.says(Presence::SUBSCRIBED);
  talk.says(Presence::AVAILABLE, "pc");
  talk.says(Presence::UNAVAILABLE, "unheard-of");
  CHECK(talk.quiet());
  CHECK(talk.unasked());
  CHECK(talk.world.written_rows.size() == written);
}

TEST_CASE("presence without a grant is not shown", "[notifications]") {
  Talk talk;
  Phone desk;
  talk.pending(desk);
  talk.says(Presence::AVAILABLE, "pc");
  talk.world.pass(10s);
  CHECK(talk.quiet());
  CHECK(talk.asks(desk) == 202);
  CHECK(talk.told() == "pending");
  talk.says(Presence::SUBSCRIBED);
  CHECK(talk.told() == "active [pc open]");
}

TEST_CASE("presence is for its addressee alone", "[notifications]") {
  Talk talk;
  Phone desk, other{"other", "sip:carol@contoso.example"};
  talk.active(desk);
  REQUIRE(talk.asks(other) == 202);
  talk.told();
  talk.asked();
  talk.says(Presence::SUBSCRIBED, "", Presence::NO_SHOW, "carol@contoso.example");
  CHECK(talk.told() == "active");
  talk.asked();
  talk.says(Presence::AVAILABLE, "secret", Presence::CHAT);
  talk.world.pass(5s);
  CHECK(talk.told() == "active [pc open] [secret open chat]");
  CHECK(talk.quiet());
}

TEST_CASE("a refresh tells what is known, and moves the end", "[notifications]") {
  Talk talk;
  Phone desk;
  talk.active(desk);
  talk.world.pass(1000s);
  const auto answer =
      talk.subscribe(desk, {{"Expires", "600"}, {"Contact", "<sip:desk@10.0.0.77>"}});
  CHECK(answer->status == 200);
  CHECK(answer->header("Expires") == "600");
  World::Request notify = talk.world.next_request();
  CHECK(said_by(notify.request) == "active [pc open]");
  CHECK(notify.request.request_uri == "sip:desk@10.0.0.77");
  CHECK(translate::header(notify.request.headers, "Subscription-State") == "active;expires=600");
  notify.answer(200);
  talk.world.pass(599s);
  CHECK(talk.quiet());
  talk.world.pass(2s);
  CHECK(talk.told() == "terminated;reason=timeout");
  CHECK(talk.asked() == kLeave);
  CHECK(talk.asks(desk) == 481);
}

TEST_CASE("a probe's silence is an answer; nothing known is nothing told", "[notifications]") {
  Talk talk;
  Phone desk;
  talk.pending(desk);
  talk.says(Presence::SUBSCRIBED);
  CHECK(talk.told() == "active");
  CHECK(talk.asked() == kProbe);
  CHECK(talk.asks(desk) == 200);
  CHECK(talk.told() == "active");
  talk.world.pass(29s);
  CHECK(talk.quiet());
  talk.world.pass(2s);
  CHECK(talk.told() == "active [ closed]");
}

TEST_CASE("a single look", "[notifications]") {
  Talk talk;
  Phone desk, look{"look"};
  SECTION("at somebody who is known") {
    talk.active(desk);
    CHECK(talk.asks(look, "0") == 200);
    CHECK(talk.told() == "terminated;reason=timeout [pc open]");
    CHECK(talk.unasked());
    CHECK(talk->size() == 1);
  }
  SECTION("at one who is granted and not watched") {
    talk.active(desk);
    talk.asks(desk, "0");
    talk.told();
    talk.asked();
    talk.world.pass(60s);
    CHECK(talk.asks(look, "0") == 200);
    CHECK(talk.asked() == kProbe);
    CHECK(talk.quiet());
    talk.says(Presence::AVAILABLE, "pc");
    talk.says(Presence::AVAILABLE, "cell", Presence::XA);
    talk.world.pass(500ms);
    CHECK(talk.told() == "terminated;reason=timeout [cell open xa] [pc open]");
    CHECK(talk.unasked());  // she was not there, so she does not go
  }
  SECTION("at one who has not been asked: he is not asked") {
    CHECK(talk.asks(look, "0") == 202);
    CHECK(talk.asked() == kProbe);
    talk.world.pass(4400ms);
    CHECK(talk.quiet());
    talk.world.pass(100ms);
    CHECK(talk.told() == "terminated;reason=timeout");
    CHECK(talk.unasked());
    CHECK(talk.world.written_rows.empty());
    Phone second{"second"};
    CHECK(talk.asks(second, "0") == 202);
    CHECK(talk.unasked());  // not asked again at once
    talk.world.pass(4500ms);
    CHECK(talk.told() == "terminated;reason=timeout");
    talk.world.pass(60s);
    CHECK(talk->authorizations().empty());
  }
  SECTION("at one whose server says no") {
    CHECK(talk.asks(look, "0") == 202);
    talk.asked();
    talk.says(Presence::UNSUBSCRIBED);
    CHECK(talk.told() == "terminated;reason=timeout");
  }
  SECTION("at one who is being asked") {
    talk.pending(desk);
    talk.says(Presence::AVAILABLE, "pc");
    CHECK(talk.asks(look, "0") == 202);
    CHECK(talk.told() == "terminated;reason=timeout");
    CHECK(talk.unasked());
  }
  SECTION("and then a request, which the look's answer does not refuse") {
    CHECK(talk.asks(look, "0") == 202);
    talk.asked();
    CHECK(talk.asks(desk) == 202);
    CHECK(talk.told() == "pending");
    talk.says(Presence::UNSUBSCRIBED);
    talk.world.pass(4500ms);
    CHECK(talk.told() == "terminated;reason=timeout");
    CHECK(talk.quiet());
    CHECK(talk->size() == 1);
  }
  SECTION("cannot be refreshed") {
    CHECK(talk.asks(look, "0") == 202);
    CHECK(talk.asks(look) == 481);
  }
}

TEST_CASE("T24: what another user says is nobody's presence", "[notifications]") {
  Talk talk;
  Phone desk;
  talk.active(desk);
  v1::Stanza stanza = stanza_of("mallory@fabrikam.example/x", "alice@contoso.example");
  stanza.mutable_presence()->set_type(Presence::UNAVAILABLE);
  talk.hears(stanza);
  *stanza.mutable_from() = address_of("bob@elsewhere.example/x");
  stanza.mutable_presence()->set_type(Presence::UNSUBSCRIBED);
  talk.hears(stanza);
  talk.world.pass(10s);
  CHECK(talk.quiet());
}

TEST_CASE("after thirty days without an answer a request is over", "[notifications]") {
  Talk talk;
  Phone desk;
  talk.pending(desk);
  std::string last;
  for (int hour = 0; hour < 31 * 24 && last != "terminated;reason=giveup"; ++hour) {
    talk.world.pass(3590s);
    if (talk.quiet()) {
      REQUIRE(talk.asks(desk) == 202);
      REQUIRE(talk.told() == "pending");
      while (!talk.unasked()) REQUIRE(talk.asked() == kSubscribe);
    } else {
      last = talk.told();
    }
  }
  CHECK(last == "terminated;reason=giveup");
  CHECK(talk.durable().grants.empty());
  CHECK(talk.unasked());
  talk.says(Presence::SUBSCRIBED);
  CHECK(talk->size() == 0);
}

TEST_CASE("an authorization nobody uses ends after a while", "[notifications]") {
  const auto days = GENERATE(90, 0);
  Talk talk({.forget_after = absl::Hours(24 * days)});
  Phone desk;
  talk.active(desk);
  talk.asks(desk, "0");
  talk.told();
  CHECK(talk.asked() == kLeave);
  talk.world.pass(24h * 89);
  CHECK(talk.unasked());
  talk.world.pass(24h * 2);
  if (days == 0) {
    CHECK(talk.unasked());
    return;
  }
  CHECK(talk.asked() == kWithdraw);
  CHECK(talk.durable().grants.empty());
  talk.world.pass(600s);
  CHECK(talk->authorizations().empty());
}

TEST_CASE("the operator takes an authorization back", "[notifications]") {
  Talk talk;
  Phone desk;
  talk.active(desk);
  CHECK_FALSE(talk->forget("alice@contoso.example", "carol@fabrikam.example"));
  CHECK(talk->forget("alice@contoso.example", "bob@fabrikam.example"));
  CHECK(talk.told() == "terminated;reason=rejected");
  CHECK(talk.asked() == kWithdraw);
  CHECK(talk.unasked());
  CHECK(talk.durable().grants.empty());
  CHECK(talk.durable().subscriptions.empty());
  CHECK_FALSE(talk->forget("alice@contoso.example", "bob@fabrikam.example"));
}

TEST_CASE("the operator sees pairs and their dialogs", "[notifications]") {
  Talk talk;
  Phone desk, other{"other", "sip:carol@contoso.example"};
  talk.active(desk);
  talk.asks(other);
  const auto all = talk->authorizations();
  REQUIRE(all.size() == 2);
  CHECK(all[0].local == "alice@contoso.example");
  CHECK(all[0].remote == "bob@fabrikam.example");
  CHECK(all[0].state == Pair::State::granted);
  REQUIRE(all[0].dialogs.size() == 1);
  CHECK(all[0].dialogs[0].remote_target == "sip:desk@10.0.0.9:5060");
  CHECK(all[1].local == "carol@contoso.example");
  CHECK(all[1].state == Pair::State::asked);
}

TEST_CASE("who may not watch any more is told so; the authorization stays", "[notifications]") {
  Talk talk;
  Phone desk;
  talk.active(desk);
  talk->policy_changed();
  CHECK(talk.quiet());
  auto rules = open_rules();
  rules.global.enable_xmpp_access = false;
  talk.policy.replace(std::make_shared<policy::Policy>(rules));
  talk->policy_changed();
  CHECK(talk.told() == "terminated;reason=rejected");
  CHECK(talk.asks(desk) == 481);
  Phone cell{"cell"};
  CHECK(talk.asks(cell) == 403);
  CHECK(talk.durable().grants.size() == 1);
}

// --- Refusals

TEST_CASE("who and what is refused", "[notifications]") {
  struct Row {
    std::string what, user, watched;
    std::vector<sip::Header> headers;
    int status;
  };
  const std::string alice = "sip:alice@contoso.example", bob = "sip:bob@fabrikam.example";
  const auto row = GENERATE_COPY(values<Row>({
      {"T23: a stranger", "sip:eve@elsewhere.example", bob, {}, 403},
      {"T13: one of our own", alice, "sip:carol@contoso.example", {}, 482},
      {"T13: from the other side to the other side", bob, "sip:carol@fabrikam.example", {}, 403},
      {"no partner", alice, "sip:bob@elsewhere.example", {}, 404},
      {"sips", alice, "sips:bob@fabrikam.example", {}, 416},
      {"no URI", alice, "bob", {}, 416},
      {"another event", alice, bob, {{"Event", "dialog"}}, 489},
      {"another format", alice, bob, {{"Accept", "text/plain"}}, 406},
      {"too short", alice, bob, {{"Expires", "10"}}, 423},
      {"a Contact that is none", alice, bob, {{"Contact", "<mailto:a@b>"}}, 400},
      {"a Contact as long as a book",
       alice,
       bob,
       {{"Contact", "<sip:" + std::string(4000, 'x') + "@10.0.0.9>"}},
       400},
  }));
  INFO(row.what);
  Talk talk;
  Phone phone{"phone", row.user, row.watched};
  const auto answer = talk.subscribe(phone, row.headers);
  if (row.what == "no URI") {
    CHECK(answer->status / 100 == 4);
  } else {
    CHECK(answer->status == row.status);
  }
  CHECK(talk.quiet());
  CHECK(talk.unasked());
  CHECK(talk.world.written_rows.empty());
  CHECK(talk->authorizations().empty());
  CHECK(talk.contacts.size() == 0);
}

TEST_CASE("a dialog nobody knows, and one out of order", "[notifications]") {
  Talk talk;
  Phone desk;
  desk.in_dialog = true;
  CHECK(talk.asks(desk) == 481);
  desk = Phone();
  talk.active(desk);
  desk.cseq = 0;
  CHECK(talk.asks(desk) == 500);
  CHECK(talk.asks(desk, "0") == 200);
  CHECK(talk.told() == "terminated;reason=timeout [ closed]");
  CHECK(talk.asks(desk) == 481);
}

TEST_CASE("the same dialog twice is one", "[notifications]") {
  Talk talk;
  Phone desk, fork;
  CHECK(talk.asks(desk) == 202);
  CHECK(talk.asks(fork) == 482);
  CHECK(talk->size() == 1);
}

TEST_CASE("there are bounds", "[notifications]") {
  struct Row {
    std::string what;
    Notifications::Limits limits;
    int status;
  };
  const auto row = GENERATE(values<Row>({
      {"subscriptions", {.subscriptions = 2}, 480},
      {"of one user", {.subscriptions_per_user = 2}, 480},
      {"asked", {.asked = 2}, 480},
      {"asked by one user", {.asked_per_user = 2}, 480},
      {"asked of one domain", {.asked_per_domain = 2}, 480},
  }));
  INFO(row.what);
  Talk talk(row.limits);
  int number = 0;
  const auto next = [&] {
    const std::string name = "u" + std::to_string(++number);
    return Phone{name, "sip:alice@contoso.example", "sip:" + name + "@fabrikam.example"};
  };
  Phone one = next(), two = next(), three = next();
  CHECK(talk.asks(one) == 202);
  CHECK(talk.asks(two) == 202);
  const auto answer = talk.subscribe(three);
  CHECK(answer->status == row.status);
  CHECK_FALSE(answer->header("Retry-After").empty());
  CHECK(talk->size() == 2);
  talk.told();
  talk.told();
  CHECK(talk.quiet());
  // Room is made by those who go, or by the one who was asked.
  v1::Stanza granted = stanza_of("u1@fabrikam.example", "alice@contoso.example");
  granted.mutable_presence()->set_type(Presence::SUBSCRIBED);
  talk.hears(granted);
  talk.told();
  CHECK(talk.asks(one, "0") == 200);
  talk.told();
  three.cseq = 0;
  CHECK(talk.asks(three) == 202);
}

TEST_CASE("grants that nobody uses and single looks have a bound", "[notifications]") {
  Talk talk({.pairs = 1});
  Phone desk;
  talk.active(desk);
  CHECK(talk.asks(desk, "0") == 200);
  talk.told();
  Phone other{"other", "sip:alice@contoso.example", "sip:carol@fabrikam.example"};
  CHECK(talk.asks(other) == 480);
  CHECK(talk.asks(other, "0") == 480);
  Phone cell{"cell"};
  CHECK(talk.asks(cell) == 200);  // what is known already needs no room
}

TEST_CASE("T13: a request that comes back as a subscription makes no second one",
          "[notifications]") {
  Talk talk;
  std::vector<Phone> phones(20);
  int requests = 0;
  for (std::size_t i = 0; i < phones.size(); ++i) {
    phones[i].name = "hop" + std::to_string(i);
    if (talk.asks(phones[i]) / 100 != 2) break;
    talk.told();
    if (talk.unasked()) break;
    CHECK(talk.asked() == kSubscribe);
    ++requests;
  }
  CHECK(requests == 1);
  // And what is said to the gateway's own words is no reason to speak.
  for (const auto type : {Presence::SUBSCRIBE, Presence::UNSUBSCRIBE, Presence::PROBE}) {
    talk.says(type);
    CHECK(talk.quiet());
    CHECK(talk.unasked());
  }
}

// --- The database

TEST_CASE("nothing is promised before it is durable", "[notifications]") {
  Talk talk;
  Phone desk;
  talk.world.slow_database = true;
  const auto answer = talk.subscribe(desk);
  CHECK(answer->status == 0);
  CHECK(talk.quiet());
  CHECK(talk.unasked());
  const auto rows = talk.durable();
  REQUIRE(rows.subscriptions.size() == 1);
  REQUIRE(rows.grants.size() == 1);
  CHECK(rows.grants[0].state == store::Grant::State::asked);
  REQUIRE(talk.world.unwritten.size() == 1);
  talk.world.unwritten.front()(absl::OkStatus());
  CHECK(answer->status == 202);
  CHECK(talk.told() == "pending");
  CHECK(talk.asked() == kSubscribe);
}

TEST_CASE("contacts are made by subscriptions", "[notifications]") {
  Talk talk;
  Phone desk, look{"look", "sip:alice@contoso.example", "sip:carol@fabrikam.example"};
  CHECK(talk.asks(look, "0") == 202);
  CHECK(talk.contacts.size() == 0);
  CHECK(talk.asked() == kProbe);
  talk.pending(desk);
  CHECK(talk.contacts.knows("alice@contoso.example", "bob@fabrikam.example"));
  std::size_t contacts = 0;
  for (const auto& change : talk.world.written_rows)
    contacts += std::holds_alternative<store::Contact>(change.row);
  CHECK(contacts == 1);
}

TEST_CASE("T12: without a database a subscription is refused for a while, and leaves nothing",
          "[notifications]") {
  Talk talk;
  Phone desk;
  talk.world.database_away = true;
  const auto answer = talk.subscribe(desk);
  CHECK(answer->status == 500);
  CHECK(answer->header("Retry-After") == "30");
  CHECK(talk.quiet());
  CHECK(talk.unasked());
  CHECK(talk->size() == 0);
  CHECK(talk->authorizations().empty());
  CHECK(talk.contacts.size() == 0);
  talk.world.database_away = false;
  desk = Phone();
  talk.active(desk);
}

TEST_CASE("without a database a subscription goes on, ends, and is not refreshed",
          "[notifications]") {
  Talk talk;
  Phone desk;
  talk.active(desk);
  talk.world.database_away = true;
  const auto answer = talk.subscribe(desk, {{"Expires", "3600"}});
  CHECK(answer->status == 500);
  CHECK(talk.quiet());
  talk.says(Presence::AVAILABLE, "pc", Presence::DND);
  CHECK(talk.told() == "active [pc open dnd]");
  talk.world.database_away = false;
  CHECK(talk.asks(desk) == 200);
  CHECK(talk.told() == "active [pc open dnd]");
  talk.world.database_away = true;
  CHECK(talk.asks(desk, "0") == 200);
  CHECK(talk.told() == "terminated;reason=timeout [ closed]");
}

TEST_CASE("subscribed is taken when it is durable, and not lost when it cannot be",
          "[notifications]") {
  Talk talk;
  Phone desk;
  talk.pending(desk);
  SECTION("slow") {
    talk.world.slow_database = true;
    talk.says(Presence::SUBSCRIBED);
    CHECK_FALSE(talk.outcomes->settled(talk.delivered));
    CHECK(talk.told() == "active");
    talk.world.unwritten.front()(absl::OkStatus());
    CHECK(talk.outcomes->taken(talk.delivered));
    CHECK(talk.durable().grants[0].state == store::Grant::State::granted);
  }
  SECTION("away: the next life asks again") {
    talk.world.database_away = true;
    talk.says(Presence::SUBSCRIBED);
    CHECK(talk.told() == "active");
    talk.world.database_away = false;
    talk.world.waiting_rows.clear();
    talk.restart();
    talk.world.pass(1s);
    CHECK(talk.asked() == kSubscribe);
    talk.says(Presence::SUBSCRIBED);
    CHECK(talk.told() == "active");
    CHECK(talk.durable().grants[0].state == store::Grant::State::granted);
  }
}

TEST_CASE("unsubscribed is taken when it is durable, and what came before does not undo it",
          "[notifications]") {
  Talk talk;
  Phone desk;
  talk.pending(desk);
  talk.world.slow_database = true;
  talk.says(Presence::SUBSCRIBED);
  const auto subscribed = talk.delivered;
  CHECK(talk.told() == "active");
  talk.says(Presence::UNSUBSCRIBED);
  CHECK(talk.told() == "terminated;reason=rejected");
  CHECK_FALSE(talk.outcomes->settled(talk.delivered));
  REQUIRE(talk.world.unwritten.size() == 2);
  const absl::Status away = absl::UnavailableError("the database is away");
  talk.world.unwritten[0](away);
  CHECK(talk.outcomes->taken(subscribed));
  CHECK(talk.durable().grants.empty());
  SECTION("durable") { talk.world.unwritten[1](absl::OkStatus()); }
  SECTION("not yet") {
    talk.world.written_rows.clear();
    talk.world.unwritten[1](away);
    REQUIRE(talk.world.written_rows.size() == 1);
    CHECK(talk.world.written_rows[0].remove);
  }
  CHECK(talk.outcomes->taken(talk.delivered));
}

TEST_CASE("who is refused before the row is written is told after it", "[notifications]") {
  Talk talk;
  Phone desk;
  talk.world.slow_database = true;
  const auto answer = talk.subscribe(desk);
  talk.says(Presence::UNSUBSCRIBED);
  CHECK(answer->status == 0);
  CHECK(talk.quiet());
  talk.world.slow_database = false;
  talk.world.unwritten.front()(absl::OkStatus());
  CHECK(answer->status == 202);
  CHECK(talk.told() == "terminated;reason=rejected");
  CHECK(talk.unasked());
  CHECK(talk.durable().grants.empty());
  CHECK(talk.durable().subscriptions.empty());
  CHECK(talk->size() == 0);
}

// --- Peers

TEST_CASE("errors of the XMPP side", "[notifications]") {
  Talk talk;
  Phone desk;
  talk.pending(desk);
  talk.says(Presence::SUBSCRIBED);
  talk.told();
  const World::Submission probe = talk.world.next_submission();
  v1::Stanza error = stanza_of("bob@fabrikam.example", "alice@contoso.example");
  error.mutable_presence()->set_type(Presence::ERROR);
  error.set_id(probe.stanza.id());
  CHECK(probe.stanza.id().starts_with(talk.world.life() + "-"));
  SECTION("nobody of that name") {
    *error.mutable_error() = stanza::error(v1::ITEM_NOT_FOUND);
    CHECK(talk->asked(error));
    talk.hears(error);
    CHECK(talk.told() == "terminated;reason=noresource");
    CHECK(talk.durable().grants.empty());
    Phone again{"again"};
    CHECK(talk.asks(again) == 404);
  }
  SECTION("anything else is offline") {
    *error.mutable_error() = stanza::error(v1::SERVICE_UNAVAILABLE);
    talk.hears(error);
    talk.world.pass(5s);
    CHECK(talk.told() == "active [ closed]");
    CHECK(talk.durable().grants.size() == 1);
  }
  SECTION("not to a question of ours") {
    *error.mutable_error() = stanza::error(v1::ITEM_NOT_FOUND);
    error.set_id("0000000000000000-n1-1");
    CHECK_FALSE(talk->asked(error));
    talk.hears(error);
    talk.world.pass(5s);
    CHECK(talk.quiet());
  }
  CHECK(talk.unasked());
}

TEST_CASE("a peer that cannot be reached: offline after a minute, asked again on return",
          "[notifications]") {
  Talk talk;
  Phone desk, other{"other", "sip:carol@contoso.example"};
  talk.active(desk);
  REQUIRE(talk.asks(other) == 202);
  talk.told();
  talk.asked();
  v1::StreamEvent event;
  event.set_remote_domain("fabrikam.example");
  event.set_local_domain("contoso.example");
  event.set_direction(v1::StreamEvent::OUTBOUND);
  SECTION("a stream that ended is no loss") {
    event.set_kind(v1::StreamEvent::CLOSED);
    talk->stream_event(event);
    talk.world.pass(300s);
    CHECK(talk.quiet());
    CHECK(talk.unasked());
    return;
  }
  event.set_kind(v1::StreamEvent::FAILED);
  talk->stream_event(event);
  talk->stream_event(event);
  talk.world.pass(59s);
  CHECK(talk.quiet());
  // One for all tries the way.
  REQUIRE(talk.world.submissions.size() == 1);
  talk.world.next_submission().settled(stanza::error(v1::REMOTE_SERVER_TIMEOUT));
  talk.world.pass(2s);
  CHECK(talk.told() == "active [ closed]");
  CHECK(talk.quiet());  // who waits is not told anything of it
  CHECK(talk.asks(desk) == 200);
  CHECK(talk.told() == "active [ closed]");
  talk.world.submissions.clear();

  talk.world.pass(1000s);
  CHECK_FALSE(talk.unasked());
  talk.world.submissions.clear();
  event.set_kind(v1::StreamEvent::ESTABLISHED);
  talk->stream_event(event);
  talk.world.pass(1s);
  std::vector<std::string> asked{talk.asked(), talk.asked()};
  std::ranges::sort(asked);
  CHECK(asked == std::vector<std::string>{kProbe, "SUBSCRIBE carol@contoso.example"});
  talk.says(Presence::AVAILABLE, "pc");
  CHECK(talk.told() == "active [pc open]");
}

TEST_CASE("a way that is closed for one of our domains is open for another", "[notifications]") {
  Talk talk;
  Phone desk, other{"other", "sip:carol@xn--wgv71a.example"};
  talk.active(desk);
  REQUIRE(talk.asks(other) == 202);
  talk.told();
  for (int minutes = 0; minutes < 20; ++minutes) {
    for (auto& submission : std::exchange(talk.world.submissions, {})) {
      REQUIRE(submission.stanza.from().local() == "carol");
      submission.settled(stanza::error(v1::REMOTE_SERVER_TIMEOUT));
    }
    talk.world.pass(60s);
    CHECK(talk.quiet());
  }
}

TEST_CASE("a short failure asks nobody but those whose question was lost", "[notifications]") {
  Talk talk;
  Phone desk, other{"other", "sip:carol@contoso.example"};
  talk.active(desk);
  REQUIRE(talk.asks(other) == 202);
  talk.told();
  talk.world.next_submission().settled(stanza::error(v1::REMOTE_SERVER_TIMEOUT));
  v1::StreamEvent event;
  event.set_local_domain("contoso.example");
  event.set_remote_domain("fabrikam.example");
  event.set_kind(v1::StreamEvent::ESTABLISHED);
  talk->stream_event(event);
  talk.world.pass(1s);
  CHECK(talk.asked() == "SUBSCRIBE carol@contoso.example");
  talk.world.pass(60s);
  CHECK(talk.unasked());
}

TEST_CASE("a request that could not be handed on is made again", "[notifications]") {
  Talk talk;
  Phone desk;
  REQUIRE(talk.asks(desk) == 202);
  talk.told();
  talk.world.next_submission().settled(stanza::error(v1::REMOTE_SERVER_TIMEOUT));
  talk.world.pass(20s);
  CHECK(talk.asked() == kSubscribe);
  talk.world.pass(1s);
  CHECK(talk.asked() == kSubscribe);  // the peer is back, and all are asked
  talk.world.pass(600s);
  CHECK(talk.unasked());
  talk.says(Presence::SUBSCRIBED);
  CHECK(talk.told() == "active");
}

TEST_CASE("after a loss a domain's users are asked in turn", "[notifications]") {
  Talk talk({.asked_per_second = 50});
  std::vector<Phone> phones;
  for (int i = 0; i < 100; ++i) {
    const std::string name = "u" + std::to_string(i);
    phones.push_back({name, "sip:" + name + "@contoso.example"});
  }
  for (Phone& phone : phones) talk.asks(phone);
  for (auto& submission : std::exchange(talk.world.submissions, {}))
    submission.settled(stanza::error(v1::REMOTE_SERVER_NOT_FOUND));
  talk.world.pass(20s);
  talk.asked();
  for (int second = 0; second < 2; ++second) {
    talk.world.pass(1s);
    CHECK(talk.world.submissions.size() == 50);
    talk.world.submissions.clear();
  }
  talk.world.pass(60s);
  CHECK(talk.unasked());
}

TEST_CASE("a gateway that is taken away says so", "[notifications]") {
  const bool for_good = GENERATE(false, true);
  Talk talk({.deactivate = for_good});
  Phone desk;
  talk.active(desk);
  talk->drain();
  if (for_good) {
    CHECK(talk.told() == "terminated;reason=deactivated");
    CHECK(talk.durable().subscriptions.empty());
    CHECK(talk.durable().grants.size() == 1);
  }
  talk.world.pass(4000s);
  CHECK(talk.quiet());
  CHECK(talk.unasked());
  Phone cell{"cell"};
  CHECK(talk.asks(cell) == 503);
}
