#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "frontend_gateway/sip/connection.h"
#include "frontend_gateway/sip/libre.h"
#include "frontend_gateway/sip/locator.h"

namespace causeway::gateway::sip {

// What is known of one target while requests are on their way there, or a route leads there.
struct Hop {
  using Clock = std::chrono::steady_clock;

  Hop(struct ::sip* stack, Loop& loop, Target where);
  Hop(const Hop&) = delete;
  Hop& operator=(const Hop&) = delete;

  bool reliable() const { return target.transport != SIP_TRANSP_UDP; }
  bool idle() const { return waiting.empty() && under_way == 0; }
  bool aside() const { return aside_until > Clock::now(); }

  const Target target;
  const std::string address;          // "192.0.2.1:5060"
  const std::string text;             // "sip:192.0.2.1:5060;transport=tcp"
  uri route{};                        // points into `text`
  Connection connection;              // of a reliable one
  std::deque<std::uint64_t> waiting;  // requests, for room in the connection's window
  std::size_t under_way = 0;          // requests handed to libre and not answered
  std::size_t outstanding = 0;        // their octets
  Clock::time_point aside_until{};    // the peer has asked for it, or it could not be reached
  bool retry_after = false;           // the former
  int routes = 0;                     // that lead here
  int unheard = 0;                    // checks in a row without an answer
};

}  // namespace causeway::gateway::sip
