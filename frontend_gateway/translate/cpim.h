#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "frontend_gateway/sip/message.h"

namespace causeway::gateway::translate {

// message/cpim (RFC 3862), and what IMDN says in its headers (RFC 5438 section 6).

inline constexpr std::string_view kCpimType = "message/cpim";

// Which outcomes a message's sender wants to be told of.
struct Notifications {
  bool delivered = false;  // positive-delivery
  bool failed = false;     // negative-delivery
  bool displayed = false;  // display
  bool any() const { return delivered || failed || displayed; }
  friend bool operator==(const Notifications&, const Notifications&) = default;
};

struct Cpim {
  std::string from, to;  // URIs; may be empty
  std::optional<absl::Time> sent;
  std::string subject;
  std::string message_id;  // of IMDN; may be empty
  Notifications wanted;    // unknown words are left out
  // Of what is within: Content-Type, Content-Disposition, ...
  std::vector<sip::Header> headers;
  std::string_view body;  // points into what was parsed
};

// Nothing for what is none: a line that is no header or holds a control, a header of which there
// may be one twice, too many headers. Unknown headers are left out, but for those that are required
// (RFC 3862 section 4.8): with one of them it is none either.
std::optional<Cpim> parse_cpim(std::string_view text);

// `inner_type` is the type of `body`; the values must not hold controls. An empty message_id says
// nothing about notifications.
std::string write_cpim(const Cpim& cpim, std::string_view inner_type, std::string_view body);

// RFC 3339, as DateTime and <datetime/> have it.
std::string internet_time(absl::Time time);

}  // namespace causeway::gateway::translate
