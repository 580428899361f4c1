#include "frontend_gateway/metrics/families.h"

#include <prometheus/text_serializer.h>

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/exposition/exposition.h"

using namespace causeway;
using namespace causeway::gateway::metrics;
using test::Exposition;

namespace {

// A gateway as the monitoring sees it; everything is well until a test says otherwise.
struct Watched {
  Tally tally;
  std::size_t attached = 1;
  std::vector<std::pair<std::string, std::string>> failures;
  absl::Status database;
  gateway::store::Store::Counters counters;
  std::optional<Levels> levels = Levels{{{"", "tcp:10.0.0.5:5060", true}}, {{"sessions", 3}}};

  Sources sources() const {
    return {.tally = tally,
            .edges = 2,
            .edges_attached = [this] { return attached; },
            .edge_failures = [this] { return failures; },
            .database = [this] { return database; },
            .database_counters = [this] { return counters; },
            .levels = [this] { return levels; }};
  }
  Exposition look() const {
    return test::parse_exposition(prometheus::TextSerializer().Serialize(families(sources())),
                                  "gateway");
  }
  std::string missing() const { return gateway::metrics::missing(sources()).value_or(""); }
};

}  // namespace

TEST_CASE("every metric of the gateway follows the conventions", "[metrics]") {
  const Watched gateway;
  CHECK(test::lint(gateway.look()) == std::vector<std::string>{});
  CHECK(gateway.look().families.size() > 12);
  CHECK(gateway.look().value("edges") == 2);
  CHECK(gateway.look().value("edges_attached") == 1);
  CHECK(gateway.look().value("open", R"({what="sessions"})") == 3);
}

TEST_CASE("what crosses is shown by its outcome", "[metrics]") {
  Watched gateway;
  v1::Stanza message;
  message.mutable_message();
  v1::StanzaError forbidden;
  forbidden.set_condition(v1::FORBIDDEN);
  gateway.tally.count(message, {})(std::nullopt);
  gateway.tally.count(message, {})(forbidden);
  gateway.tally.answered("MESSAGE", 202);
  const Exposition shown = gateway.look();
  CHECK(shown.value("stanzas_total", R"({direction="outbound",kind="message",outcome="taken"})") ==
        1);
  CHECK(shown.value("stanzas_total",
                    R"({direction="outbound",kind="message",outcome="forbidden"})") == 1);
  CHECK(shown.sum("stanzas_total") == 2);
  CHECK(shown.value("sip_requests_total",
                    R"({direction="incoming",method="MESSAGE",outcome="2xx"})") == 1);
  CHECK(shown.sum("sip_requests_total") == 1);
}

TEST_CASE("the database is shown", "[metrics]") {
  Watched gateway;
  gateway.counters.rows = 7;
  gateway.counters.seconds = 0.5;
  gateway.counters.waiting_rows = 9;
  CHECK(gateway.look().value("database_up") == 1);
  CHECK(gateway.look().value("database_rows_total") == 7);
  CHECK(gateway.look().value("database_transaction_seconds_total") == 0.5);
  CHECK(gateway.look().value("database_waiting_rows") == 9);
  gateway.database = absl::UnavailableError("x");
  CHECK(gateway.look().value("database_up") == 0);
}

TEST_CASE("what is missing is said, all of it", "[metrics]") {
  Watched gateway;
  CHECK(gateway.missing() == "");
  SECTION("edges") {
    gateway.attached = 0;
    CHECK(gateway.missing() == "No edge is attached yet.");
    gateway.failures = {{"edge1.contoso.example", "refused"}, {"edge2.contoso.example", "away"}};
    CHECK(gateway.missing() ==
          "No edge is attached: edge1.contoso.example: refused; edge2.contoso.example: away.");
  }
  SECTION("the database") {
    gateway.database = absl::UnavailableError("/x.sqlite: the disk is full; make room");
    CHECK(gateway.missing() == "The database is away: /x.sqlite: the disk is full; make room.");
  }
  SECTION("next hops: one of a domain is enough") {
    gateway.levels->next_hops = {{"", "tcp:10.0.0.5:5060", false},
                                 {"", "tcp:10.0.0.6:5060", true},
                                 {"a.example", "tls:10.0.0.7:5061", false}};
    CHECK(gateway.missing() == "The next hop of SIP does not answer: tls:10.0.0.7:5061.");
    CHECK(gateway.look().value("sip_next_hops") == 3);
    CHECK(gateway.look().value("sip_next_hops_up") == 1);
    CHECK(gateway.look().value("sip_stranger_requests_total") == 0);
    gateway.levels->strangers = 7;
    CHECK(gateway.look().value("sip_stranger_requests_total") == 7);
  }
  SECTION("a loop that hangs") {
    gateway.levels.reset();
    CHECK(gateway.missing() ==
          "The SIP loop does not answer: the gateway is overloaded, or it hangs.");
    CHECK(gateway.look().families.count("causeway_gateway_sip_next_hops") == 0);
    CHECK(test::lint(gateway.look()) == std::vector<std::string>{});
  }
  SECTION("several") {
    gateway.attached = 0;
    gateway.database = absl::UnavailableError("x");
    CHECK(gateway.missing() == "No edge is attached yet.\nThe database is away: x.");
  }
}
