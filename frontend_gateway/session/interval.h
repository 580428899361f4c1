#pragma once

#include <chrono>
#include <vector>

#include "frontend_gateway/address/outcome.h"
#include "frontend_gateway/sip/message.h"
#include "frontend_gateway/translate/headers.h"

namespace causeway::gateway::session {

// Session timers (RFC 4028): how each end learns that the other is gone. Pure.

struct Interval {
  std::chrono::seconds length{0};  // 0: the session has none
  bool ours = false;               // we refresh

  // From the last refresh to what is due: ours to refresh, or theirs overdue (section 10).
  std::chrono::seconds due() const;
};

inline constexpr std::chrono::seconds kLeastInterval{90};  // section 5

// For an INVITE, or the refresh of a session in which `ours`.
std::vector<sip::Header> asking(std::chrono::seconds length, bool refreshing);
// As the other end agreed. `response` is a 2xx to what we asked.
Interval agreed(const sip::Response& response);
// What a 422 wants; 0: nothing that can be given.
std::chrono::seconds wanted(const sip::Response& response);

struct Agreement {
  Interval interval;
  std::vector<sip::Header> headers;  // of the 2xx
};
// As the one who is asked, by an INVITE or an UPDATE. Refuses with 422 an interval below
// kLeastInterval.
Outcome<Agreement, translate::SipAnswer> agree(const sip::IncomingRequest& request);

}  // namespace causeway::gateway::session
