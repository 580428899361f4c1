#include "frontend_gateway/presence/watches.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/frontend_gateway/presence/subscriber/stage.h"

namespace causeway::test {
namespace {

using namespace std::chrono_literals;
using v1::Presence;
using State = Watch::State;
using Lines = std::vector<std::string>;

TEST_CASE("an XMPP user asks, the SIP side decides, and he sees") {
  WatchStage stage;
  const auto number = stage.says(Presence::SUBSCRIBE);
  CHECK(stage.outcomes->taken(number));
  REQUIRE(stage.rows().size() == 1);
  CHECK(stage.rows()[0].local == kBob);
  CHECK(stage.rows()[0].remote == kAnna);
  CHECK(stage.rows()[0].state == gateway::store::Watch::State::pending);

  Watched watched = stage.next();
  const gateway::sip::Request& request = watched.subscribe.request;
  CHECK(request.method == "SUBSCRIBE");
  CHECK(request.request_uri == "sip:bob@contoso.example");
  CHECK(request.from == "sip:anna@fabrikam.example");
  CHECK(request.to == "sip:bob@contoso.example");
  CHECK(request.contact);
  CHECK(request.to_tag.empty());
  CHECK(watched.header("Event") == "presence");
  CHECK(watched.header("Accept") == "application/pidf+xml");
  CHECK(watched.header("Expires") == "3600");
  CHECK(stage.in(State::trying) == 1);

  watched.answer(202, {{"Expires", "3600"}});
  CHECK(stage.in(State::pending) == 1);
  CHECK(stage.hears(watched, "pending;expires=3600") == 200);
  CHECK(stage.all_told().empty());  // RFC 8048 section 4.2: nothing until it is decided
  CHECK_FALSE(stage.watches.shows(kBob, kAnna));

  CHECK(stage.hears(watched, "active;expires=3600",
                    document({at("desk", Presence::DND), at("phone")})) == 200);
  CHECK(stage.all_told() == Lines{"subscribed bob@contoso.example", "dnd bob@contoso.example/desk",
                                  "bob@contoso.example/phone"});
  CHECK(stage.in(State::active) == 1);
  CHECK(stage.watches.shows(kBob, kAnna));
  CHECK(stage.rows()[0].state == gateway::store::Watch::State::active);
}

TEST_CASE("a NOTIFY that is faster than the 2xx makes the dialog") {
  WatchStage stage;
  Watched watched = stage.asked();
  CHECK(stage.hears(watched, "active;expires=600", document({at("desk")})) == 200);
  CHECK(stage.all_told().size() == 2);
  watched.accept("3600");
  CHECK(stage.in(State::active) == 1);
  // And its expires counts, not that of the 2xx.
  stage.world.pass(481s);
  REQUIRE(stage.world.requests.size() == 1);
  CHECK(stage.next().within());
}

TEST_CASE("one dialog for a SUBSCRIBE, however it forks") {
  WatchStage stage;
  Watched watched = stage.asked();
  auto fork = watched.notify("active;expires=3600", document({at("desk")}));
  fork.from_tag = "other";
  CHECK(stage.hears(watched, "pending;expires=3600") == 200);
  CHECK(stage.hears(fork) == 481);
  watched.accept();
  CHECK(stage.hears(fork) == 481);
  CHECK(stage.hears(watched, "active;expires=3600", document({at("desk")})) == 200);
  CHECK(stage.all_told().size() == 2);
}

TEST_CASE("a NOTIFY of no subscription is answered with 481") {
  WatchStage stage;
  Watched watched = stage.active();
  auto notify = watched.notify("active", document({at("x")}));
  const auto wrong = [&](auto change) {
    auto other = notify;
    change(other);
    return stage.hears(other);
  };
  CHECK(wrong([](auto& n) { n.call_id = "77@host"; }) == 481);
  CHECK(wrong([](auto& n) { n.call_id += "0"; }) == 481);
  CHECK(wrong([](auto& n) { n.to_tag = "guess"; }) == 481);
  CHECK(wrong([](auto& n) { n.to_tag.clear(); }) == 481);
  CHECK(wrong([](auto& n) { n.from_tag = "guess"; }) == 481);
  CHECK(wrong([](auto& n) { n.headers[0].value = "dialog"; }) == 489);
  CHECK(wrong([](auto& n) { n.headers[1].value = ""; }) == 400);
  CHECK(stage.all_told().empty());
  CHECK(stage.hears(notify) == 200);
}

TEST_CASE("the order of CSeq decides, not that of arrival") {
  WatchStage stage;
  Watched watched = stage.active();
  const auto early = watched.notify("active;expires=3000", document({at("desk", Presence::AWAY)}));
  const auto late = watched.notify("active;expires=3000", document({at("desk", Presence::DND)}));
  CHECK(stage.hears(late) == 200);
  CHECK(stage.hears(early) == 500);
  CHECK(stage.all_told() == Lines{"dnd bob@contoso.example/desk"});
}

TEST_CASE("what changes is told, and what vanishes is unavailable") {
  WatchStage stage;
  Watched watched = stage.active();
  stage.hears(watched, "active;expires=3500", document({at("desk"), at("phone", Presence::AWAY)}));
  CHECK(stage.all_told() == Lines{"away bob@contoso.example/phone"});
  stage.world.pass(2s);
  stage.hears(watched, "active;expires=3498", document({at("phone", Presence::AWAY)}));
  CHECK(stage.all_told() == Lines{"unavailable bob@contoso.example/desk"});
  stage.world.pass(2s);
  stage.hears(watched, "active;expires=3496", document({at("phone", Presence::AWAY)}));
  CHECK(stage.all_told().empty());
  pidf::Device gone{.resource = "phone"};
  gone.statuses = {{"", "bye"}};
  stage.hears(watched, "active;expires=3494", document({gone}));
  CHECK(stage.all_told() == Lines{"unavailable bob@contoso.example/phone (bye)"});
}

TEST_CASE("active without a document: nobody is there") {
  WatchStage stage;
  Watched watched = stage.asked();
  watched.accept();
  CHECK(stage.hears(watched, "active;expires=3600") == 200);
  CHECK(stage.all_told() ==
        Lines{"subscribed bob@contoso.example", "unavailable bob@contoso.example"});
  stage.world.pass(2s);
  stage.hears(watched, "active;expires=3598", document({at("desk")}));
  CHECK(stage.all_told() == Lines{"bob@contoso.example/desk"});
  stage.world.pass(2s);
  stage.hears(watched, "active;expires=3596");
  CHECK(stage.all_told() == Lines{"unavailable bob@contoso.example/desk"});
}

TEST_CASE("who flaps is told of at most once a second: the first at once, then the last") {
  WatchStage stage;
  Watched watched = stage.active();
  for (int i = 0; i < 20; ++i) {
    stage.hears(watched, "active;expires=3500",
                document({at("desk", i % 2 == 0 ? Presence::DND : Presence::AWAY)}));
    stage.world.pass(10ms);
  }
  CHECK(stage.all_told() == Lines{"dnd bob@contoso.example/desk"});
  stage.world.pass(1s);
  CHECK(stage.all_told() == Lines{"away bob@contoso.example/desk"});
  stage.world.pass(10s);
  CHECK(stage.all_told().empty());
  // Back where it was within the second: nothing has changed.
  stage.hears(watched, "active;expires=3500", document({at("desk", Presence::DND)}));
  stage.hears(watched, "active;expires=3500", document({at("desk", Presence::AWAY)}));
  stage.hears(watched, "active;expires=3500", document({at("desk", Presence::DND)}));
  stage.world.pass(2s);
  CHECK(stage.all_told() == Lines{"dnd bob@contoso.example/desk"});
}

TEST_CASE("T24, T26: a document that is not taken is refused, and nothing of it is told") {
  WatchStage stage;
  Watched watched = stage.active();
  CHECK(stage.hears(watched, "active;expires=3500",
                    document({at("x")}, "sip:alice@contoso.example")) == 403);
  CHECK(stage.hears(watched, "active;expires=3500",
                    "<!DOCTYPE p [<!ENTITY a 'ha'>]><presence>&a;</presence>") == 400);
  auto text = watched.notify("active;expires=3500", "hello");
  text.content_type = "text/plain";
  CHECK(stage.hears(text) == 415);
  CHECK(stage.all_told().empty());
  CHECK(stage.in(State::active) == 1);
  CHECK(stage.hears(watched, "active;expires=3500", document({at("y")})) == 200);
  CHECK(stage.all_told() == Lines{"bob@contoso.example/y", "unavailable bob@contoso.example/desk"});
}

TEST_CASE("a refresh comes in the dialog between a half and four fifths of the granted time") {
  WatchStage stage;
  Watched watched = stage.active();
  stage.world.pass(1797s);
  CHECK(stage.world.requests.empty());
  stage.world.pass(1082s);
  REQUIRE(stage.world.requests.size() == 1);
  Watched refresh = stage.next();
  CHECK(refresh.subscribe.request.call_id == watched.subscribe.request.call_id);
  CHECK(refresh.subscribe.request.to_tag == "pa");
  CHECK(refresh.subscribe.request.request_uri == "sip:pa@10.0.0.5:5060");
  CHECK(refresh.header("Expires") == "3600");
  refresh.accept("1000");
  CHECK(stage.all_told().empty());
  stage.world.pass(499s);
  CHECK(stage.world.requests.empty());
  stage.world.pass(302s);
  CHECK(stage.world.requests.size() == 1);
}

TEST_CASE("a notifier that shortens the time is heeded") {
  WatchStage stage;
  Watched watched = stage.active();
  stage.hears(watched, "active;expires=100", document({at("desk")}));
  stage.world.pass(81s);
  CHECK(stage.world.requests.size() == 1);
}

TEST_CASE("a probe is answered from what is known, to whom it asked") {
  WatchStage stage;
  Watched watched = stage.active();
  CHECK(stage.outcomes->taken(stage.says(Presence::PROBE, "anna@fabrikam.example/pc")));
  REQUIRE(stage.world.submissions.size() == 1);
  CHECK(stage.world.submissions.front().stanza.to().resource() == "pc");
  CHECK(stage.told() == "bob@contoso.example/desk");
  stage.hears(watched, "active;expires=3500");
  stage.all_told();
  stage.says(Presence::PROBE);
  CHECK(stage.told() == "unavailable bob@contoso.example");
  CHECK(stage.world.requests.empty());
}

TEST_CASE("a probe of whom nobody authorized gets unsubscribed, and one that waits gets nothing") {
  WatchStage stage;
  stage.says(Presence::PROBE);
  CHECK(stage.told() == "unsubscribed bob@contoso.example");
  Watched watched = stage.asked();
  stage.says(Presence::PROBE);
  CHECK(stage.told() == "");
  CHECK(stage.world.requests.empty());
}

TEST_CASE("subscribe again: who has it is told so, who waits goes on waiting") {
  WatchStage stage;
  Watched watched = stage.asked();
  CHECK(stage.outcomes->taken(stage.says(Presence::SUBSCRIBE)));
  CHECK(stage.world.requests.empty());
  CHECK(stage.told() == "");
  watched.accept();
  stage.hears(watched, "active;expires=3600", document({at("desk")}));
  stage.all_told();
  CHECK(stage.outcomes->taken(stage.says(Presence::SUBSCRIBE)));
  CHECK(stage.all_told() == Lines{"subscribed bob@contoso.example", "bob@contoso.example/desk"});
  CHECK(stage.world.requests.empty());
  CHECK(stage.watches.size() == 1);
}

TEST_CASE("unsubscribe: Expires 0 in the dialog, then unsubscribed") {
  WatchStage stage;
  Watched watched = stage.active();
  CHECK(stage.outcomes->taken(stage.says(Presence::UNSUBSCRIBE)));
  CHECK(stage.rows().empty());
  CHECK(stage.in(State::closing) == 1);
  CHECK(stage.told() == "");
  Watched goodbye = stage.next();
  CHECK(goodbye.within());
  CHECK(goodbye.header("Expires") == "0");
  goodbye.accept("0");
  CHECK(stage.all_told() ==
        Lines{"unavailable bob@contoso.example/desk", "unsubscribed bob@contoso.example"});
  CHECK(stage.watches.size() == 0);
  // Its last NOTIFY is welcome for a while.
  const auto last = watched.notify("terminated;reason=timeout");
  CHECK(stage.hears(last) == 200);
  stage.world.pass(60s);
  CHECK(stage.hears(last) == 481);
  CHECK(stage.outcomes->taken(stage.says(Presence::UNSUBSCRIBE)));
  CHECK(stage.told() == "");
}

TEST_CASE("unsubscribe before the SUBSCRIBE is answered, whatever the answer is") {
  for (const int status : {200, 403, 408, 503}) {
    INFO(status);
    WatchStage stage;
    Watched watched = stage.asked();
    CHECK(stage.outcomes->taken(stage.says(Presence::UNSUBSCRIBE)));
    CHECK(stage.world.requests.empty());
    watched.answer(status);
    if (status == 200) {
      Watched goodbye = stage.next();
      CHECK(goodbye.header("Expires") == "0");
      goodbye.answer(481);
    }
    CHECK(stage.all_told() == Lines{"unsubscribed bob@contoso.example"});
    CHECK(stage.watches.size() == 0);
    CHECK(stage.world.requests.empty());
  }
}

TEST_CASE(
    "subscribe while the end of the last one is under way: from the beginning, when it has ended") {
  WatchStage stage;
  Watched watched = stage.active();
  stage.says(Presence::UNSUBSCRIBE);
  Watched goodbye = stage.next();
  const auto again = stage.says(Presence::SUBSCRIBE);
  CHECK(stage.world.requests.empty());
  goodbye.accept("0");
  CHECK(stage.outcomes->taken(again));
  CHECK(stage.told() == "");
  REQUIRE(stage.rows().size() == 1);
  CHECK(stage.rows()[0].state == gateway::store::Watch::State::pending);
  Watched anew = stage.next();
  CHECK_FALSE(anew.within());
  CHECK(anew.subscribe.request.call_id != watched.subscribe.request.call_id);
  anew.accept();
  stage.hears(anew, "active;expires=3600", document({at("desk")}));
  CHECK(stage.all_told() == Lines{"subscribed bob@contoso.example", "bob@contoso.example/desk"});
}

TEST_CASE("subscribe and unsubscribe while the other's end is under way: gone in the end") {
  WatchStage stage;
  Watched watched = stage.active();
  stage.says(Presence::UNSUBSCRIBE);
  Watched goodbye = stage.next();
  const auto again = stage.says(Presence::SUBSCRIBE);
  CHECK(stage.outcomes->taken(stage.says(Presence::UNSUBSCRIBE)));
  CHECK(stage.outcomes->taken(again));
  goodbye.accept("0");
  CHECK(stage.all_told().back() == "unsubscribed bob@contoso.example");
  CHECK(stage.watches.size() == 0);
  CHECK(stage.rows().empty());
}

TEST_CASE("without a database nothing is begun or ended, and the sender is told") {
  WatchStage stage;
  stage.world.database_away = true;
  CHECK(stage.outcomes->refused(stage.says(Presence::SUBSCRIBE)) == v1::RESOURCE_CONSTRAINT);
  CHECK(stage.outcomes->by_number.at(1)->type() == v1::StanzaError::WAIT);
  CHECK(stage.world.requests.empty());
  CHECK(stage.watches.size() == 0);
  stage.world.database_away = false;
  Watched watched = stage.active();
  stage.world.database_away = true;
  CHECK(stage.outcomes->refused(stage.says(Presence::UNSUBSCRIBE)) == v1::RESOURCE_CONSTRAINT);
  CHECK(stage.world.requests.empty());
  CHECK(stage.hears(watched, "active;expires=3500", document({at("pc")})) == 200);
  CHECK(stage.all_told().size() == 2);  // what is known goes on
  stage.world.database_away = false;
  CHECK(stage.outcomes->taken(stage.says(Presence::UNSUBSCRIBE)));
  CHECK(stage.world.requests.size() == 1);
}

TEST_CASE("a slow database: nothing is sent and nothing taken before it has said so") {
  WatchStage stage;
  stage.world.slow_database = true;
  const auto one = stage.says(Presence::SUBSCRIBE);
  const auto two = stage.says(Presence::SUBSCRIBE);
  CHECK_FALSE(stage.outcomes->settled(one));
  CHECK(stage.world.requests.empty());
  CHECK(stage.in(State::storing) == 1);
  REQUIRE(stage.world.unwritten.size() == 1);
  stage.world.unwritten.front()(absl::OkStatus());
  CHECK(stage.outcomes->taken(one));
  CHECK(stage.outcomes->taken(two));
  CHECK(stage.world.requests.size() == 1);
}

TEST_CASE(
    "subscribe, unsubscribe and subscribe before any is durable: the last waits for its row") {
  WatchStage stage;
  stage.world.slow_database = true;
  stage.says(Presence::SUBSCRIBE);
  const auto unsubscribe = stage.says(Presence::UNSUBSCRIBE);
  const auto again = stage.says(Presence::SUBSCRIBE);
  REQUIRE(stage.world.unwritten.size() == 2);
  stage.world.unwritten[0](absl::OkStatus());
  CHECK_FALSE(stage.outcomes->settled(again));
  stage.world.unwritten[1](absl::OkStatus());
  CHECK(stage.outcomes->taken(unsubscribe));
  CHECK_FALSE(stage.outcomes->settled(again));
  REQUIRE(stage.world.unwritten.size() == 3);
  stage.world.unwritten[2](absl::OkStatus());
  CHECK(stage.outcomes->taken(again));
  CHECK(stage.world.requests.size() == 1);
}

TEST_CASE("unsubscribe while the row is being written") {
  WatchStage stage;
  stage.world.slow_database = true;
  const auto one = stage.says(Presence::SUBSCRIBE);
  const auto two = stage.says(Presence::UNSUBSCRIBE);
  REQUIRE(stage.world.unwritten.size() == 2);
  stage.world.unwritten[0](absl::OkStatus());
  CHECK(stage.outcomes->taken(one));
  CHECK(stage.world.requests.empty());
  stage.world.unwritten[1](absl::OkStatus());
  CHECK(stage.outcomes->taken(two));
  CHECK(stage.told() == "unsubscribed bob@contoso.example");
  CHECK(stage.watches.size() == 0);
}

TEST_CASE("limits on those whom nobody has authorized yet, by watcher and by domain") {
  WatchStage stage({.watches = 100, .pending_per_watcher = 2, .pending_per_domain = 3});
  const auto ask = [&](const std::string& from, const std::string& to) {
    return stage.says(Presence::SUBSCRIBE, from, to);
  };
  CHECK(stage.outcomes->taken(ask("a@fabrikam.example", "1@contoso.example")));
  CHECK(stage.outcomes->taken(ask("a@fabrikam.example", "2@contoso.example")));
  CHECK(stage.outcomes->refused(ask("a@fabrikam.example", "3@contoso.example")) ==
        v1::RESOURCE_CONSTRAINT);
  CHECK(stage.outcomes->taken(ask("b@fabrikam.example", "3@contoso.example")));
  CHECK(stage.outcomes->refused(ask("c@fabrikam.example", "3@contoso.example")) ==
        v1::RESOURCE_CONSTRAINT);
  Watched first = stage.next();
  first.accept();
  auto notify = first.notify("active;expires=3600");
  CHECK(stage.hears(notify) == 200);
  CHECK(stage.outcomes->taken(ask("a@fabrikam.example", "3@contoso.example")));
  CHECK(stage.world.requests.size() == 3);
}

TEST_CASE("limits on all, by watcher and by domain, whoever authorizes them") {
  WatchStage stage({.watches = 100, .watches_per_watcher = 2, .watches_per_domain = 3});
  const auto ask = [&](const std::string& from, const std::string& to) {
    return stage.says(Presence::SUBSCRIBE, from, to);
  };
  for (const char* to : {"1@contoso.example", "2@contoso.example"}) {
    CHECK(stage.outcomes->taken(ask("a@fabrikam.example", to)));
    Watched watched = stage.next();
    watched.accept();
    auto notify = watched.notify("active;expires=3600");
    CHECK(stage.hears(notify) == 200);
  }
  CHECK(stage.outcomes->refused(ask("a@fabrikam.example", "3@contoso.example")) ==
        v1::RESOURCE_CONSTRAINT);
  CHECK(stage.outcomes->taken(ask("b@fabrikam.example", "1@contoso.example")));
  CHECK(stage.outcomes->refused(ask("c@fabrikam.example", "1@contoso.example")) ==
        v1::RESOURCE_CONSTRAINT);
  CHECK(stage.watches.size() == 3);
}

TEST_CASE("who may not ask is told, and nothing is sent") {
  WatchStage stage;
  CHECK(stage.outcomes->refused(stage.says(Presence::SUBSCRIBE, "x@elsewhere.example")) ==
        v1::FORBIDDEN);
  CHECK(stage.outcomes->refused(stage.says(Presence::SUBSCRIBE, kAnna, "x@elsewhere.example")) ==
        v1::ITEM_NOT_FOUND);
  CHECK(stage.outcomes->refused(stage.says(Presence::SUBSCRIBE, kAnna, "contoso.example")) ==
        v1::SERVICE_UNAVAILABLE);
  CHECK(stage.outcomes->refused(stage.says(Presence::SUBSCRIBE, kAnna, "a\\20@contoso.example")) ==
        v1::JID_MALFORMED);
  CHECK(stage.world.requests.empty());
  CHECK(stage.watches.size() == 0);
}

gateway::policy::Rules rules_of(v1::PartnerType type) {
  gateway::policy::Rules rules = open_rules();
  rules.partners[0].set_type(type);
  return rules;
}
pidf::Device with_note(const std::string& note, Presence::Show show = {}) {
  pidf::Device device = at("desk", show);
  device.statuses = {{"", note}};
  return device;
}

TEST_CASE("notes never leave for a partner that is not Federated, nor do changes of notes") {
  WatchStage stage({}, {}, rules_of(v1::PUBLIC_VERIFIED));
  Watched watched = stage.asked();
  watched.accept();
  stage.hears(watched, "active;expires=3600", document({with_note("secret")}));
  CHECK(stage.all_told() == Lines{"subscribed bob@contoso.example", "bob@contoso.example/desk"});
  stage.world.pass(2s);
  stage.hears(watched, "active;expires=3598", document({with_note("other secret")}));
  CHECK(stage.all_told().empty());
  stage.world.pass(2s);
  stage.says(Presence::PROBE);
  CHECK(stage.all_told() == Lines{"bob@contoso.example/desk"});
  // Until the operator trusts it.
  stage.policy.replace(std::make_shared<gateway::policy::Policy>(rules_of(v1::FEDERATED)));
  stage.watches.policy_changed();
  CHECK(stage.all_told() == Lines{"bob@contoso.example/desk (other secret)"});
  stage.world.pass(2s);
  stage.policy.replace(std::make_shared<gateway::policy::Policy>(rules_of(v1::PUBLIC_VERIFIED)));
  stage.watches.policy_changed();
  CHECK(stage.all_told() == Lines{"bob@contoso.example/desk"});
}

TEST_CASE("a partner that is removed: quietly towards XMPP, Expires 0 towards SIP") {
  WatchStage stage;
  Watched watched = stage.active();
  gateway::policy::Rules rules = open_rules();
  rules.partners.clear();
  stage.policy.replace(std::make_shared<gateway::policy::Policy>(rules));
  stage.watches.policy_changed();
  Watched goodbye = stage.next();
  CHECK(goodbye.header("Expires") == "0");
  goodbye.accept("0");
  CHECK(stage.all_told().empty());
  CHECK(stage.watches.size() == 0);
  CHECK(stage.rows().empty());
}

TEST_CASE("a SIP user who loses access: the watcher is told") {
  WatchStage stage;
  Watched watched = stage.active();
  gateway::policy::Rules rules = open_rules();
  rules.global.enable_xmpp_access = false;
  stage.policy.replace(std::make_shared<gateway::policy::Policy>(rules));
  stage.watches.policy_changed();
  stage.next().accept("0");
  CHECK(stage.all_told() ==
        Lines{"unavailable bob@contoso.example/desk", "unsubscribed bob@contoso.example"});
  CHECK(stage.rows().empty());
}

TEST_CASE("what could not be handed on is told again with the next NOTIFY") {
  WatchStage stage;
  Watched watched = stage.active();
  stage.hears(watched, "active;expires=3500", document({at("desk", Presence::DND)}));
  stage.world.next_submission().settled(v1::StanzaError());
  stage.world.pass(5s);
  CHECK(stage.all_told().empty());
  stage.hears(watched, "active;expires=3495", document({at("desk", Presence::DND)}));
  CHECK(stage.all_told() == Lines{"dnd bob@contoso.example/desk"});
}

TEST_CASE("subscribed that could not be handed on is said again with the next NOTIFY") {
  WatchStage stage;
  Watched watched = stage.asked();
  watched.accept();
  stage.hears(watched, "active;expires=3600", document({at("desk")}));
  stage.world.next_submission().settled(v1::StanzaError());
  stage.all_told();
  stage.hears(watched, "active;expires=3599", document({at("desk")}));
  CHECK(stage.all_told() == Lines{"subscribed bob@contoso.example", "bob@contoso.example/desk"});
}

}  // namespace
}  // namespace causeway::test
