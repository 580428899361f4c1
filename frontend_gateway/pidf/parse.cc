#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/text/utf8.h"
#include "common/xml/document.h"
#include "frontend_gateway/address/mapping.h"
#include "frontend_gateway/address/text.h"
#include "frontend_gateway/pidf/document.h"
#include "frontend_gateway/pidf/namespaces.h"
#include "frontend_gateway/pidf/words.h"
#include "frontend_gateway/translate/language.h"

namespace causeway::gateway::pidf {
namespace {

using causeway::xml::Element;
using v1::Presence;

constexpr std::string_view kKnown[] = {ns::kPidf, ns::kModel, ns::kRpid, ns::kClient, ns::kDraft};

bool is_true(std::string_view value) { return value == "true" || value == "1"; }

// RFC 3863 section 4.3.3.
bool demands_the_unknown(const Element& parent) {
  return std::ranges::any_of(parent.children, [](const Element& child) {
    return std::ranges::find(kKnown, child.ns) == std::end(kKnown) &&
           std::ranges::any_of(child.attributes, [](const causeway::xml::Attribute& attribute) {
             return attribute.ns == ns::kPidf && attribute.name == "mustUnderstand" &&
                    is_true(attribute.value);
           });
  });
}

class Reader {
 public:
  Reader(const Element& presence, std::string_view lang)
      : presence_(presence),
        lang_(presence.lang().empty() ? lang : presence.lang()),
        person_(presence.child("person", ns::kModel)) {}

  std::vector<Device> devices() {
    std::vector<Device> devices;
    for (const Element& child : presence_.children) {
      if (!child.is("tuple", ns::kPidf)) continue;
      std::optional<Device> device = read(child);
      if (!device) continue;
      const auto twin = std::ranges::find(devices, device->resource, &Device::resource);
      if (twin == devices.end()) {
        if (devices.size() < kMostDevices) devices.push_back(*std::move(device));
      } else if (device->open && !twin->open) {
        *twin = *std::move(device);
      }
    }
    return devices;
  }

 private:
  std::optional<Device> read(const Element& tuple) {
    static const Element kNoStatus;
    const Element* given = tuple.child("status", ns::kPidf);
    const Element& status = given == nullptr ? kNoStatus : *given;
    if (demands_the_unknown(tuple) || demands_the_unknown(status)) return std::nullopt;
    const Places places{&status, &tuple, hardware_of(tuple), person_};
    const std::optional<Presence::Show> show = show_in(status, places);
    const std::optional<bool> open = is_open(status, show.has_value());
    if (!open) return std::nullopt;
    Device device{.resource = resource_in(tuple), .open = *open, .statuses = notes(tuple)};
    if (!device.open) return device;
    device.show = show.value_or(Presence::NO_SHOW);
    if (const Element* contact = tuple.child("contact", ns::kPidf))
      device.priority = priority_named(contact->attribute("priority"));
    device.idle_since = idle_in(places);
    return device;
  }

  // Where RPID may stand, the most particular first.
  using Places = const Element* [4];

  // The device that the tuple says it runs on (RFC 4479 section 3.4).
  const Element* hardware_of(const Element& tuple) const {
    const Element* id = tuple.child("deviceID", ns::kModel);
    if (id == nullptr) return nullptr;
    for (const Element& child : presence_.children) {
      if (!child.is("device", ns::kModel)) continue;
      const Element* own = child.child("deviceID", ns::kModel);
      if (own != nullptr && trim(own->text) == trim(id->text)) return &child;
    }
    return nullptr;
  }

  // Nothing when nobody says what is to be understood.
  static std::optional<Presence::Show> show_in(const Element& status, const Places& places) {
    if (const Element* show = status.child("show", ns::kClient)) {
      if (const auto named = show_named(trim(show->text))) return named;
    }
    for (const Element* place : places) {
      if (place == nullptr) continue;
      for (const Element& child : place->children) {
        if (child.name != "activities" || (child.ns != ns::kRpid && child.ns != ns::kDraft))
          continue;
        if (const auto show = show_of(child)) return show;
      }
    }
    return std::nullopt;
  }

  static std::optional<Presence::Show> show_of(const Element& activities) {
    std::optional<Presence::Show> strongest;
    for (const Element& child : activities.children) {
      // The drafts wrote <activity>busy</activity>, the RFC writes <busy/>.
      const std::string_view name = child.name == "activity" ? trim(child.text) : child.name;
      if (const auto show = show_of_activity(name))
        strongest = stronger(*show, strongest.value_or(Presence::NO_SHOW));
    }
    return strongest;
  }

