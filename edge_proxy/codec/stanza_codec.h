#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "causeway/v1/stanza.pb.h"
#include "edge_proxy/xml/element.h"

namespace causeway::edge::codec {

// Elements of jabber:server <-> protobuf stanzas: the only place that knows both. Pure.

// What became of an element from the internet.
//   InvalidArgument: its from or to is not a JID or missing; the stream error is improper-addressing.
//   Unimplemented: not message, presence or iq; the stream error is unsupported-stanza-type.
// Anything else inside it that has no field is left out. `stream_lang` is inherited when the stanza
// names no language. Says nothing about who may send it: that is the stream's business.
absl::StatusOr<v1::Stanza> normalise(const xml::Element& element, std::string_view stream_lang);

// The stanza as XML in jabber:server, appended to `out`, well-formed whatever the fields hold.
void append(std::string& out, const v1::Stanza& stanza);

}  // namespace causeway::edge::codec
