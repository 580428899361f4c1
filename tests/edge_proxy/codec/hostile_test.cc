#include <catch2/catch.hpp>
#include <string>

#include "common/xml/writer.h"
#include "edge_proxy/codec/stanza_codec.h"
#include "tests/edge_proxy/codec/stanzas.h"

namespace causeway::edge::codec {
namespace {

using namespace std::string_literals;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Puts the same text into every string of a message, and something into every other field.
void fill(Message& message, const std::string& text, int levels) {
  const auto* reflection = message.GetReflection();
  const auto* descriptor = message.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    if (field->containing_oneof() != nullptr) continue;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      reflection->SetString(&message, field, text);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
      reflection->SetBool(&message, field, true);
    } else if (field->is_repeated() && levels > 0) {
      fill(*reflection->AddMessage(&message, field), text, levels - 1);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && levels > 0) {
      fill(*reflection->MutableMessage(&message, field), text, levels - 1);
    }
  }
}

const std::string kHostile[] = {
    "'><evil/><x a='",
    "\"><evil/>",
    "</body></message><message><body>",
    "]]><evil/><![CDATA[",
    "<!-- --><?evil?><!DOCTYPE x>&evil;",
    "&#0;&#x1;",
    "\0\x01\x0B\x1F\x7F"s,
    "\xFF\xFE\xC0\xBC\xED\xA0\x80\xF4\x90\x80\x80",
    "\r\nInjected: header\r\n\r\n",
    "</stream:stream>",
    std::string(5000, '<'),
};

TEST_CASE("hostile text in every field stays text") {
  for (const std::string& text : kHostile) {
    INFO(text);
    for (const auto kind : {v1::Stanza::kMessage, v1::Stanza::kPresence, v1::Stanza::kIq}) {
      for (const bool error : {false, true}) {
        v1::Stanza stanza;
        fill(stanza, text, 4);
        if (kind == v1::Stanza::kMessage) fill(*stanza.mutable_message(), text, 4);
        if (kind == v1::Stanza::kPresence) fill(*stanza.mutable_presence(), text, 4);
        if (kind == v1::Stanza::kIq) fill(*stanza.mutable_iq(), text, 4);
        if (error && stanza.has_message()) stanza.mutable_message()->set_type(v1::Message::ERROR);
        if (error && stanza.has_presence())
          stanza.mutable_presence()->set_type(v1::Presence::ERROR);
        if (error && stanza.has_iq()) stanza.mutable_iq()->set_type(v1::Iq::ERROR);
        // One element, and the parser takes it: element() requires both.
        const xml::Element read = element(appended(stanza));
        CHECK(to_string(read).find("evil/>") == std::string::npos);
        CHECK(read.child("evil", "jabber:server") == nullptr);
        CHECK_FALSE(read.has_attribute("a"));
      }
    }
  }
}

TEST_CASE("hostile text in payloads stays text") {
  for (const std::string& text : kHostile) {
    v1::Stanza out = stanza(
        "from { domain: 'a.example' } to { domain: 'b.example' } id: '1' iq { type: RESULT "
        "payload { namespace: 'jabber:iq:last' name: 'query' } }");
    out.mutable_iq()->mutable_payload()->set_text(text);
    (*out.mutable_iq()->mutable_payload()->mutable_attributes())["seconds"] = text;
    (*out.mutable_iq()->mutable_payload()->mutable_attributes())[text] = text;
    const xml::Element read = element(appended(out));
    REQUIRE(read.children.size() == 1);
    CHECK(read.children[0].attributes.size() == 1);
    CHECK(read.children[0].children.empty());
  }
}

TEST_CASE("hostile elements in every place are read or refused, never more") {
  const std::string addresses = " from='a@b.example' to='c@d.example'";
  const std::string deep = [] {
    std::string text;
    for (int i = 0; i < 90; ++i) text += "<body>";
    for (int i = 0; i < 90; ++i) text += "</body>";
    return text;
  }();
  CHECK(normalised("<message" + addresses + ">" + deep + "</message>") ==
        text_format(stanza("from { local: 'a' domain: 'b.example' } "
                           "to { local: 'c' domain: 'd.example' } message { bodies {} }")));
  std::string many;
  for (int i = 0; i < 5000; ++i) many += "<body>x</body>";
  CHECK(normalised("<message" + addresses + ">" + many + "</message>") ==
        text_format(
            stanza("from { local: 'a' domain: 'b.example' } "
                   "to { local: 'c' domain: 'd.example' } message { bodies { text: 'x' } }")));
}

}  // namespace
}  // namespace causeway::edge::codec
