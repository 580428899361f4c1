#include "common/xml/document.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace causeway::xml {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kSpace = " \t\r\n";

// The stream whose only stanza the document is. Its text cannot end it unseen: that is an event.
constexpr std::string_view kStream = "<document>";

absl::Status refused(std::string_view why) { return absl::InvalidArgumentError(why.data()); }

// Some agents begin a body with an empty line.
std::string_view without_preface(std::string_view text) {
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark)
    text.remove_prefix(kByteOrderMark.size());
  const std::size_t begin = text.find_first_not_of(kSpace);
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

// The XML declaration, which the parser judges, or nothing.
std::string_view declaration(std::string_view text) {
  if (text.substr(0, 2) != "<?") return {};
  const std::size_t end = text.find("?>");
  return text.substr(0, end == std::string_view::npos ? end : end + 2);
}

}  // namespace

absl::StatusOr<Element> parse_document(std::string_view text, const Limits& limits) {
  if (text.size() > limits.stanza_bytes) return refused("document too large");
  text = without_preface(text);
  const std::string_view declared = declaration(text);
  Parser parser(limits);
  parser.feed(declared);
  parser.feed(kStream);
  parser.feed(text.substr(declared.size()));

  std::optional<Element> root;
  while (std::optional<Event> event = parser.next()) {
    if (const Broken* broken = std::get_if<Broken>(&*event))
      return absl::InvalidArgumentError(broken->reason);
    if (std::holds_alternative<Closed>(*event)) return refused("an end tag too many");
    Element* element = std::get_if<Element>(&*event);
    if (element == nullptr) continue;
    if (root) return refused("a second root element");
    root = std::move(*element);
  }
  if (!parser.idle()) return refused("the document has no end");
  if (!root) return refused("no root element");
  return *std::move(root);
}

}  // namespace causeway::xml
