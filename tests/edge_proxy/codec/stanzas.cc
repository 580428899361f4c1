#include "tests/edge_proxy/codec/stanzas.h"

#include <google/protobuf/text_format.h>

#include <catch2/catch.hpp>

#include "common/xml/parser.h"
#include "edge_proxy/codec/stanza_codec.h"

namespace causeway::edge::codec {

xml::Element element(std::string_view text) {
  xml::Parser parser({.stanza_bytes = 1 << 20,
                      .stanza_elements = 10'000,
                      .depth = 100,
                      .attributes = 100,
                      .parser_memory = 8 << 20});
  parser.feed(
      "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'>");
  parser.next();
  parser.feed(text);
  auto event = parser.next();
  INFO(text);
  REQUIRE(event);
  REQUIRE(std::holds_alternative<xml::Element>(*event));
  REQUIRE_FALSE(parser.next());
  return std::get<xml::Element>(*std::move(event));
}

v1::Stanza stanza(std::string_view text) {
  v1::Stanza out;
  INFO(text);
  REQUIRE(google::protobuf::TextFormat::ParseFromString(std::string(text), &out));
  return out;
}

std::string text_format(const v1::Stanza& stanza) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  printer.SetUseUtf8StringEscaping(true);
  std::string out;
  printer.PrintToString(stanza, &out);
  return out;
}

std::string normalised(std::string_view text, std::string_view stream_lang) {
  const auto result = normalise(element(text), stream_lang);
  if (!result.ok()) return "error: " + absl::StatusCodeToString(result.status().code());
  return text_format(*result);
}

std::string appended(const v1::Stanza& stanza) {
  std::string out;
  append(out, stanza);
  return out;
}

}  // namespace causeway::edge::codec
