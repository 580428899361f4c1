#include "frontend_gateway/session/keyboard.h"

#include <algorithm>

#include "common/xml/document.h"
#include "frontend_gateway/address/text.h"
#include "frontend_gateway/translate/is_composing.h"

namespace causeway::gateway::session {
namespace {

using namespace std::chrono_literals;

constexpr auto kKeyboardSilence = 12s;    // Lync says it every 5 s; two of them may be lost
constexpr auto kComposingSilence = 120s;  // RFC 3994 section 3.3: without a <refresh/>

bool is(std::string_view content_type, std::string_view type) {
  return equal_ignoring_case(trim(take_until(content_type, ';')), type);
}

// Not shorter than Lync's, and not so long that it says nothing any more.
Typing of(const translate::IsComposing& composing) {
  if (composing.refresh == 0s) return {composing.active, kComposingSilence};
  return {composing.active, std::clamp(composing.refresh, kKeyboardSilence, kComposingSilence)};
}

}  // namespace

bool says_typing(std::string_view content_type) {
  return is(content_type, kKeyboardType) || is(content_type, translate::kIsComposingType);
}

std::optional<Typing> typing_in(std::string_view content_type, std::string_view document) {
  if (is(content_type, translate::kIsComposingType)) {
    const auto composing = translate::parse_is_composing(document);
    return composing ? std::optional(of(*composing)) : std::nullopt;
  }
  const auto root = xml::parse_document(document);
  if (!root.ok() || root->name != "KeyboardActivity") return std::nullopt;
  const auto status = std::ranges::find(root->children, "status", &xml::Element::name);
  if (status == root->children.end()) return std::nullopt;
  return Typing{status->attribute("status") == "type", kKeyboardSilence};
}

std::string keyboard_activity(bool active) {
  return active ? "<KeyboardActivity><status status=\"type\"/></KeyboardActivity>"
                : "<KeyboardActivity><status status=\"idle\"/></KeyboardActivity>";
}

}  // namespace causeway::gateway::session
