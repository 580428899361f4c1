#pragma once

#include <chrono>
#include <string>

#include "frontend_gateway/address/outcome.h"
#include "frontend_gateway/sip/message.h"
#include "frontend_gateway/translate/headers.h"

namespace causeway::gateway::presence {

// What a SUBSCRIBE asks for, whoever sent it (RFC 6665 section 4.2.1, RFC 3856 section 6).
struct Wish {
  std::chrono::seconds expires{0};  // as it will be granted; 0: an end, or a single look
  std::string event_id;             // the "id" parameter of Event; empty: none
};

struct Expiries {
  std::chrono::seconds least, most;
};

// The value of Allow-Events.
inline constexpr char kEvent[] = "presence";

// Refusals: 489 with Allow-Events for any event but presence, 406 when the answer could not be
// PIDF, 423 with Min-Expires for more than 0 and less than `least` seconds, 400 for what cannot be
// read. A wish for more than `most` is granted as `most`, without Expires as RFC 3856 section 6.4
// says.
Outcome<Wish, translate::SipAnswer> wish_of(const sip::IncomingRequest& request, Expiries expiries);

}  // namespace causeway::gateway::presence
