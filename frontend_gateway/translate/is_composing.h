#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace causeway::gateway::translate {

// application/im-iscomposing+xml (RFC 3994).

inline constexpr std::string_view kIsComposingType = "application/im-iscomposing+xml";

struct IsComposing {
  bool active = false;              // any other state is idle
  std::chrono::seconds refresh{0};  // 0: not said; the receiver's own (section 3.3)
};

// Nothing for what is no such document. A <refresh/> that is no number is not said.
std::optional<IsComposing> parse_is_composing(std::string_view xml);

std::string write(const IsComposing& composing);

}  // namespace causeway::gateway::translate
