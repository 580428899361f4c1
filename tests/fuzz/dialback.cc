// A stream's header, and what a peer writes into dialback elements.

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/xml/parser.h"
#include "edge_proxy/dialback/key.h"
#include "edge_proxy/dialback/request.h"
#include "edge_proxy/stream/header.h"
#include "edge_proxy/stream/stream_error.h"
#include "tests/fuzz/target.h"

namespace causeway::edge {
namespace {

constexpr xml::Limits kLimits{.stanza_bytes = 64 << 10,
                              .stanza_elements = 100,
                              .depth = 64,
                              .attributes = 64,
                              .parser_memory = 4 << 20};

template <typename Wanted>
std::optional<Wanted> first(std::string_view bytes) {
  xml::Parser parser(kLimits);
  parser.feed(bytes);
  while (const auto event = parser.next()) {
    if (const auto* wanted = std::get_if<Wanted>(&*event)) return *wanted;
  }
  return std::nullopt;
}

xml::Element read_back(const std::string& text) {
  const auto element = first<xml::Element>(stream::to_xml(stream::Header{}) + text);
  CAUSEWAY_HOLDS(element.has_value());
  return *element;
}

void check_header(const xml::Opened& opened) {
  try {
    stream::Header header = stream::parse_header(opened.header, opened.content_ns);
    header.version = std::min(header.version, stream::kVersion);  // ours is never above
    const auto again = first<xml::Opened>(stream::to_xml(header));
    CAUSEWAY_HOLDS(again.has_value());
    const stream::Header read = stream::parse_header(again->header, again->content_ns);
    CAUSEWAY_HOLDS(read.from == header.from && read.to == header.to);
    CAUSEWAY_HOLDS(read.id == header.id && read.lang == header.lang);
  } catch (const stream::StreamError& error) {
    read_back(stream::to_xml(error));
  }
}

bool same(const dialback::Verdict& a, const dialback::Verdict& b) {
  return a.kind == b.kind && (a.kind != dialback::Verdict::error || a.condition == b.condition);
}

// Our answer to the request is an answer to it for the one who reads it, and only to it.
void check_answer(std::string_view name, const dialback::Request& request,
                  const dialback::Verdict& verdict) {
  const xml::Element answer = read_back(dialback::answer_xml(name, request, verdict));
  CAUSEWAY_HOLDS(dialback::is_answer(answer));
  const auto read = dialback::verdict_on(answer, name, request);
  CAUSEWAY_HOLDS(read.has_value() && same(*read, verdict));
  dialback::Request other = request;
  other.from = *address::Domain::parse("other.example");
  CAUSEWAY_HOLDS(request.from == other.from ||
                 !dialback::verdict_on(answer, name, other).has_value());
  other = request;
  other.id += "x";
  CAUSEWAY_HOLDS(!dialback::verdict_on(answer, name, other).has_value());
}

void check_key(const dialback::Request& request) {
  const dialback::Secret secret("shared");
  CAUSEWAY_HOLDS(!secret.made(request.key, request.to, request.from, request.id));
  const std::string key = secret.key(request.to, request.from, request.id);
  CAUSEWAY_HOLDS(secret.made(key, request.to, request.from, request.id));
  CAUSEWAY_HOLDS(!secret.made(key, request.to, request.from, request.id + " "));
  CAUSEWAY_HOLDS(request.to == request.from ||
                 !secret.made(key, request.from, request.to, request.id));
}

void check_request(std::string_view name, const xml::Element& element) {
  try {
    const dialback::Request request = dialback::parse_request(element);
    const auto again = dialback::parse_request(read_back(dialback::request_xml(name, request)));
    CAUSEWAY_HOLDS(again.from == request.from && again.to == request.to);
    CAUSEWAY_HOLDS(again.id == request.id && again.key == request.key);
    check_answer(name, request, {.kind = dialback::Verdict::valid});
    check_answer(name, request,
                 {.kind = dialback::Verdict::error, .condition = v1::ITEM_NOT_FOUND});
    check_key(request);
    // An answer to what we asked names the same domains the other way round.
    const dialback::Request asked{.from = request.to, .to = request.from, .id = request.id};
    const auto verdict = dialback::verdict_on(element, name, asked);
    CAUSEWAY_HOLDS(!verdict || dialback::is_answer(element));
    if (verdict) CAUSEWAY_HOLDS(!dialback::words_of(*verdict).empty());
  } catch (const stream::StreamError& error) {
    CAUSEWAY_HOLDS(error.condition() == stream::Condition::improper_addressing);
  }
}

}  // namespace
}  // namespace causeway::edge

void causeway::fuzz::attempt(std::string_view input) {
  using namespace causeway::edge;
  xml::Parser parser(kLimits);
  parser.feed(input);
  while (const auto event = parser.next()) {
    if (const auto* opened = std::get_if<xml::Opened>(&*event)) check_header(*opened);
    if (const auto* element = std::get_if<xml::Element>(&*event)) {
      check_request("result", *element);
      check_request("verify", *element);
    }
  }
}
