#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "causeway/v1/stanza.pb.h"
#include "common/xml/element.h"

namespace causeway::edge::codec {

// Elements of jabber:server <-> protobuf stanzas: the only place that knows both. Pure.

// What became of an element from the internet.
//   InvalidArgument: its from or to is not a JID or missing; the stream error is
//   improper-addressing. Unimplemented: not message, presence or iq; the stream error is
//   unsupported-stanza-type. FailedPrecondition: a stanza that means nothing: presence or iq of a
//   type that does not exist, an
//     iq without id, a request without exactly one payload. The stream goes on; send refusal().
// A message of a type that does not exist is one of type normal (RFC 6121 section 5.2.2). Anything
// else inside that has no field is left out; of an error, everything but the error. `stream_lang`
// is inherited when the stanza names no language. Says nothing about who may send it: that is the
// stream's business.
absl::StatusOr<v1::Stanza> normalise(const xml::Element& element, std::string_view stream_lang);

// What to send back for an element that failed a precondition: its kind of stanza with the error
// bad-request (RFC 6120 section 8.2.3). Nothing if it may not be answered.
std::optional<v1::Stanza> refusal(const xml::Element& element);

// The stanza as XML in jabber:server, appended to `out`, well-formed whatever the fields hold. Of
// an error, only the error is written. A stanza without kind, or of a type that this edge does not
// know, appends nothing.
void append(std::string& out, const v1::Stanza& stanza);

}  // namespace causeway::edge::codec
