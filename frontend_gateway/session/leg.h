#pragma once

#include <cstdint>
#include <string>

#include "frontend_gateway/session/interval.h"
#include "frontend_gateway/sip/dialog.h"

namespace causeway::gateway::session {

// One dialog of a session. Most sessions have one; another comes with another device of the SIP
// user, and when both ends open one at the same time.
struct Leg {
  std::uint64_t number = 0;
  sip::Dialog dialog;
  std::string instance{};  // of the device at the other end (RFC 5627); empty: unknown
  Interval interval{};
  bool updates = false;     // the other end takes UPDATE (RFC 3311)
  bool refreshing = false;  // our refresh is unanswered
  bool repeated = false;    // the last refresh was refused, and may be tried once more
  bool ending = false;      // BYE once nothing is under way in it
  int busy = 0;             // requests under way in it, each way
};

}  // namespace causeway::gateway::session
