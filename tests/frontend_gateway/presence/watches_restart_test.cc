// Another life of the process, and many watches at once.

#include <malloc.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/frontend_gateway/presence/subscriber/stage.h"

namespace causeway::test {
namespace {

using namespace std::chrono_literals;
using v1::Presence;
using Row = gateway::store::Watch;
using State = Watch::State;
using Lines = std::vector<std::string>;

TEST_CASE("after a restart every watch goes on from its row") {
  const absl::Time since = absl::FromUnixSeconds(1600000000);
  WatchStage stage({}, {{kBob, kAnna, Row::State::active, since},
                        {"carol@contoso.example", kAnna, Row::State::pending, since}});
  CHECK(stage.watches.size() == 2);
  CHECK(stage.watches.shows(kBob, kAnna));
  CHECK_FALSE(stage.watches.shows("carol@contoso.example", kAnna));
  stage.world.pass(1s);
  REQUIRE(stage.world.requests.size() == 2);
  CHECK(stage.all_told().empty());
  for (int i = 0; i < 2; ++i) {
    Watched watched = stage.next();
    const std::string user = watched.subscribe.request.to;
    CHECK(watched.header("Expires") == "3600");
    watched.accept();
    CHECK(stage.hears(watched, "active;expires=3600", document({at("desk")}, user)) == 200);
    // Who was authorized is not told so again; what another life has told him nobody knows.
    CHECK(stage.all_told() ==
          (user == "sip:bob@contoso.example"
               ? Lines{"bob@contoso.example/desk"}
               : Lines{"subscribed carol@contoso.example", "carol@contoso.example/desk"}));
  }
  CHECK(stage.rows().size() == 1);  // only what is new was written
}

TEST_CASE("after a restart the SIP side is away: unavailable once") {
  WatchStage stage({}, {{kBob, kAnna, Row::State::active, absl::UnixEpoch()}});
  stage.says(Presence::PROBE);
  CHECK(stage.all_told().empty());  // nobody knows yet
  stage.world.pass(1s);
  stage.next().answer(503);
  CHECK(stage.all_told() == Lines{"unavailable bob@contoso.example"});
  stage.world.pass(1min);
  stage.next().answer(503);
  CHECK(stage.all_told().empty());
}

TEST_CASE("a row whom the policy does not admit is not begun, and not lost") {
  WatchStage stage({}, {{kBob, "x@elsewhere.example", Row::State::active, absl::UnixEpoch()},
                        {"bob@elsewhere.example", kAnna, Row::State::active, absl::UnixEpoch()}});
  stage.world.pass(1h);
  CHECK(stage.watches.size() == 0);
  CHECK(stage.world.requests.empty());
  CHECK(stage.world.written_rows.empty());
  CHECK(stage.all_told().empty());
}

TEST_CASE("a row whom the policy does not admit can be ended, and admitted later") {
  gateway::policy::Rules closed = open_rules();
  closed.global.enable_xmpp_access = false;
  WatchStage stage({}, {{kBob, kAnna, Row::State::active, absl::UnixEpoch()}}, closed);
  stage.world.pass(1min);
  stage.says(Presence::PROBE);
  CHECK(stage.all_told().empty());  // he may yet be admitted
  SECTION("ended") {
    stage.world.database_away = true;
    CHECK(stage.outcomes->refused(stage.says(Presence::UNSUBSCRIBE)) == v1::RESOURCE_CONSTRAINT);
    stage.world.database_away = false;
    CHECK(stage.outcomes->taken(stage.says(Presence::UNSUBSCRIBE)));
    REQUIRE(stage.world.written_rows.size() == 1);
    CHECK(stage.world.written_rows[0].remove);
  }
  stage.policy.replace(std::make_shared<gateway::policy::Policy>(open_rules()));
  stage.watches.policy_changed();
  stage.world.pass(1min);
  const bool ended = !stage.world.written_rows.empty();
  CHECK(stage.watches.shows(kBob, kAnna) == !ended);
  CHECK(stage.world.requests.size() == (ended ? 0 : 1));
}

TEST_CASE("rows can be ended before their turn has come") {
  WatchStage stage({.subscribes_per_second = 1},
                   {{"a@contoso.example", kAnna, Row::State::active, absl::UnixEpoch()},
                    {"b@contoso.example", kAnna, Row::State::active, absl::UnixEpoch()},
                    {"c@contoso.example", kAnna, Row::State::active, absl::UnixEpoch()}});
  for (const char* user : {"a@contoso.example", "b@contoso.example", "c@contoso.example"})
    CHECK(stage.outcomes->taken(stage.says(Presence::UNSUBSCRIBE, kAnna, user)));
  stage.world.pass(10s);
  CHECK(stage.world.requests.empty());
  CHECK(stage.watches.size() == 0);
}

TEST_CASE("drained: nothing is unsubscribed, and nothing is begun") {
  WatchStage stage;
  Watched watched = stage.active();
  stage.says(Presence::SUBSCRIBE, "other@fabrikam.example");
  Watched other = stage.next();
  stage.watches.drain();
  other.answer(503);
  stage.world.pass(24h);
  CHECK(stage.world.requests.empty());
  CHECK(stage.all_told().empty());
  CHECK(stage.rows().size() == 2);
}

std::vector<Row> many(int count) {
  std::vector<Row> rows;
  for (int i = 0; i < count; ++i)
    rows.push_back({absl::StrCat("user-", i, "@contoso.example"), "anna@fabrikam.example",
                    Row::State::active, absl::UnixEpoch()});
  return rows;
}

TEST_CASE("10,000 rows are subscribed at a bounded rate, and then refreshed evenly") {
  WatchStage stage({}, many(10000));
  std::vector<std::size_t> minutes;
  std::size_t first = 0;
  for (int minute = 0; minute < 180; ++minute) {
    std::size_t refreshes = 0;
    for (int second = 0; second < 60; ++second) {
      stage.world.pass(1s);
      std::size_t now = 0;
      while (!stage.world.requests.empty()) {
        Watched watched = stage.next();
        const bool refresh = watched.within();
        ++(refresh ? refreshes : now);
        watched.accept();
        if (!refresh) stage.hears(watched, "active;expires=3600");
      }
      first += now;
      CHECK(now <= 11);
    }
    stage.world.submissions.clear();
    minutes.push_back(refreshes);
  }
  CHECK(first == 10000);
  CHECK(stage.in(State::active) == 10000);
  double mean = 0;
  for (std::size_t minute = 60; minute < 180; ++minute) mean += minutes[minute] / 120.0;
  const std::size_t most = *std::max_element(minutes.begin(), minutes.end());
  INFO("mean " << mean << " a minute, most " << most);
  CHECK(most <= 2 * mean);
}

TEST_CASE("a watch costs no more than 3 KiB") {
  constexpr int kWatches = 10000;
  auto rows = many(kWatches);
  const auto before = mallinfo2().uordblks;
  WatchStage stage({.subscribes_per_second = 1000}, std::move(rows));
  for (int second = 0; second < 20; ++second) {
    stage.world.pass(1s);
    while (!stage.world.requests.empty()) {
      Watched watched = stage.next();
      const std::string user = watched.subscribe.request.to;
      watched.accept();
      pidf::Device desk = at("desk-of-some-length", Presence::DND);
      desk.statuses = {{"en", "In a meeting until four o'clock, then at my desk"}};
      auto notify = watched.notify("active;expires=3600", document({desk, at("phone")}, user));
      CHECK(stage.hears(notify) == 200);
    }
    stage.world.submissions.clear();
  }
  stage.world.submissions.shrink_to_fit();
  stage.world.requests.shrink_to_fit();
  CHECK(stage.in(State::active) == kWatches);
  const std::size_t bytes = (mallinfo2().uordblks - before) / kWatches;
  INFO(bytes << " bytes a watch, each with a user and a document of its own");
  CHECK(bytes <= 3072);
}

}  // namespace
}  // namespace causeway::test
