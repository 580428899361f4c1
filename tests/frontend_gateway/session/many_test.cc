#include <catch2/catch.hpp>

#include "tests/frontend_gateway/session/stage.h"

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;

TEST_CASE("a thousand sessions speak at once", "[session]") {
  constexpr int kSessions = 1000;
  constexpr int kTexts = 5;
  Stage stage({.per_user = kSessions});
  for (int i = 0; i < kSessions; ++i) {
    const std::string number = std::to_string(i);
    if (i % 2 == 0) {
      stage.request(invite_of(number, {}, "sip:u" + number + "@contoso.example"));
      continue;
    }
    stage.say("open " + number, "sip:ann@fabrikam.example", "sip:u" + number + "@contoso.example");
    auto invite = stage.world.next_request();
    invite.answered(accepted(invite.request, number, {{"Supported", "ms-text-format"}}));
  }
  REQUIRE(stage.sessions.size() == kSessions);

  std::map<std::string, int> next;  // by the To of each
  for (int text = 0; text < kTexts; ++text) {
    for (int i = 0; i < kSessions; ++i)
      stage.say(std::to_string(text), "sip:ann@fabrikam.example",
                "sip:u" + std::to_string(i) + "@contoso.example");
    if (text % 2 == 1) continue;  // they pile up
    while (!stage.world.requests.empty()) {
      auto message = stage.world.next_request();
      CHECK(message.request.body == std::to_string(next[message.request.to]++));
      message.answer(200);
    }
  }
  for (const auto& [to, count] : next) CHECK(count == kTexts);
  CHECK(next.size() == kSessions);

  stage.world.pass(11min);
  CHECK(stage.world.requests.size() == kSessions);
  CHECK(stage.sessions.size() == 0);
  CHECK(stage.world.timers() <= 1);
}
