#include "edge_proxy/s2s/stream_limits.h"

#include <cstdint>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "common/xml/namespaces.h"
#include "edge_proxy/stream/cat.h"

namespace causeway::edge::s2s {
namespace {

std::optional<std::uint32_t> number_in(const xml::Element& limits, std::string_view name) {
  const xml::Element* const child = limits.child(name, xml::ns::kLimits);
  std::uint32_t number = 0;
  if (child == nullptr || !absl::SimpleAtoi(absl::StripAsciiWhitespace(child->text), &number) ||
      number == 0) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

std::string to_xml(const StreamLimits& limits) {
  std::string out = stream::cat("<limits xmlns='", xml::ns::kLimits, "'>");
  if (limits.bytes) stream::append(out, "<max-bytes>", *limits.bytes, "</max-bytes>");
  if (limits.idle) stream::append(out, "<idle-seconds>", limits.idle->count(), "</idle-seconds>");
  return out + "</limits>";
}

StreamLimits limits_in(const xml::Element& parent) {
  const xml::Element* const limits = parent.child("limits", xml::ns::kLimits);
  StreamLimits out;
  if (limits == nullptr) return out;
  if (const auto bytes = number_in(*limits, "max-bytes")) out.bytes = *bytes;
  if (const auto seconds = number_in(*limits, "idle-seconds")) {
    out.idle = std::chrono::seconds(*seconds);
  }
  return out;
}

}  // namespace causeway::edge::s2s
