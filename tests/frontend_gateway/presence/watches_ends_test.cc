// How subscriptions end, and what the watcher hears of it.

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

const Lines kGoodbye{"unavailable bob@contoso.example/desk", "unsubscribed bob@contoso.example"};
const Lines kGone{"unavailable bob@contoso.example/desk"};

// The time until the next SUBSCRIBE, which is out of any dialog; a day for none.
std::chrono::seconds until_next(WatchStage& stage) {
  for (std::chrono::seconds passed{0}; passed < 24h; passed += 1s) {
    if (!stage.world.requests.empty()) {
      CHECK(stage.world.requests.front().request.to_tag.empty());
      return passed;
    }
    stage.world.pass(1s);
  }
  return 24h;
}

TEST_CASE("T19: terminated for each reason, of a watcher who sees") {
  const struct {
    const char* state;
    Lines told;
    std::size_t watches;
    std::chrono::seconds least, most;  // until the next SUBSCRIBE
    Lines told_by_then;
  } rows[] = {
      {"terminated;reason=deactivated", {}, 1, 0s, 1s, {}},
      {"terminated;reason=probation", kGone, 1, 60s, 75s, {}},
      {"terminated;reason=probation;retry-after=600", kGone, 1, 599s, 660s, {}},
      {"terminated;reason=rejected", kGoodbye, 0, 24h, 24h, {}},
      {"terminated;reason=timeout", kGone, 1, 0s, 1s, {}},
      {"terminated;reason=giveup", {}, 1, 4h, 4h + 1s, {}},
      {"terminated;reason=giveup;retry-after=300", {}, 1, 300s, 301s, {}},
      {"terminated;reason=noresource", kGoodbye, 0, 24h, 24h, {}},
      {"terminated;reason=invariant", {}, 1, 24h, 24h, {}},
      {"terminated;reason=maintenance", kGone, 1, 20s, 40s, {}},
      {"terminated", kGone, 1, 20s, 40s, {}},
  };
  for (const auto& row : rows) {
    INFO(row.state);
    WatchStage stage;
    Watched watched = stage.active();
    stage.world.pass(60s);
    CHECK(stage.hears(watched, row.state) == 200);
    CHECK(stage.all_told() == row.told);
    CHECK(stage.watches.size() == row.watches);
    CHECK(stage.rows().size() == row.watches);
    const auto after = until_next(stage);
    CHECK(after >= row.least);
    CHECK(after <= row.most);
    CHECK(stage.all_told() == row.told_by_then);
    if (row.watches == 0 || after == 24h) continue;
    // The authorization was kept: he sees again without being asked.
    CHECK(stage.rows()[0].state == gateway::store::Watch::State::active);
    Watched anew = stage.next();
    CHECK(anew.subscribe.request.call_id != watched.subscribe.request.call_id);
    anew.accept();
    stage.hears(anew, "active;expires=3600", document({at("desk")}));
    const bool kept = row.told.empty();
    CHECK(stage.all_told() == (kept ? Lines{} : Lines{"bob@contoso.example/desk"}));
  }
}

TEST_CASE("T19: terminated for each reason, of a watcher whom nobody has authorized") {
  const std::pair<const char*, Lines> rows[] = {
      {"terminated;reason=deactivated", {}},
      {"terminated;reason=probation", {}},
      {"terminated;reason=rejected", {"unsubscribed bob@contoso.example"}},
      {"terminated;reason=timeout", {}},
      {"terminated;reason=giveup", {}},
      {"terminated;reason=noresource", {"unsubscribed bob@contoso.example"}},
      {"terminated;reason=other", {}},
  };
  for (const auto& [state, told] : rows) {
    INFO(state);
    WatchStage stage;
    Watched watched = stage.asked();
    watched.accept();
    stage.hears(watched, "pending;expires=3600");
    CHECK(stage.hears(watched, state) == 200);
    stage.world.pass(35s);
    CHECK(stage.all_told() == told);
  }
}

TEST_CASE("T19: deactivated, and no other server takes over: unavailable after half a minute") {
  WatchStage stage;
  Watched watched = stage.active();
  stage.world.pass(60s);
  stage.hears(watched, "terminated;reason=deactivated");
  stage.world.pass(29s);
  CHECK(stage.all_told().empty());
  stage.world.pass(2s);
  CHECK(stage.all_told() == kGone);
}

TEST_CASE("T19: a server that ends every subscription at once is not asked in a circle") {
  WatchStage stage;
  Watched watched = stage.active();
  int asked = 0;
  stage.hears(watched, "terminated;reason=timeout");
  for (int second = 0; second < 3600; ++second) {
    stage.world.pass(1s);
    if (stage.world.requests.empty()) continue;
    ++asked;
    Watched next = stage.next();
    next.accept();
    stage.hears(next, "active;expires=3600", document({at("desk")}));
    stage.hears(next, "terminated;reason=timeout");
  }
  CHECK(asked > 10);
  CHECK(asked <= 170);  // once in some 22 seconds at most
}

