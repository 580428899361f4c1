// How SUBSCRIBE, NOTIFY and presence pass through the gateway to SIP users who watch XMPP users.

#include "frontend_gateway/gateway/watching.h"

#include <catch2/catch.hpp>
#include <string>

#include "common/stanza/conditions.h"
#include "tests/frontend_gateway/gateway/stage.h"

using namespace causeway;
using namespace causeway::gateway;
using namespace causeway::test;
using namespace std::chrono_literals;
using v1::Presence;

namespace {

sip::IncomingRequest subscribe() {
  sip::IncomingRequest request =
      request_of("sip:alice@contoso.example", "sip:bob@fabrikam.example", "");
  request.method = "SUBSCRIBE";
  request.from_tag = "a";
  request.local_tag = "b";
  request.cseq = 1;
  request.headers = {{"Event", "presence"}, {"Contact", "<sip:alice@10.0.0.9>"}};
  return request;
}

v1::Stanza presence_of(Presence::Type type) {
  v1::Stanza stanza = stanza_of("bob@fabrikam.example", "alice@contoso.example");
  stanza.mutable_presence()->set_type(type);
  return stanza;
}

std::string state_of(const World::Request& request) {
  const auto state = translate::header(request.request.headers, "Subscription-State");
  return std::string(state.substr(0, state.find(';')));
}

}  // namespace

TEST_CASE("a SIP user watches an XMPP user through the gateway", "[gateway]") {
  Stage stage;
  stage.gateway.start();
  stage.request(subscribe());
  CHECK(stage.status() == 202);
  World::Request notify = stage.world.next_request();
  CHECK(notify.request.method == "NOTIFY");
  CHECK(state_of(notify) == "pending");
  CHECK_FALSE(stage.gateway.idle());
  notify.answer(200);
  CHECK(stage.gateway.idle());
  CHECK(stage.world.next_submission().stanza.presence().type() == Presence::SUBSCRIBE);

  CHECK(stage.outcomes->taken(stage.deliver(presence_of(Presence::SUBSCRIBED))));
  notify = stage.world.next_request();
  CHECK(state_of(notify) == "active");
  notify.answer(200);
  const World::Submission probe = stage.world.next_submission();
  CHECK(probe.stanza.presence().type() == Presence::PROBE);

  CHECK(stage.outcomes->taken(stage.deliver(presence_of(Presence::AVAILABLE))));
  notify = stage.world.next_request();
  CHECK(notify.request.content_type == "application/pidf+xml");
  notify.answer(200);
  CHECK(stage.outcomes->taken(stage.deliver(presence_of(Presence::UNAVAILABLE))));

  v1::Stanza error = presence_of(Presence::ERROR);
  error.set_id(probe.stanza.id());
  *error.mutable_error() = stanza::error(v1::ITEM_NOT_FOUND);
  CHECK(stage.outcomes->taken(stage.deliver(error)));
  CHECK(state_of(stage.world.next_request()) == "terminated");
}

TEST_CASE("T23: who is somebody else to his own server watches nobody", "[gateway]") {
  Stage stage;
  sip::IncomingRequest request = subscribe();
  request.headers.push_back({"P-Asserted-Identity", "<sip:mallory@contoso.example>"});
  stage.request(request);
  CHECK(stage.status() == 403);
  CHECK(stage.gateway.notifications().size() == 0);
}

TEST_CASE("what ends with a partner, and what a closed door keeps out", "[gateway]") {
  Stage stage;
  stage.gateway.start();
  stage.request(subscribe());
  stage.world.next_request().answer(200);
  SECTION("a partner who is removed") {
    config::Config config = test_config();
    config.partners.clear();
    stage.gateway.configure(
        std::make_shared<const policy::Policy>(policy::merge(config, {}).rules));
    CHECK(state_of(stage.world.next_request()) == "terminated");
  }
  SECTION("a door that is closed") {
    stage.gateway.close_doors();
    sip::IncomingRequest again = subscribe();
    again.call_id = "another";
    stage.request(again);
    CHECK(stage.status() == 503);
    const auto number = stage.deliver(presence_of(Presence::SUBSCRIBED));
    CHECK_FALSE(stage.outcomes->settled(number));
    CHECK(stage.world.requests.empty());
    CHECK(stage.gateway.idle());
  }
}

TEST_CASE("the rows of the database are served", "[gateway]") {
  Stage first;
  first.gateway.start();
  first.request(subscribe());
  store::Contents rows;
  for (const store::Change& change : first.world.written_rows) {
    if (const auto* row = std::get_if<store::Subscription>(&change.row))
      rows.subscriptions.push_back(*row);
    if (const auto* row = std::get_if<store::Grant>(&change.row)) rows.grants.push_back(*row);
  }
  REQUIRE(rows.subscriptions.size() == 1);
  World world;
  Gateway second(test_config(), world, rows);
  second.start();
  CHECK(second.notifications().size() == 1);
  world.pass(1s);
  CHECK(world.next_submission().stanza.presence().type() == Presence::SUBSCRIBE);
}

TEST_CASE("the settings of presence are those of the file", "[gateway]") {
  const presence::Notifications::Limits here, there = limits_of(config::Presence());
  CHECK(there.expiries.least == here.expiries.least);
  CHECK(there.expiries.most == here.expiries.most);
  CHECK(there.interval == here.interval);
  CHECK(there.peer_grace == here.peer_grace);
  CHECK(there.give_up_after == here.give_up_after);
  CHECK(there.forget_after == here.forget_after);
  CHECK(there.subscriptions == here.subscriptions);
  CHECK(there.subscriptions_per_user == here.subscriptions_per_user);
  CHECK(there.asked == here.asked);
  CHECK(there.asked_per_user == here.asked_per_user);
  CHECK(there.asked_per_domain == here.asked_per_domain);
  CHECK(there.asked_per_second == here.asked_per_second);
  CHECK(there.deactivate == here.deactivate);
}
