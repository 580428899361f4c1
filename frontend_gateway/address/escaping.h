#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace causeway::gateway::mapping {

// XEP-0106: how a name with characters that no JID may hold stands in the local part of one.

// Nothing for a name that begins or ends with a space, which the escaping cannot say.
std::optional<std::string> escape(std::string_view name);

// The name a prepared local part stands for. Nothing for one that no name is escaped to: it begins
// or ends with \20, or escapes a backslash that needs it not. Two such JIDs would share one name.
std::optional<std::string> unescape(std::string_view local);

}  // namespace causeway::gateway::mapping
