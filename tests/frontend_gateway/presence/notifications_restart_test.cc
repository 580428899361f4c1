// Another life of the process, made from the rows of the one before.

#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/frontend_gateway/presence/notifier/talk.h"

using namespace causeway;
using namespace causeway::gateway;
using namespace causeway::test;
using v1::Presence;

TEST_CASE("a watcher notices nothing of a restart", "[restart]") {
  Talk talk;
  Phone desk;
  talk.active(desk);
  talk.says(Presence::AVAILABLE, "pc", Presence::AWAY);
  const World::Request before = talk.world.next_request();
  talk.restart();
  CHECK(talk->size() == 1);
  CHECK(talk.quiet());
  talk.world.pass(1s);
  CHECK(talk.asked() == "PROBE alice@contoso.example");
  CHECK(talk.quiet());
  talk.says(Presence::AVAILABLE, "pc", Presence::DND);
  World::Request after = talk.world.next_request();
  CHECK(said_by(after.request) == "active [pc open dnd]");
  CHECK(after.request.cseq > before.request.cseq);
  CHECK(after.request.call_id == before.request.call_id);
  CHECK(after.request.from_tag == before.request.from_tag);
  CHECK(after.request.to_tag == before.request.to_tag);
  CHECK(after.request.request_uri == before.request.request_uri);
  after.answer(200);
  CHECK(talk.asks(desk) == 200);
  CHECK(talk.told() == "active [pc open dnd]");
  CHECK(talk.asks(desk, "0") == 200);
  CHECK(talk.told() == "terminated;reason=timeout [ closed]");
}

TEST_CASE("who went offline meanwhile is shown so, even if his server says nothing", "[restart]") {
  Talk talk;
  Phone desk;
  talk.active(desk);
  talk.restart();
  talk.world.pass(1s);
  talk.asked();
  talk.world.pass(31s);
  CHECK(talk.told() == "active [ closed]");
}

TEST_CASE("who was being asked is asked again, and the watcher waits on", "[restart]") {
  Talk talk;
  Phone desk;
  talk.pending(desk);
  talk.restart();
  talk.world.pass(1s);
  CHECK(talk.asked() == "SUBSCRIBE alice@contoso.example");
  CHECK(talk.asks(desk) == 202);
  CHECK(talk.told() == "pending");
  CHECK(talk.unasked());
  talk.says(Presence::SUBSCRIBED);
  CHECK(talk.told() == "active");
}

TEST_CASE("what ended or ends while nobody is there is over", "[restart]") {
  Talk talk;
  Phone desk;
  talk.active(desk);
  SECTION("by its time") {
    talk.notifications->drain();
    talk.world.pass(3700s);
    REQUIRE(talk.quiet());
    talk.restart();
    talk.world.pass(1s);
    CHECK(talk.told() == "terminated;reason=timeout");
    CHECK(talk->size() == 0);
  }
  SECTION("by the watcher") {
    talk.asks(desk, "0");
    talk.restart();
    CHECK(talk->size() == 0);
    CHECK(talk->authorizations().size() == 1);
    Phone cell{"cell"};
    CHECK(talk.asks(cell) == 200);
  }
  SECTION("at its time, as if nothing had happened") {
    talk.restart();
    talk.world.pass(1s);
    talk.asked();
    talk.says(Presence::AVAILABLE, "pc");
    talk.told();
    talk.world.pass(3700s);
    CHECK(talk.told() == "terminated;reason=timeout");
  }
}

TEST_CASE("who may not watch any more after a restart is told so, whatever she refreshes",
          "[restart]") {
  Talk talk;
  Phone desk;
  talk.active(desk);
  gateway::policy::Rules rules = open_rules();
  rules.global.enable_xmpp_access = false;
  talk.policy.replace(std::make_shared<gateway::policy::Policy>(rules));
  talk.restart();
  CHECK(talk.told() == "terminated;reason=rejected");
  CHECK(talk->size() == 0);
  CHECK(talk.asks(desk) == 481);
  CHECK(talk.durable().subscriptions.empty());
  CHECK(talk.durable().grants.size() == 1);
}

TEST_CASE("a row that cannot be read costs its dialog alone", "[restart]") {
  store::Subscription row{.id = "x",
                          .local = "alice@contoso.example",
                          .remote = "bob@fabrikam.example",
                          .dialog = "nonsense",
                          .event_id = "",
                          .expires = absl::FromUnixSeconds(1800000000)};
  Talk talk({}, {{}, {row}});
  CHECK(talk->size() == 0);
  Phone desk;
  talk.active(desk);
}

TEST_CASE("after a restart everybody is asked, each once, in turn", "[restart]") {
  Talk talk({.asked_per_second = 100});
  std::vector<Phone> phones;
  for (int i = 0; i < 500; ++i) {
    const std::string name = "u" + std::to_string(i);
    phones.push_back({name, "sip:" + name + "@contoso.example"});
  }
  for (Phone& phone : phones) {
    REQUIRE(talk.asks(phone) == 202);
    talk.told();
    talk.asked();
  }
  for (int restarts = 0; restarts < 2; ++restarts) {
    talk.restart();
    CHECK(talk->size() == 500);
    std::multiset<std::string> asked;
    for (int second = 0; second < 5; ++second) {
      talk.world.pass(1s);
      CHECK(talk.world.submissions.size() == 100);
      while (!talk.unasked()) asked.insert(talk.asked());
    }
    CHECK(std::set<std::string>(asked.begin(), asked.end()).size() == 500);
    talk.world.pass(60s);
    CHECK(talk.unasked());
  }
}
