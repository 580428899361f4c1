#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "causeway/v1/stanza.pb.h"

namespace causeway::gateway::pidf {

// The words of stanzas and documents for the same things, as tables.

// <show/> as the wire writes it (RFC 6121 section 4.7.2.1); empty for none.
std::string_view word_of(v1::Presence::Show show);
std::optional<v1::Presence::Show> show_named(std::string_view word);

// How a show is told to those who know activities only.
struct Told {
  std::string_view activity;  // RFC 4480 section 3.2; empty: none
  bool idle = false;          // <user-input/> says so even when nobody knows since when
};
Told told(v1::Presence::Show show);

// What an activity says of availability; nothing for a word that nobody has defined.
std::optional<v1::Presence::Show> show_of_activity(std::string_view activity);
// Of a user who does both: the one that a caller had better know.
v1::Presence::Show stronger(v1::Presence::Show a, v1::Presence::Show b);

// The priority attribute of <contact/> (RFC 3863 section 4.1.5): 0..127 <-> "0".."1" with at most
// three digits, different for each (RFC 8048 section 5.2.3). REQUIRES: 0..127.
std::string priority_word(int priority);
// 0, the lowest, for what is none.
int priority_named(std::string_view word);

// A tuple's id is an XML name, a resource any text (RFC 8048 section 5.2.2): "ID-" and the
// resource, with "_XX" for every byte but ASCII letters, digits, '-' and '.'. The same for ever:
// clients take another resource for another device.
std::string tuple_id(std::string_view resource);
// Any tuple's: what tuple_id() made gives its resource, an id of somebody else's making is a
// resource itself, or is made one.
std::string resource_of(std::string_view tuple_id);
// The second half alone: for an id whose resource another tuple's id is already.
std::string resource_like(std::string_view tuple_id);

}  // namespace causeway::gateway::pidf
