#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace causeway::address {

// The two PRECIS profiles that XMPP addresses use (RFC 8265). The result is stable: enforcing the
// profile on it again gives it again. An error names the code point that was refused, never the
// text.

// Section 3.3: width mapped, lower-case, NFC, IdentifierClass, bidi rule; not empty.
absl::StatusOr<std::string> username_case_mapped(std::string_view text);

// Section 4.2: every space an ASCII one, NFC, FreeformClass; not empty.
absl::StatusOr<std::string> opaque_string(std::string_view text);

}  // namespace causeway::address
