#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace causeway::gateway::translate {

// The Date header (RFC 3261 section 20.17): "Sat, 13 Nov 2010 23:29:00 GMT".
std::string sip_date(absl::Time time);
std::optional<absl::Time> parse_sip_date(std::string_view text);

}  // namespace causeway::gateway::translate
