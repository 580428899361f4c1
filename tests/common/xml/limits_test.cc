#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "tests/common/xml/transcript.h"

namespace causeway::xml {
namespace {

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

// The last event of a stream with this content.
std::string last_event(std::string_view content, const Limits& limits) {
  const std::string all = transcript(std::string(kHeader) + std::string(content), limits);
  const std::size_t at = all.rfind("][");
  return at == std::string::npos ? all : all.substr(at + 1);
}

std::string stanza_of(std::size_t bytes) {
  const std::string frame = "<m></m>";
  return "<m>" + std::string(bytes - frame.size(), 'x') + "</m>";
}

TEST_CASE("a stanza of exactly the limit passes, one byte more does not") {
  Limits limits = kAmple;
  limits.stanza_bytes = 5000;
  CHECK(last_event(stanza_of(5000), limits).substr(0, 3) == "[<m");
  CHECK(last_event(stanza_of(5001), limits) == "[broken policy_violation]");
  // Each has its own account, and white space between them has none.
  CHECK(last_event(repeat(stanza_of(5000) + std::string(5000, ' '), 4), limits).substr(0, 3) ==
        "[<m");
  CHECK(last_event(stanza_of(5000) + stanza_of(5001), limits) == "[broken policy_violation]");
}

TEST_CASE("the byte limit holds for every kind of token") {
  Limits limits = kAmple;
  limits.stanza_bytes = 2000;
  const std::string much(2001, 'x');
  for (const std::string& content :
       {"<m>" + much, "<m a='" + much, "<" + much, "</" + much, "<m><" + much, "<m>&" + much,
        "&" + much, "<m><![CDATA[" + much, "<m>" + repeat("<a/>", 501),
        "<m " + std::string(2000, ' '), "<![CDATA[" + std::string(2001, ' ')}) {
    INFO(content.substr(0, 12));
    CHECK(last_event(content, limits) == "[broken policy_violation]");
  }
}

TEST_CASE("the header has the same limit, with what precedes it") {
  Limits limits = kAmple;
  limits.stanza_bytes = 1000;
  CHECK(transcript(std::string(1001, ' '), limits) == "[broken policy_violation]");
  CHECK(transcript("<" + std::string(1000, 's'), limits) == "[broken policy_violation]");
  CHECK(transcript("<?xml " + std::string(1000, ' '), limits) == "[broken policy_violation]");
  CHECK(transcript("<s a='" + std::string(990, 'x') + "'>", limits).substr(0, 6) == "[open ");
}

TEST_CASE("attack 17: elements in a stanza") {
  Limits limits = kAmple;
  limits.stanza_elements = 10;
  CHECK(last_event("<m>" + repeat("<a/>", 9) + "</m>", limits).substr(0, 3) == "[<m");
  CHECK(last_event("<m>" + repeat("<a/>", 10), limits) == "[broken policy_violation]");
  CHECK(last_event("<m>" + repeat("<a></a>", 10), limits) == "[broken policy_violation]");
  CHECK(last_event(repeat("<m/>", 50), limits).substr(0, 3) == "[<m");
}

TEST_CASE("attack 24: depth") {
  Limits limits = kAmple;
  limits.depth = 5;
  CHECK(last_event(repeat("<a>", 5) + repeat("</a>", 5), limits).substr(0, 3) == "[<a");
  CHECK(last_event(repeat("<a>", 4) + "<a/>" + repeat("</a>", 4), limits).substr(0, 3) == "[<a");
  CHECK(last_event(repeat("<a>", 6), limits) == "[broken policy_violation]");
  CHECK(last_event(repeat("<a>", 5) + "<a/>", limits) == "[broken policy_violation]");
  limits = kAmple;
  limits.stanza_elements = limits.stanza_bytes = 1'000'000;
  CHECK(last_event(repeat("<a>", 100'000), limits) == "[broken policy_violation]");
}

TEST_CASE("attack 24: attributes, namespace declarations included") {
  Limits limits = kAmple;
  limits.attributes = 7;  // as many as the header has
  CHECK(last_event("<m a='=' b='' c='' d='' e='' f='' g=''/>", limits).substr(0, 3) == "[<m");
  CHECK(last_event("<m a='' b='' c='' d='' e='' f='' g='' h=''/>", limits) ==
        "[broken policy_violation]");
  CHECK(last_event("<m a='' b='' c='' d='' e='' f='' g='' xmlns:h='u'/>", limits) ==
        "[broken policy_violation]");
  limits = kAmple;
  limits.stanza_bytes = 1'000'000;
  std::string attributes = "<m";
  std::string namespaces = "<m";
  for (int i = 0; i < 10'000; ++i) {
    attributes += " a" + std::to_string(i) + "=''";
    namespaces += " xmlns:a" + std::to_string(i) + "='u'";
  }
  CHECK(last_event(attributes, limits) == "[broken policy_violation]");
  CHECK(last_event(namespaces, limits) == "[broken policy_violation]");
}

TEST_CASE("what expat may hold") {
  Limits limits = kAmple;
  limits.parser_memory = 40 << 10;
  CHECK(last_event(stanza_of(60'000), limits).substr(0, 3) == "[<m");  // text passes through
  CHECK(last_event("<m a='" + std::string(60'000, 'x') + "'/>", limits) ==
        "[broken resource_constraint]");
  std::string names = "<m>";
  for (int i = 0; i < 1000; ++i) names += "<name-number-" + std::to_string(i) + " xmlns='u'/>";
  CHECK(last_event(names + "</m>", limits) == "[broken resource_constraint]");
  limits.parser_memory = 100;
  CHECK(transcript(kHeader, limits) == "[broken resource_constraint]");
}

TEST_CASE("other limits hold from where they are set") {
  Limits small = kAmple;
  small.stanza_bytes = 1000;
  Parser parser(small);
  parser.feed(kHeader);
  parser.next();
  parser.set_limits(kAmple);
  parser.feed(stanza_of(5000));
  CHECK(describe(*parser.next()).substr(0, 3) == "[<m");
  parser.set_limits(small);
  parser.feed(stanza_of(5000));
  CHECK(describe(*parser.next()) == "[broken policy_violation]");
}

TEST_CASE("they hold for what came earlier and has not been parsed") {
  Limits small = kAmple;
  small.stanza_bytes = 1000;
  Parser parser(small);
  parser.feed(std::string(kHeader) + stanza_of(900) + stanza_of(5000) + stanza_of(5000));
  REQUIRE(std::holds_alternative<Opened>(*parser.next()));
  CHECK(describe(*parser.next()).substr(0, 3) == "[<m");
  parser.set_limits(kAmple);
  CHECK(describe(*parser.next()).substr(0, 3) == "[<m");
  parser.set_limits(small);
  CHECK(describe(*parser.next()) == "[broken policy_violation]");
}

// A token scanned anew for each byte of it would take minutes here.
TEST_CASE("attack 22: a large token in single bytes is cheap") {
  Limits limits = kAmple;
  limits.stanza_bytes = 1 << 20;
  limits.parser_memory = 8 << 20;
  const std::string filler(500'000, '>');
  for (const std::string& stanza :
       {"<m a='" + filler + "'/>", "<m>" + filler + "</m>", "<m><![CDATA[" + filler + "]]></m>",
        "<m>" + repeat("&amp;", 50'000) + "</m>"}) {
    Parser parser(limits);
    parser.feed(kHeader);
    parser.next();
    const auto start = std::chrono::steady_clock::now();
    for (const char c : stanza) parser.feed({&c, 1});
    REQUIRE(parser.next());
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
  }
}

}  // namespace
}  // namespace causeway::xml
