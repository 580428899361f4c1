#include "frontend_gateway/translate/is_composing.h"

#include <charconv>

#include "absl/status/statusor.h"
#include "common/xml/document.h"
#include "common/xml/writer.h"
#include "frontend_gateway/address/text.h"

namespace causeway::gateway::translate {
namespace {

constexpr std::string_view kNamespace = "urn:ietf:params:xml:ns:im-iscomposing";
constexpr long kLongestRefresh = 86400;

std::chrono::seconds refresh_in(const xml::Element* element) {
  if (element == nullptr) return {};
  const std::string_view text = trim(element->text);
  long seconds = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (fault != std::errc() || end != text.data() + text.size() || seconds < 0) return {};
  return std::chrono::seconds(std::min(seconds, kLongestRefresh));
}

xml::Element element(std::string_view name, std::string text = {}) {
  xml::Element made;
  made.ns = kNamespace;
  made.name = name;
  made.text = std::move(text);
  return made;
}

}  // namespace

std::optional<IsComposing> parse_is_composing(std::string_view text) {
  const absl::StatusOr<xml::Element> root = xml::parse_document(text);
  if (!root.ok() || !root->is("isComposing", kNamespace)) return std::nullopt;
  const xml::Element* state = root->child("state", kNamespace);
  if (state == nullptr) return std::nullopt;
  return IsComposing{.active = trim(state->text) == "active",
                     .refresh = refresh_in(root->child("refresh", kNamespace))};
}

std::string write(const IsComposing& composing) {
  xml::Element root = element("isComposing");
  root.children.push_back(element("state", composing.active ? "active" : "idle"));
  if (composing.refresh.count() > 0)
    root.children.push_back(element("refresh", std::to_string(composing.refresh.count())));
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n" + xml::to_string(root);
}

}  // namespace causeway::gateway::translate
