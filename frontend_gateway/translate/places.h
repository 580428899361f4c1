#pragma once

#include <string>
#include <string_view>

namespace causeway::gateway::translate {

// A SIP server's words for people outside: without the words that look like an address, a host with
// its port, a dotted name or a user of one. `text` is UTF-8; words are what stands between spaces,
// and one space is left between those that stay.
std::string without_places(std::string_view text);

}  // namespace causeway::gateway::translate
