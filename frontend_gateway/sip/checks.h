#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend_gateway/sip/libre.h"
#include "frontend_gateway/sip/user_agent.h"

namespace causeway::gateway::sip {

// What a request must be before anything in it is believed. libre parses leniently: it takes the
// last of several Content-Lengths, reads "-1" as 0, and knows headers by a 12-bit hash of their
// names.

struct Rules {
  std::size_t message_bytes;
  std::span<const std::string> methods;    // those with a handler
  std::span<const std::string> in_dialog;  // those of them that are taken within dialogs
};

struct Refusal {
  int status = 0;  // 0: no answer, for one could not be addressed
  std::string why;
  std::vector<Header> headers;
  bool cut = false;  // where the next message begins is not known: the connection ends here
};

// Pure. Nothing: the request may be believed. Order of RFC 3261 section 8.2.
std::optional<Refusal> refusal(const sip_msg& request, const Rules& rules);

// Whether a response's frame can be trusted.
bool well_framed(const sip_msg& message);

// "MESSAGE, OPTIONS".
std::string allowed(std::span<const std::string> methods);

// The long form of a compact header name; others as they are.
std::string_view long_name(std::string_view name);

// A checked request as a value. Nothing when From or To is no address.
std::optional<IncomingRequest> believed(const sip_msg& request);

}  // namespace causeway::gateway::sip