TEST_CASE("T19: invariant is known for good, and a probe gets it") {
  WatchStage stage;
  Watched watched = stage.active();
  stage.hears(watched, "terminated;reason=invariant", document({at("desk", Presence::XA)}));
  CHECK(stage.all_told() == Lines{"xa bob@contoso.example/desk"});
  stage.world.pass(24h);
  CHECK(stage.world.requests.empty());
  stage.says(Presence::PROBE);
  CHECK(stage.all_told() == Lines{"xa bob@contoso.example/desk"});
  stage.says(Presence::UNSUBSCRIBE);
  CHECK(stage.all_told() == kGoodbye);
  CHECK(stage.world.requests.empty());
}

TEST_CASE("refusals for good of a SUBSCRIBE and of a refresh") {
  for (const int status : {403, 489, 603}) {
    INFO(status);
    {
      WatchStage stage;
      stage.asked().answer(status);
      CHECK(stage.all_told() == Lines{"unsubscribed bob@contoso.example"});
      CHECK(stage.watches.size() == 0);
      CHECK(stage.rows().empty());
      stage.world.pass(24h);
      CHECK(stage.world.requests.empty());
    }
    WatchStage stage;
    stage.active();
    stage.world.pass(3000s);
    stage.next().answer(status);
    CHECK(stage.all_told() == kGoodbye);
    CHECK(stage.rows().empty());
  }
}

TEST_CASE(
    "failures of a SUBSCRIBE: 30 s, a minute, two ... half an hour, and the authorization stays") {
  for (const int status : {302, 400, 401, 405, 407, 408, 480, 486, 500, 503, 600}) {
    INFO(status);
    WatchStage stage;
    Watched watched = stage.asked();
    std::chrono::seconds pause = 30s;
    for (int i = 0; i < 9; ++i) {
      watched.answer(status);
      CHECK(stage.in(State::backoff) == 1);
      CHECK(stage.all_told().empty());
      const auto after = until_next(stage);
      CHECK(after >= pause * 3 / 4);
      CHECK(after <= pause * 5 / 4 + 2s);
      pause = std::min<std::chrono::seconds>(2 * pause, 1800s);
      watched = stage.next();
    }
    watched.accept();
    stage.hears(watched, "active;expires=3600", document({at("desk")}));
    CHECK(stage.all_told().size() == 2);
  }
}

TEST_CASE("Retry-After is heeded, and a probe does not go past it") {
  WatchStage stage;
  stage.asked().answer(503, {{"Retry-After", "900"}});
  stage.says(Presence::PROBE);
  stage.says(Presence::SUBSCRIBE);
  const auto after = until_next(stage);
  CHECK(after >= 899s);
  CHECK(after <= 902s);
}

TEST_CASE(
    "a refresh that fails is tried again while the subscription stands, and told when it does "
    "not") {
  WatchStage stage;
  Watched watched = stage.active();
  stage.world.pass(2879s);
  REQUIRE(stage.world.requests.size() == 1);
  std::size_t tries = 0;
  while (stage.in(State::active) == 1) {
    if (stage.world.requests.empty()) {
      stage.world.pass(1s);
      continue;
    }
    Watched refresh = stage.next();
    CHECK(refresh.within());
    CHECK(stage.all_told().empty());
    refresh.answer(503);
    ++tries;
  }
  CHECK(tries >= 3);
  CHECK(stage.world.clock().time_since_epoch() <= 3602s);
  CHECK(stage.all_told() == kGone);
  stage.world.pass(1h);
  CHECK(stage.all_told().empty());  // once
  CHECK_FALSE(stage.next().within());
}

TEST_CASE("a refresh that fails and then does not: nobody hears of it") {
  WatchStage stage;
  Watched watched = stage.active();
  stage.world.pass(2879s);
  stage.next().answer(408);
  stage.world.pass(40s);
  Watched refresh = stage.next();
  CHECK(refresh.within());
  refresh.accept();
  stage.world.pass(1000s);
  CHECK(stage.in(State::active) == 1);
  CHECK(stage.all_told().empty());
}

TEST_CASE("480 to a refresh: unavailable once, then back-off") {
  WatchStage stage;
  stage.active();
  stage.world.pass(2879s);
  stage.next().answer(480);
  CHECK(stage.all_told() == kGone);
  CHECK(until_next(stage) >= 22s);
  stage.next().answer(480);
  CHECK(stage.all_told().empty());
  stage.says(Presence::PROBE);
  CHECK(stage.all_told() == Lines{"unavailable bob@contoso.example"});
}

