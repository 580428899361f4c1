#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "common/xml/element.h"
#include "common/xml/parser.h"

namespace causeway::xml {

// What a document in the body of a SIP message may cost. A presence document of twenty devices has
// some 10 KiB, and no document that is read here nests deeper than eight.
inline constexpr Limits kDocument{.stanza_bytes = 64 << 10,
                                  .stanza_elements = 1000,
                                  .depth = 16,
                                  .attributes = 32,
                                  .parser_memory = 512 << 10};

// A whole XML document as its root element. `limits` are those of one stanza of a stream, with the
// root as its first level; a document of more than `stanza_bytes` is not looked at. UTF-8 only,
// with or without a byte order mark and an XML declaration. What RFC 6120 section 11.1 forbids in a
// stream is refused here as well (document types and with them entities, comments, processing
// instructions): no document of ours has a use for them, and each has broken a parser before.
// InvalidArgument with a sentence for an operator; nothing of the document is in it.
absl::StatusOr<Element> parse_document(std::string_view text, const Limits& limits = kDocument);

}  // namespace causeway::xml
