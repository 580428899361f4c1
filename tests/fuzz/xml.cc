// Bytes from a stranger, through the parser and the codec and back out.

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/xml/parser.h"
#include "common/xml/writer.h"
#include "edge_proxy/codec/stanza_codec.h"
#include "tests/fuzz/target.h"

namespace causeway::edge {
namespace {

// What strangers may send, what partners may, and no limits that an input can reach: which of two
// faults comes first may depend on the pieces when one of them is that there is too much.
constexpr xml::Limits kStranger{.stanza_bytes = 8 << 10,
                                .stanza_elements = 32,
                                .depth = 64,
                                .attributes = 64,
                                .parser_memory = 4 << 20};
constexpr xml::Limits kPartner{.stanza_bytes = 512 << 10,
                               .stanza_elements = 4096,
                               .depth = 64,
                               .attributes = 64,
                               .parser_memory = 4 << 20};
constexpr xml::Limits kNone{.stanza_bytes = 16 << 20,
                            .stanza_elements = 16 << 20,
                            .depth = 16 << 20,
                            .attributes = 16 << 20,
                            .parser_memory = std::size_t{1} << 30};

constexpr std::string_view kHeader =
    "<stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' "
    "xmlns:stream='http://etherx.jabber.org/streams'>";

using Events = std::vector<xml::Event>;

bool same(const xml::Event& a, const xml::Event& b) {
  if (a.index() != b.index()) return false;
  if (const auto* element = std::get_if<xml::Element>(&a))
    return *element == std::get<xml::Element>(b);
  if (const auto* opened = std::get_if<xml::Opened>(&a)) {
    return opened->header == std::get<xml::Opened>(b).header &&
           opened->content_ns == std::get<xml::Opened>(b).content_ns;
  }
  if (const auto* broken = std::get_if<xml::Broken>(&a))
    return broken->fault == std::get<xml::Broken>(b).fault;
  return true;
}

bool same(const Events& a, const Events& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& one, const auto& other) { return same(one, other); });
}

std::size_t most_memory(const xml::Limits& limits, std::size_t fed) {
  return limits.parser_memory + 2 * limits.stanza_bytes + 2 * fed + (64 << 10);
}

// Each piece in a buffer of its own, so that reading beyond it is noticed. After some of them the
// parser is told that the stream is quiet.
template <typename NextSize>
Events parse(std::string_view bytes, const xml::Limits& limits, NextSize next_size) {
  xml::Parser parser(limits);
  Events events;
  while (!bytes.empty()) {
    const std::size_t size = std::min<std::size_t>(next_size(), bytes.size());
    parser.feed(std::string(bytes.substr(0, size)));
    bytes.remove_prefix(size);
    while (auto event = parser.next()) events.push_back(*std::move(event));
    CAUSEWAY_HOLDS(parser.memory() <= most_memory(limits, size));
    if (size % 3 == 0) parser.trim();
  }
  return events;
}

Events parse(std::string_view bytes, const xml::Limits& limits) {
  return parse(bytes, limits, [&] { return bytes.size(); });
}

// Nothing comes after an end, and nothing before the header.
void check_order(const Events& events) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    const bool opens = std::holds_alternative<xml::Opened>(events[i]);
    const bool ends = std::holds_alternative<xml::Closed>(events[i]) ||
                      std::holds_alternative<xml::Broken>(events[i]);
    CAUSEWAY_HOLDS(opens ? i == 0 : i > 0 || ends);
    CAUSEWAY_HOLDS(!ends || i + 1 == events.size());
  }
}

std::size_t check_size(const xml::Element& element, const xml::Limits& limits, std::size_t depth) {
  if (element.is_text()) return 0;
  CAUSEWAY_HOLDS(depth <= limits.depth);
  CAUSEWAY_HOLDS(element.attributes.size() <= limits.attributes);
  CAUSEWAY_HOLDS(!element.name.empty());
  std::size_t elements = 1;
  for (const xml::Element& child : element.children)
    elements += check_size(child, limits, depth + 1);
  CAUSEWAY_HOLDS(elements <= limits.stanza_elements);
  return elements;
}

void check_sizes(const Events& events, const xml::Limits& limits) {
  for (const xml::Event& event : events) {
    if (const auto* element = std::get_if<xml::Element>(&event)) check_size(*element, limits, 1);
  }
}

// `text` as the only thing on a stream; the element that it must be.
xml::Element read_back(const std::string& text) {
  const Events events = parse(std::string(kHeader) + text, kNone);
  CAUSEWAY_HOLDS(events.size() == 2);
  CAUSEWAY_HOLDS(std::holds_alternative<xml::Element>(events[1]));
  return std::get<xml::Element>(events[1]);
}

bool same(const v1::Stanza& a, const v1::Stanza& b) {
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

std::string written(const v1::Stanza& stanza) {
  std::string text;
  codec::append(text, stanza);
  return text;
}

// What goes to a gateway is a message that it can read, and means the same once written. Of a
// payload that nothing is known about only the name is read, and it is not written: an iq may lose
// what makes it one, and what answers an iq without id has none either.
void check_stanza(const v1::Stanza& stanza) {
  v1::Stanza received;
  CAUSEWAY_HOLDS(received.ParseFromString(stanza.SerializeAsString()));
  CAUSEWAY_HOLDS(same(stanza, received));
  const std::string text = written(stanza);
  const auto again = codec::normalise(read_back(text), {});
  if (!again.ok()) {
    CAUSEWAY_HOLDS(stanza.has_iq() && absl::IsFailedPrecondition(again.status()));
    return;
  }
  CAUSEWAY_HOLDS(written(*again) == text);
  if (!stanza.has_error() && !stanza.has_iq()) CAUSEWAY_HOLDS(same(*again, stanza));
}

void check_codec(const xml::Element& element) {
  const auto stanza = codec::normalise(element, "en");
  if (stanza.ok()) return check_stanza(*stanza);
  const absl::StatusCode code = stanza.status().code();
  CAUSEWAY_HOLDS(code == absl::StatusCode::kInvalidArgument ||
                 code == absl::StatusCode::kUnimplemented ||
                 code == absl::StatusCode::kFailedPrecondition);
  if (code != absl::StatusCode::kFailedPrecondition) return;
  if (const auto answer = codec::refusal(element)) check_stanza(*answer);
}

// What is written is read as the same, but for names that are not written; and those only once.
void check_element(const xml::Element& element) {
  const std::string text = xml::to_string(element, "jabber:server");
  check_codec(element);
  if (text.empty()) return;
  const xml::Element again = read_back(text);
  CAUSEWAY_HOLDS(xml::to_string(again, "jabber:server") == text);
}

}  // namespace
}  // namespace causeway::edge

// How it is cut depends on its size alone, so that what was found is found again.
void causeway::fuzz::attempt(std::string_view input) {
  using namespace causeway::edge;
  std::minstd_rand random(static_cast<unsigned>(input.size() + 1));
  const auto pieces = [&](unsigned largest) {
    return [&, largest] { return 1 + random() % largest; };
  };
  const Events events = parse(input, kNone);
  check_order(events);
  CAUSEWAY_HOLDS(same(events, parse(input, kNone, pieces(input.size() % 2 == 0 ? 1 : 50))));
  for (const xml::Event& event : events) {
    if (const auto* element = std::get_if<xml::Element>(&event)) check_element(*element);
  }
  for (const xml::Limits& limits : {kStranger, kPartner}) {
    const Events within = parse(input, limits, pieces(200));
    check_order(within);
    check_sizes(within, limits);
  }
}
