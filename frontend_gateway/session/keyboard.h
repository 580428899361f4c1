#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace causeway::gateway::session {

// That somebody types, as it is said within a session: KeyboardActivity in an INFO, as Lync does,
// or isComposing (RFC 3994) in a MESSAGE. Pure.

struct Typing {
  bool active = false;
  std::chrono::seconds lasts{0};  // until idle, when nothing more is heard; only of an active one
};

// Whether content of that type says it: application/xml is taken for KeyboardActivity, for nothing
// else of that type is sent in a session.
bool says_typing(std::string_view content_type);
// Nothing for a document that is broken, hostile, or another.
std::optional<Typing> typing_in(std::string_view content_type, std::string_view document);

inline constexpr char kKeyboardType[] = "application/xml";
std::string keyboard_activity(bool active);

}  // namespace causeway::gateway::session
