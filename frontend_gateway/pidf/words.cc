#include "frontend_gateway/pidf/words.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "common/address/jid.h"

namespace causeway::gateway::pidf {
namespace {

using v1::Presence;

struct Show {
  Presence::Show show;
  std::string_view word;
  Told told;
};
constexpr Show kShows[] = {
    {Presence::NO_SHOW, "", {}},
    {Presence::CHAT, "chat", {}},
    {Presence::AWAY, "away", {.activity = "away"}},
    {Presence::XA, "xa", {.activity = "away", .idle = true}},
    {Presence::DND, "dnd", {.activity = "busy"}},
};

// In the order of stronger(): who is on the phone and on a holiday is not to be called.
constexpr Presence::Show kWeakestFirst[] = {Presence::NO_SHOW, Presence::CHAT, Presence::AWAY,
                                            Presence::XA, Presence::DND};

struct Activity {
  std::string_view name;
  Presence::Show show;
};
constexpr Activity kActivities[] = {
    // RFC 4480 section 3.2
    {"appointment", Presence::DND},
    {"away", Presence::AWAY},
    {"breakfast", Presence::AWAY},
    {"busy", Presence::DND},
    {"dinner", Presence::AWAY},
    {"holiday", Presence::XA},
    {"in-transit", Presence::AWAY},
    {"looking-for-work", Presence::NO_SHOW},
    {"lunch", Presence::AWAY},
    {"meal", Presence::AWAY},
    {"meeting", Presence::DND},
    {"on-the-phone", Presence::DND},
    {"other", Presence::NO_SHOW},
    {"performance", Presence::DND},
    {"permanent-absence", Presence::XA},
    {"playing", Presence::NO_SHOW},
    {"presentation", Presence::DND},
    {"shopping", Presence::NO_SHOW},
    {"sleeping", Presence::XA},
    {"spectator", Presence::NO_SHOW},
    {"steering", Presence::AWAY},
    {"travel", Presence::AWAY},
    {"tv", Presence::NO_SHOW},
    {"unknown", Presence::NO_SHOW},
    {"vacation", Presence::XA},
    {"working", Presence::NO_SHOW},
    {"worship", Presence::DND},
    // the tokens of Lync
    {"in-a-conference", Presence::DND},
    {"in-a-meeting", Presence::DND},
    {"in-presentation", Presence::DND},
    {"out-of-office", Presence::XA},
    {"urgent-interruptions-only", Presence::DND},
};

constexpr std::string_view kPrefix = "ID-";

bool stands_for_itself(char c) { return absl::ascii_isalnum(c) || c == '-' || c == '.'; }

// What tuple_id() encoded; nothing if it did not.
std::optional<std::string> decode(std::string_view id) {
  if (id.substr(0, kPrefix.size()) != kPrefix) return std::nullopt;
  std::string resource;
  for (std::size_t i = kPrefix.size(); i < id.size(); ++i) {
    unsigned byte = 0;
    if (id[i] == '_') {
      for (const char digit : id.substr(i + 1, 2))
        byte = byte << 4 |
               static_cast<unsigned>(absl::ascii_isdigit(digit) ? digit - '0' : digit - 'A' + 10);
      resource += static_cast<char>(byte);
      i += 2;
    } else {
      resource += id[i];
    }
  }
  if (tuple_id(resource) != id) return std::nullopt;
  return resource;
}

// Nothing for what no JID may have as its resource. The simple ones need no asking.
std::optional<std::string> prepared(std::string_view resource) {
  if (resource.size() <= 100 && !resource.empty() &&
      std::ranges::all_of(resource, stands_for_itself))
    return std::string(resource);
  const auto jid = causeway::address::Jid::from_parts("", "x.example", resource);
  if (!jid.ok() || jid->resource().empty()) return std::nullopt;
  return jid->resource();
}

// FNV-1a, 64 bits: the same in every life of every gateway, which is all that it is for.
std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace

std::string_view word_of(Presence::Show show) {
  const auto* found = std::ranges::find(kShows, show, &Show::show);
  return found == std::end(kShows) ? std::string_view() : found->word;
}

std::optional<Presence::Show> show_named(std::string_view word) {
  const auto* found = std::ranges::find(kShows, word, &Show::word);
  if (word.empty() || found == std::end(kShows)) return std::nullopt;
  return found->show;
}

Told told(Presence::Show show) {
  const auto* found = std::ranges::find(kShows, show, &Show::show);
  return found == std::end(kShows) ? Told{} : found->told;
}

std::optional<Presence::Show> show_of_activity(std::string_view activity) {
  const auto* found = std::ranges::find(kActivities, activity, &Activity::name);
  if (found == std::end(kActivities)) return std::nullopt;
  return found->show;
}

Presence::Show stronger(Presence::Show a, Presence::Show b) {
  return std::ranges::find(kWeakestFirst, a) < std::ranges::find(kWeakestFirst, b) ? b : a;
}

// Down to thousandths, and up on the way back: 1/127 is nearly eight of them.
std::string priority_word(int priority) {
  assert(priority >= 0 && priority <= 127);
  const int thousandths = priority * 1000 / 127;
  if (thousandths == 1000) return "1";
  if (thousandths == 0) return "0";
  return absl::StrFormat("0.%03d", thousandths);
}

int priority_named(std::string_view word) {
  if (word.empty() || word.size() > 5 || (word[0] != '0' && word[0] != '1')) return 0;
  if (word.size() > 1 && word[1] != '.') return 0;
  int thousandths = (word[0] - '0') * 1000;
  int worth = 100;
  for (const char c : word.substr(std::min<std::size_t>(2, word.size()))) {
    if (!absl::ascii_isdigit(c)) return 0;
    thousandths += (c - '0') * worth;
    worth /= 10;
  }
  return thousandths > 1000 ? 0 : (thousandths * 127 + 999) / 1000;
}

std::string tuple_id(std::string_view resource) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string id(kPrefix);
  id.reserve(id.size() + resource.size());
  for (const char c : resource) {
    if (stands_for_itself(c)) {
      id += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      id += '_';
      id += kHex[byte >> 4];
      id += kHex[byte & 15];
    }
  }
  return id;
}

std::string resource_of(std::string_view tuple_id) {
  if (const std::optional<std::string> decoded = decode(tuple_id)) {
    if (decoded->empty()) return {};
    if (prepared(*decoded) == *decoded) return *decoded;
  }
  return resource_like(tuple_id);
}

std::string resource_like(std::string_view tuple_id) {
  // Not all in memory for ever that a stranger's document calls an id.
  constexpr std::size_t kLongestId = 256;
  if (tuple_id.size() <= kLongestId) {
    if (std::optional<std::string> resource = prepared(tuple_id)) return *std::move(resource);
  }
  return absl::StrFormat("sip-%016x", stable_hash(tuple_id));
}

}  // namespace causeway::gateway::pidf
