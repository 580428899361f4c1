#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "causeway/v1/stanza.pb.h"
#include "common/address/jid.h"
#include "frontend_gateway/address/outcome.h"

namespace causeway::gateway::pidf {

// Presence documents (RFC 3863, with RFC 4479 and RFC 4480) <-> presence stanzas (RFC 8048 section
// 5). Pure.

// Text for a human, in one language; an empty `lang` says that none was named.
struct Note {
  std::string lang;
  std::string text;
  friend bool operator==(const Note&, const Note&) = default;
};

// A status of more bytes is cut between characters, and one of more languages loses the last: it is
// multiplied by watchers and devices on its way.
inline constexpr std::size_t kLongestNote = 1024;
inline constexpr std::size_t kMostNotes = 8;

// What one device says: a tuple there, a presence stanza from a full JID here.
struct Device {
  std::string resource{};  // prepared; empty: of a bare JID
  bool open = false;       // false: unavailable, with no show, no priority and no idle time
  v1::Presence::Show show = v1::Presence::NO_SHOW;
  int priority = 0;  // -128..127; a document says no negative one, and 0 by silence
  std::vector<Note> statuses{};
  std::optional<absl::Time> idle_since{};
  friend bool operator==(const Device&, const Device&) = default;
};

// Of one user. No two devices have the same resource.
struct Document {
  std::string entity{};  // a URI, as written: sip:, sips:, pres:, or none of these
  std::vector<Device> devices{};
  friend bool operator==(const Document&, const Document&) = default;
};

inline constexpr std::string_view kType = "application/pidf+xml";
// A document of more devices says the others in vain: each is a stanza to each watcher.
inline constexpr std::size_t kMostDevices = 50;

// Every device as it stands but for a negative priority, which RFC 8048 section 5.2.3 keeps from
// SIP: parse(write(document)) gives the same. The same document gives the same bytes.
std::string write(const Document& document);

// Refuses with a sentence for an operator what is no presence document, names no entity, or holds
// what must be understood and is not (RFC 3863 section 4.3.3). A tuple that says neither open nor
// closed nor anything else of its state is left out. `lang` is Content-Language, for notes that
// name none.
Outcome<Document, std::string> parse(std::string_view text, std::string_view lang = {});

// The user whom a document is about, as a bare JID; nothing for an entity that is no address. SIP,
// SIPS and PRES URIs of one name name one user.
std::optional<causeway::address::Jid> user_of(std::string_view entity);

// What a stanza of type available or unavailable says of its sender's device.
Device device_of(const v1::Stanza& presence);
// Without addresses.
v1::Stanza presence_of(const Device& device);

// For a partner whose users may not read them.
Document without_notes(Document document);

}  // namespace causeway::gateway::pidf
