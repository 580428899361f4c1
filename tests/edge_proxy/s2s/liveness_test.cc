#include "edge_proxy/s2s/liveness.h"

#include <catch2/catch.hpp>
#include <string>

using namespace causeway::edge::s2s;
using namespace std::chrono_literals;

TEST_CASE("what is due on a stream that carries nothing", "[s2s][liveness]") {
  struct Row {
    std::string name;
    bool keeps_alive;
    bool hears;
    bool can_ask;
    int heard_ago;
    int sent_ago;
    int asked_ago;  // -1: not
    Due due;
  };
  // StreamInactivityTimeout 600 s, KeepAliveInterval 300 s, quiet 30 s, answer 30 s.
  const auto row = GENERATE(values<Row>({
      {"traffic a moment ago", true, true, true, 1, 1, -1, Due::nothing},
      {"one-way, half the interval", true, false, false, 1000, 150, -1, Due::white_space},
      {"one-way, less", true, false, false, 1000, 149, -1, Due::nothing},
      {"one-way, without keep-alive", false, false, false, 1000, 599, -1, Due::nothing},
      {"nothing at all for too long", false, false, false, 600, 600, -1, Due::end_idle},
      {"nothing heard, but we speak", false, true, false, 600, 10, -1, Due::nothing},
      {"its keep-alive has lapsed", true, true, false, 300, 10, -1, Due::end_silent},
      {"not yet", true, true, false, 299, 10, -1, Due::nothing},
      {"who can be asked is asked", true, true, true, 30, 10, -1, Due::question},
      {"once", true, true, true, 40, 10, 10, Due::nothing},
      {"not without keep-alive", false, true, true, 40, 10, -1, Due::nothing},
      {"no answer", true, true, true, 60, 10, 30, Due::end_silent},
      {"no answer, without keep-alive", false, false, true, 60, 10, 30, Due::end_silent},
  }));
  INFO(row.name);
  const Signs::Time now = Signs::Time() + 10000s;
  Signs signs{.now = now,
              .last_heard = now - std::chrono::seconds(row.heard_ago),
              .last_sent = now - std::chrono::seconds(row.sent_ago),
              .asked_at = {},
              .hears = row.hears,
              .sends = true,
              .can_ask = row.can_ask};
  if (row.asked_ago >= 0) signs.asked_at = now - std::chrono::seconds(row.asked_ago);
  const Timing timing{.inactivity = 600s,
                      .keep_alive = 300s,
                      .keeps_alive = row.keeps_alive,
                      .quiet = 30s,
                      .answer = 30s,
                      .peer_waits = {}};
  CHECK(due(signs, timing) == row.due);
}

TEST_CASE("a dead peer that can be asked is noticed within a minute", "[s2s][liveness]") {
  const Timing timing{600s, 300s, true, 30s, 30s, {}};
  const Signs::Time start = Signs::Time() + 10000s;
  std::optional<Signs::Time> asked;
  for (auto now = start;; now += 250ms) {
    REQUIRE(now - start <= 60s);
    const Due then = due({now, start, start, asked, true, true, true}, timing);
    if (then == Due::question) asked = now;
    if (then == Due::end_silent) break;
  }
}

TEST_CASE("a peer that says how long it waits hears white space in time", "[s2s][liveness]") {
  const Signs::Time now = Signs::Time() + 10000s;
  const Signs signs{now, now, now - 31s, {}, false, true, false};
  CHECK(due(signs, {600s, 300s, true, 30s, 30s, {}}) == Due::nothing);
  CHECK(due(signs, {600s, 300s, true, 30s, 30s, 60s}) == Due::white_space);
}
