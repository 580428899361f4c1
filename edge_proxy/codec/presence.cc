#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/xml/namespaces.h"
#include "edge_proxy/codec/namespaces.h"
#include "edge_proxy/codec/parts.h"
#include "edge_proxy/codec/timestamp.h"
#include "edge_proxy/codec/words.h"
#include "edge_proxy/codec/write.h"

namespace causeway::edge::codec {
namespace {

using xml::Element;

// RFC 6121 section 4.7.2.3; anything else is as if absent.
bool is_priority(std::int32_t priority) { return priority >= -128 && priority <= 127; }

void read_show(const Element& element, v1::Presence& presence) {
  if (const auto show = value_of(kShows, element.text)) presence.set_show(*show);
}

void read_priority(const Element& element, v1::Presence& presence) {
  std::int32_t priority = 0;
  if (absl::SimpleAtoi(element.text, &priority) && is_priority(priority)) {
    presence.set_priority(priority);
  }
}

void read_idle(const Element& element, v1::Presence& presence) {
  const auto since = parse_timestamp(element.attribute("since"));
  if (since && !presence.has_idle_since()) *presence.mutable_idle_since() = *since;
}

struct Row {
  std::string_view ns;
  std::string_view name;
  void (*read)(const Element& element, v1::Presence& presence);
};

constexpr Row kRows[] = {
    {xml::ns::kServer, "show", read_show},
    {xml::ns::kServer, "status",
     [](const Element& e, v1::Presence& p) { read_text(e, *p.mutable_statuses()); }},
    {xml::ns::kServer, "priority", read_priority},
    {ns::kIdle, "idle", read_idle},
};

}  // namespace

void read_presence(const Element& element, v1::Presence& presence) {
  for (const Element& child : element.children) {
    for (const Row& row : kRows) {
      if (child.is(row.name, row.ns)) row.read(child, presence);
    }
  }
}

void append_presence(std::string& out, const v1::Presence& presence) {
  const std::string_view show = word_of(kShows, presence.show());
  if (!show.empty()) append_element(out, "show", {}, show);
  append_texts(out, "status", presence.statuses());
  if (presence.priority() != 0 && is_priority(presence.priority())) {
    append_element(out, "priority", {}, absl::StrCat(presence.priority()));
  }
  const std::string since =
      presence.has_idle_since() ? format_timestamp(presence.idle_since()) : std::string();
  if (since.empty()) return;
  start_element(out, "idle", ns::kIdle);
  append_attribute(out, "since", since);
  end_element(out, "idle");
}

}  // namespace causeway::edge::codec