TEST_CASE("481 to a refresh: a new dialog at once, and the authorization stays") {
  WatchStage stage;
  Watched watched = stage.active();
  stage.world.pass(2879s);
  stage.next().answer(481);
  stage.world.pass(1s);
  Watched anew = stage.next();
  CHECK_FALSE(anew.within());
  CHECK(anew.subscribe.request.call_id != watched.subscribe.request.call_id);
  CHECK(anew.subscribe.request.from_tag != watched.subscribe.request.from_tag);
  CHECK(stage.hears(watched, "active;expires=9", document({at("x")})) == 481);
  anew.accept();
  stage.hears(anew, "active;expires=3600", document({at("desk")}));
  stage.world.pass(60s);
  CHECK(stage.all_told().empty());
}

TEST_CASE("423: once more with Min-Expires, out of a dialog and within") {
  WatchStage stage;
  stage.asked().answer(423, {{"Min-Expires", "7200"}});
  Watched longer = stage.next();
  CHECK(longer.header("Expires") == "7200");
  longer.answer(423, {{"Min-Expires", "7200"}});  // it has no idea
  CHECK(stage.in(State::backoff) == 1);
  CHECK(until_next(stage) >= 22s);
  Watched again = stage.next();
  CHECK(again.header("Expires") == "7200");
  again.accept("100");
  stage.hears(again, "active;expires=100");
  stage.world.pass(81s);
  stage.next().answer(423, {{"Min-Expires", "9000"}});
  Watched refresh = stage.next();
  CHECK(refresh.within());
  CHECK(refresh.header("Expires") == "9000");
  refresh.answer(423, {{"Min-Expires", "9999999"}});
  Watched longest = stage.next();
  CHECK(longest.header("Expires") == "86400");
  longest.answer(423, {{"Min-Expires", "9999999"}});
  CHECK(stage.in(State::backoff) == 1);
}

TEST_CASE("404: an error once to who waits, back-off, and after a week unsubscribed") {
  for (const int status : {404, 604}) {
    INFO(status);
    WatchStage stage;
    Watched watched = stage.asked();
    Lines told;
    for (int attempts = 0; stage.watches.size() == 1 && attempts < 1000; ++attempts) {
      watched.answer(status);
      for (const std::string& line : stage.all_told()) told.push_back(line);
      if (stage.watches.size() == 0) break;
      REQUIRE(until_next(stage) < 1h);
      watched = stage.next();
    }
    CHECK(told == Lines{"error bob@contoso.example", "unsubscribed bob@contoso.example"});
    CHECK(stage.world.clock().time_since_epoch() >= 7 * 24h);
    CHECK(stage.world.clock().time_since_epoch() <= 7 * 24h + 1h);
    CHECK(stage.rows().empty());
  }
}

TEST_CASE("accepted, and no NOTIFY ever: as if it had failed") {
  WatchStage stage;
  stage.asked().accept();
  stage.world.pass(31s);
  CHECK(stage.in(State::pending) == 1);
  stage.world.pass(2s);
  CHECK(stage.in(State::backoff) == 1);
  CHECK(until_next(stage) >= 20s);
}

TEST_CASE("terminated before the 2xx is heard of") {
  WatchStage stage;
  Watched watched = stage.asked();
  CHECK(stage.hears(watched, "terminated;reason=rejected") == 200);
  CHECK(stage.all_told() == Lines{"unsubscribed bob@contoso.example"});
  watched.accept();
  CHECK(stage.watches.size() == 0);
  CHECK(stage.world.requests.empty());
}

TEST_CASE("authorization that is taken back to pending: nobody is there, and he stays authorized") {
  WatchStage stage;
  Watched watched = stage.active();
  stage.hears(watched, "pending;expires=3600");
  CHECK(stage.all_told() == kGone);
  stage.world.pass(2s);
  stage.hears(watched, "active;expires=3600", document({at("desk")}));
  CHECK(stage.all_told() == Lines{"bob@contoso.example/desk"});
}

TEST_CASE("a probe in back-off makes the next attempt sooner, but not within half a minute") {
  WatchStage stage;
  Watched watched = stage.active();
  stage.world.pass(2879s);
  stage.next().answer(480);
  for (int i = 0; i < 5; ++i) {
    REQUIRE(until_next(stage) < 1h);
    stage.next().answer(480);
  }
  stage.all_told();
  stage.world.pass(31s);
  CHECK(stage.world.requests.empty());
  stage.says(Presence::PROBE);
  stage.says(Presence::PROBE);
  stage.world.pass(1s);
  REQUIRE(stage.world.requests.size() == 1);
  stage.next().answer(480);
  stage.says(Presence::PROBE);
  stage.world.pass(20s);
  CHECK(stage.world.requests.empty());
}

}  // namespace
}  // namespace causeway::test
