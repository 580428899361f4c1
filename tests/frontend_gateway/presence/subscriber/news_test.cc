#include "frontend_gateway/presence/subscriber/news.h"

#include <catch2/catch.hpp>
#include <string>

#include "absl/strings/str_cat.h"

namespace causeway::gateway::presence {
namespace {

std::string read(std::vector<sip::Header> headers) {
  sip::IncomingRequest notify;
  notify.headers = std::move(headers);
  const auto news = read_news(notify);
  if (!news.ok()) return absl::StrCat(news.refusal().status);
  static const char* const kStates[] = {"pending", "active", "terminated"};
  std::string line = kStates[static_cast<int>(news->state)];
  if (!news->reason.empty()) absl::StrAppend(&line, " ", news->reason);
  if (news->expires) absl::StrAppend(&line, " expires ", news->expires->count());
  if (news->retry_after) absl::StrAppend(&line, " retry ", news->retry_after->count());
  return line;
}
std::string state(const std::string& value) {
  return read({{"Event", "presence"}, {"Subscription-State", value}});
}

TEST_CASE("what a NOTIFY says of its subscription") {
  const std::pair<const char*, const char*> rows[] = {
      {"active", "active"},
      {"active;expires=3599", "active expires 3599"},
      {"Active ; Expires = 12 ", "active expires 12"},
      {"pending;expires=60", "pending expires 60"},
      {"terminated;reason=rejected", "terminated rejected"},
      {"terminated;reason=Probation;retry-after=120", "terminated probation retry 120"},
      {"terminated", "terminated"},
      {"waiting;expires=5", "pending expires 5"},
      {"active;expires=soon", "active"},
      {"active;expires=-1", "active"},
      {"active;expires=99999999999999999999", "active expires 86400"},
      {"active;expires", "active"},
      {"active;;x=y;=;", "active"},
      {"", "400"},
      {" ;expires=5", "400"},
  };
  for (const auto& [value, line] : rows) {
    INFO(value);
    CHECK(state(value) == line);
  }
}

TEST_CASE("an event that nobody watches is refused with 489, and Allow-Events says which is not") {
  CHECK(read({{"Event", "presence;id=7"}, {"Subscription-State", "active"}}) == "active");
  CHECK(read({{"Event", "Presence"}, {"Subscription-State", "active"}}) == "active");
  for (const char* event : {"presence.winfo", "dialog", "", "presencex", ";presence"}) {
    INFO(event);
    CHECK(read({{"Event", event}, {"Subscription-State", "active"}}) == "489");
  }
  CHECK(read({{"Subscription-State", "active"}}) == "489");
  const auto refused = read_news({});
  REQUIRE_FALSE(refused.ok());
  CHECK(translate::header(refused.refusal().headers, "Allow-Events") == "presence");
}

TEST_CASE("seconds in headers") {
  using std::chrono::seconds;
  CHECK(seconds_of("30") == seconds(30));
  CHECK(seconds_of(" 18000;duration=3600") == seconds(18000));
  CHECK(seconds_of("120 (I am in a meeting)") == seconds(120));
  CHECK(seconds_of("4000000000") == seconds(86400));
  for (const char* none : {"", "soon", "-5", ";5"}) CHECK(seconds_of(none) == std::nullopt);
}

}  // namespace
}  // namespace causeway::gateway::presence
