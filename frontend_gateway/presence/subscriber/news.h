#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "frontend_gateway/address/outcome.h"
#include "frontend_gateway/sip/message.h"
#include "frontend_gateway/translate/headers.h"

namespace causeway::gateway::presence {

// What a NOTIFY says of its subscription (RFC 6665 section 4.1.3). A state that nobody has defined
// is one in which nothing is decided.
struct News {
  enum class State : std::uint8_t { pending, active, terminated };
  State state = State::pending;
  std::string reason;  // of terminated; may be empty
  std::optional<std::chrono::seconds> expires;
  std::optional<std::chrono::seconds> retry_after;
};

// Refuses with 489 another event than presence, with 400 what has no Subscription-State.
Outcome<News, translate::SipAnswer> read_news(const sip::IncomingRequest& notify);

// A header or parameter that counts seconds, such as Expires and Retry-After; what follows the
// number is for humans. Nothing for what begins with no number; a day for more than one, since
// nobody waits for longer.
std::optional<std::chrono::seconds> seconds_of(std::string_view value);

}  // namespace causeway::gateway::presence
