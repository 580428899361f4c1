#pragma once

#include <string>
#include <string_view>

#include "frontend_gateway/address/outcome.h"

namespace causeway::gateway::mapping {

// A SIP address of record, perhaps with the instance it names (RFC 3261 section 19.1, RFC 5627), as
// far as it says who is meant: port, other parameters and headers are gone.
struct SipUri {
  std::string user;  // decoded: UTF-8 without controls; may be empty
  std::string host;  // lower case; A-labels, or an IP literal
  std::string gr;    // decoded like `user`; empty: no instance

  // Refuses with 400 what is no SIP URI, with 416 another scheme, sips included (RFC 7247 section
  // 8), with 484 a telephone number, which no directory here turns into an address.
  static Outcome<SipUri, SipRefusal> parse(std::string_view text);

  std::string bare() const;       // sip:user@host
  std::string to_string() const;  // sip:user@host;gr=instance
};

}  // namespace causeway::gateway::mapping