  // <basic/> is optional (RFC 3863 section 4.1.4): who is busy or away is there.
  static std::optional<bool> is_open(const Element& status, bool has_activity) {
    if (const Element* basic = status.child("basic", ns::kPidf)) {
      if (equal_ignoring_case(trim(basic->text), "open")) return true;
      if (equal_ignoring_case(trim(basic->text), "closed")) return false;
    }
    if (has_activity) return true;
    return std::nullopt;
  }

  // Another's id of its own may be what this one decodes to.
  std::string resource_in(const Element& tuple) const {
    const std::string_view id = tuple.attribute("id");
    std::string resource = resource_of(id);
    if (resource == id || resource_of(resource) != resource) return resource;
    const bool taken = std::ranges::any_of(presence_.children, [&](const Element& other) {
      return other.is("tuple", ns::kPidf) && other.attribute("id") == resource;
    });
    return taken ? resource_like(id) : resource;
  }

  static std::optional<absl::Time> idle_in(const Places& places) {
    for (const Element* place : places) {
      const Element* input = place == nullptr ? nullptr : place->child("user-input", ns::kRpid);
      if (input == nullptr) continue;
      absl::Time since;
      std::string error;
      if (trim(input->text) != "idle" ||
          !absl::ParseTime(absl::RFC3339_full, std::string(input->attribute("last-input")), &since,
                           &error))
        return std::nullopt;
      if (since < absl::FromUnixSeconds(-62135596800) ||
          since >= absl::FromUnixSeconds(253402300800))
        return std::nullopt;  // RFC 3339 has the years 1 to 9999
      // As fine as a stanza can say it.
      return absl::UnixEpoch() + absl::Floor(since - absl::UnixEpoch(), absl::Nanoseconds(1));
    }
    return std::nullopt;
  }

  // Those of the tuple, else of the person, else of the document.
  std::vector<Note> notes(const Element& tuple) const {
    std::vector<Note> notes;
    const std::string_view lang = tuple.lang().empty() ? lang_ : tuple.lang();
    append_notes(notes, tuple, ns::kPidf, lang);
    if (notes.empty() && person_ != nullptr)
      append_notes(notes, *person_, ns::kModel, person_->lang().empty() ? lang_ : person_->lang());
    if (notes.empty()) append_notes(notes, presence_, ns::kPidf, lang_);
    return notes;
  }

  static void append_notes(std::vector<Note>& notes, const Element& parent, std::string_view ns,
                           std::string_view inherited) {
    for (const Element& child : parent.children) {
      if (!child.is("note", ns) || child.text.empty() || notes.size() == kMostNotes) continue;
      std::string lang(child.lang().empty() ? inherited : child.lang());
      if (!translate::is_language_tag(lang)) lang.clear();
      if (std::ranges::find(notes, lang, &Note::lang) != notes.end()) continue;
      notes.push_back({std::move(lang), std::string(causeway::text::prefix_of_characters(
                                            child.text, kLongestNote))});
    }
  }

  const Element& presence_;
  const std::string_view lang_;
  const Element* const person_;
};

}  // namespace

Outcome<Document, std::string> parse(std::string_view text, std::string_view lang) {
  const absl::StatusOr<Element> root = causeway::xml::parse_document(text);
  if (!root.ok())
    return absl::StrCat("no XML document that is read here: ", root.status().message());
  if (!root->is("presence", ns::kPidf)) return std::string("the root element is not PIDF's");
  Document document{.entity = std::string(trim(root->attribute("entity")))};
  if (document.entity.empty()) return std::string("it names no entity");
  if (demands_the_unknown(*root))
    return std::string("it demands that something unknown is understood");
  document.devices = Reader(*root, lang).devices();
  return document;
}

std::optional<causeway::address::Jid> user_of(std::string_view entity) {
  constexpr std::string_view kSchemes[] = {"sip:", "sips:", "pres:"};
  for (const std::string_view scheme : kSchemes) {
    if (!equal_ignoring_case(entity.substr(0, scheme.size()), scheme)) continue;
    entity.remove_prefix(scheme.size());
    break;
  }
  const auto jid = mapping::to_jid(absl::StrCat("sip:", std::string(entity)));
  if (!jid.ok() || jid->local().empty()) return std::nullopt;
  const auto bare = causeway::address::Jid::from_parts(jid->local(), jid->domain().unicode(), "");
  return bare.ok() ? std::optional(*bare) : std::nullopt;
}

}  // namespace causeway::gateway::pidf
