#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "causeway/v1/stanza.pb.h"

namespace causeway::edge::codec {

// Enum values as the wire writes them.

template <typename Value>
struct Word {
  Value value;
  std::string_view word;
};

template <typename Value, std::size_t n>
std::optional<Value> value_of(const Word<Value> (&words)[n], std::string_view word) {
  for (const Word<Value>& row : words) {
    if (row.word == word) return row.value;
  }
  return std::nullopt;
}

// Empty for a value that has no word.
template <typename Value, std::size_t n>
std::string_view word_of(const Word<Value> (&words)[n], Value value) {
  for (const Word<Value>& row : words) {
    if (row.value == value) return row.word;
  }
  return {};
}

// RFC 6121 section 5.2.2.
inline constexpr Word<v1::Message::Type> kMessageTypes[] = {
    {v1::Message::NORMAL, "normal"},       {v1::Message::CHAT, "chat"},
    {v1::Message::GROUPCHAT, "groupchat"}, {v1::Message::HEADLINE, "headline"},
    {v1::Message::ERROR, "error"},
};

// XEP-0085 section 4.
inline constexpr Word<v1::Message::ChatState> kChatStates[] = {
    {v1::Message::ACTIVE, "active"}, {v1::Message::COMPOSING, "composing"},
    {v1::Message::PAUSED, "paused"}, {v1::Message::INACTIVE, "inactive"},
    {v1::Message::GONE, "gone"},
};

// RFC 6121 section 4.7.1; available is the absence of the attribute.
inline constexpr Word<v1::Presence::Type> kPresenceTypes[] = {
    {v1::Presence::UNAVAILABLE, "unavailable"},
    {v1::Presence::SUBSCRIBE, "subscribe"},
    {v1::Presence::SUBSCRIBED, "subscribed"},
    {v1::Presence::UNSUBSCRIBE, "unsubscribe"},
    {v1::Presence::UNSUBSCRIBED, "unsubscribed"},
    {v1::Presence::PROBE, "probe"},
    {v1::Presence::ERROR, "error"},
};

// RFC 6121 section 4.7.2.1.
inline constexpr Word<v1::Presence::Show> kShows[] = {
    {v1::Presence::AWAY, "away"},
    {v1::Presence::CHAT, "chat"},
    {v1::Presence::DND, "dnd"},
    {v1::Presence::XA, "xa"},
};

// RFC 6120 section 8.2.3.
inline constexpr Word<v1::Iq::Type> kIqTypes[] = {
    {v1::Iq::GET, "get"},
    {v1::Iq::SET, "set"},
    {v1::Iq::RESULT, "result"},
    {v1::Iq::ERROR, "error"},
};

}  // namespace causeway::edge::codec
