#pragma once

#include <string>
#include <string_view>

#include "frontend_gateway/address/outcome.h"

namespace causeway::gateway::translate {

// Text in some charset as UTF-8 that is fit for XML. Refuses with 415 a charset that is unknown, or
// has states or an alphabet of its own in which ASCII means something else (UTF-7, ISO-2022, HZ,
// EBCDIC): what one reads as harmless in them another reads as markup. Refuses with 400 bytes that
// are none of its characters and characters that no stanza may hold: replacing them would deliver
// a text that nobody has written. An empty name is UTF-8 (RFC 3261 section 7.4.1).
Outcome<std::string, SipRefusal> to_utf8(std::string_view bytes, std::string_view charset);

}  // namespace causeway::gateway::translate
