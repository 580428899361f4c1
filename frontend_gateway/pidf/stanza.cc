#include <algorithm>
#include <cstdint>

#include "absl/time/time.h"
#include "common/text/utf8.h"
#include "frontend_gateway/pidf/document.h"

namespace causeway::gateway::pidf {
namespace {

using v1::Presence;

std::vector<Note> notes_of(const v1::Stanza& stanza) {
  std::vector<Note> notes;
  for (const v1::LocalizedText& status : stanza.presence().statuses()) {
    if (status.text().empty() || notes.size() == kMostNotes) continue;
    const std::string& lang = status.lang().empty() ? stanza.lang() : status.lang();
    if (std::ranges::find(notes, lang, &Note::lang) != notes.end()) continue;
    notes.push_back(
        {lang, std::string(causeway::text::prefix_of_characters(status.text(), kLongestNote))});
  }
  return notes;
}

}  // namespace

Device device_of(const v1::Stanza& stanza) {
  const Presence& presence = stanza.presence();
  Device device{.resource = stanza.from().resource(),
                .open = presence.type() == Presence::AVAILABLE,
                .statuses = notes_of(stanza)};
  if (!device.open) return device;
  device.show = presence.show();
  device.priority = std::clamp(presence.priority(), -128, 127);
  if (presence.has_idle_since())
    device.idle_since = absl::FromUnixSeconds(presence.idle_since().seconds()) +
                        absl::Nanoseconds(presence.idle_since().nanos());
  return device;
}

v1::Stanza presence_of(const Device& device) {
  v1::Stanza stanza;
  Presence& presence = *stanza.mutable_presence();
  for (const Note& note : device.statuses) {
    v1::LocalizedText& status = *presence.add_statuses();
    status.set_lang(note.lang);
    status.set_text(note.text);
  }
  if (!device.open) {
    presence.set_type(Presence::UNAVAILABLE);
    return stanza;
  }
  presence.set_show(device.show);
  presence.set_priority(device.priority);
  if (device.idle_since) {
    const absl::Time second = absl::FromUnixSeconds(absl::ToUnixSeconds(*device.idle_since));
    presence.mutable_idle_since()->set_seconds(absl::ToUnixSeconds(second));
    presence.mutable_idle_since()->set_nanos(
        static_cast<std::int32_t>(absl::ToInt64Nanoseconds(*device.idle_since - second)));
  }
  return stanza;
}

Document without_notes(Document document) {
  for (Device& device : document.devices) device.statuses.clear();
  return document;
}

}  // namespace causeway::gateway::pidf
