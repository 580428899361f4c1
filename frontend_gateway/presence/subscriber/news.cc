#include "frontend_gateway/presence/subscriber/news.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "frontend_gateway/address/text.h"

namespace causeway::gateway::presence {

Outcome<News, translate::SipAnswer> read_news(const sip::IncomingRequest& notify) {
  std::string_view event = notify.header("Event");
  if (!equal_ignoring_case(trim(take_until(event, ';')), "presence"))
    return translate::SipAnswer{489, "Bad Event", {{"Allow-Events", "presence"}}};
  std::string_view rest = notify.header("Subscription-State");
  const std::string_view state = trim(take_until(rest, ';'));
  if (state.empty()) return translate::SipAnswer{400, "Missing Subscription-State", {}};

  News news;
  if (equal_ignoring_case(state, "active")) news.state = News::State::active;
  if (equal_ignoring_case(state, "terminated")) news.state = News::State::terminated;
  while (!rest.empty()) {
    std::string_view parameter = take_until(rest, ';');
    const std::string_view name = trim(take_until(parameter, '='));
    const std::string_view value = trim(parameter);
    if (equal_ignoring_case(name, "reason")) news.reason = lower_case(value);
    if (equal_ignoring_case(name, "expires")) news.expires = seconds_of(value);
    if (equal_ignoring_case(name, "retry-after")) news.retry_after = seconds_of(value);
  }
  return news;
}

std::optional<std::chrono::seconds> seconds_of(std::string_view value) {
  constexpr std::int64_t kMost = 86400;
  value = trim(value);
  if (value.empty() || !absl::ascii_isdigit(value[0])) return std::nullopt;
  std::int64_t seconds = 0;
  for (const char c : value) {
    if (!absl::ascii_isdigit(c)) break;
    seconds = std::min(kMost, seconds * 10 + (c - '0'));
  }
  return std::chrono::seconds(seconds);
}

}  // namespace causeway::gateway::presence
