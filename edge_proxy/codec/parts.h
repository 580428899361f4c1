#pragma once

#include <string>
#include <string_view>

#include "causeway/v1/stanza.pb.h"
#include "common/xml/element.h"

namespace causeway::edge::codec {

// What is inside each kind of stanza, in and out. Readers leave out what they do not know;
// appenders write between the start tag and the end tag.

void read_message(const xml::Element& element, v1::Message& message);
void append_message(std::string& out, const v1::Message& message);

void read_presence(const xml::Element& element, v1::Presence& presence);
void append_presence(std::string& out, const v1::Presence& presence);

void read_error(const xml::Element& stanza, v1::StanzaError& error);
void append_error(std::string& out, const v1::StanzaError& error);

// An xml:lang that is one (RFC 5646 section 2.1: letters, digits and hyphens, not absurdly long);
// empty otherwise.
std::string_view language(std::string_view lang);

// <body/>, <subject/>, <status/>: one of each language, the first if there are more (RFC 6121
// section 5.2.3 allows no more).
using LocalizedTexts = google::protobuf::RepeatedPtrField<v1::LocalizedText>;
void read_text(const xml::Element& element, LocalizedTexts& texts);
void append_texts(std::string& out, std::string_view name, const LocalizedTexts& texts);

}  // namespace causeway::edge::codec
