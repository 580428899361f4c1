// A presence document, as a presence server or whoever passes for one sends it.

#include <set>
#include <string>
#include <string_view>

#include "common/xml/document.h"
#include "frontend_gateway/pidf/document.h"
#include "frontend_gateway/pidf/words.h"
#include "tests/fuzz/target.h"

namespace causeway::gateway::pidf {
namespace {

void check_device(const Device& device) {
  CAUSEWAY_HOLDS(device.priority >= 0 && device.priority <= 127);
  CAUSEWAY_HOLDS(device.statuses.size() <= kMostNotes);
  for (const Note& note : device.statuses)
    CAUSEWAY_HOLDS(!note.text.empty() && note.text.size() <= kLongestNote);
  CAUSEWAY_HOLDS(device.open || device.show == v1::Presence::NO_SHOW);
  CAUSEWAY_HOLDS(resource_of(tuple_id(device.resource)) == device.resource);

  v1::Stanza stanza = presence_of(device);
  stanza.mutable_from()->set_resource(device.resource);
  CAUSEWAY_HOLDS(device_of(stanza) == device);
}

// What is read is written, and read again as the same.
void check_document(std::string_view input) {
  const auto document = parse(input);
  if (!document.ok()) {
    CAUSEWAY_HOLDS(!document.refusal().empty());
    return;
  }
  CAUSEWAY_HOLDS(!document->entity.empty() && document->devices.size() <= kMostDevices);
  std::set<std::string> resources;
  for (const Device& device : document->devices) {
    check_device(device);
    CAUSEWAY_HOLDS(resources.insert(device.resource).second);
  }
  const std::string text = write(*document);
  if (text.size() > xml::kDocument.stanza_bytes) return;
  const auto again = parse(text);
  CAUSEWAY_HOLDS(again.ok() && *again == *document);
  CAUSEWAY_HOLDS(write(*again) == text);
}

void check_words(std::string_view input) {
  CAUSEWAY_HOLDS(resource_of(tuple_id(resource_of(input))) == resource_of(input));
  const int priority = priority_named(input);
  CAUSEWAY_HOLDS(priority_named(priority_word(priority)) == priority);
  if (const auto user = user_of(input)) CAUSEWAY_HOLDS(user->is_bare() && !user->local().empty());
}

}  // namespace
}  // namespace causeway::gateway::pidf

void causeway::fuzz::attempt(std::string_view input) {
  causeway::gateway::pidf::check_document(input);
  causeway::gateway::pidf::check_words(input);
}
