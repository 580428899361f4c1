#pragma once

#include <string>
#include <string_view>

#include "causeway/v1/stanza.pb.h"
#include "common/xml/element.h"

namespace causeway::edge::codec {

// The first-level element of jabber:server that `text` is.
xml::Element element(std::string_view text);

// A stanza in the text format of protobuf.
v1::Stanza stanza(std::string_view text);

// normalise() of the element that `text` is, in text format; or "error: " and the status code's
// name.
std::string normalised(std::string_view text, std::string_view stream_lang = {});

std::string text_format(const v1::Stanza& stanza);
std::string appended(const v1::Stanza& stanza);

}  // namespace causeway::edge::codec
