#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "common/xml/parser.h"

namespace causeway::xml {

// Ample for what the tests call good.
inline constexpr Limits kAmple{.stanza_bytes = 64 << 10,
                               .stanza_elements = 1000,
                               .depth = 20,
                               .attributes = 20,
                               .parser_memory = 1 << 20};

inline constexpr std::string_view kHeader =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' "
    "xmlns:stream='http://etherx.jabber.org/streams' from='fabrikam.example' "
    "to='contoso.example' version='1.0' xml:lang='en'>";

std::string_view name_of(Fault fault);  // "not_well_formed"

// The events as one line that tests compare: "open element(message jabber:server) closed".
std::string describe(const Event& event);

// Feeds in pieces of the sizes that `next_size` gives; the events, in brackets, in order.
std::string transcript(std::string_view bytes, const Limits& limits,
                       const std::function<std::size_t()>& next_size);

// The same whole, byte by byte, and in random pieces; fails the test unless all agree.
std::string transcript(std::string_view bytes, const Limits& limits = kAmple);

}  // namespace causeway::xml
