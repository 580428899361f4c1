#include <malloc.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "tests/common/xml/transcript.h"

namespace causeway::xml {
namespace {

constexpr std::size_t kRead = 64 << 10;
constexpr Limits kStranger{.stanza_bytes = 8 << 10,
                           .stanza_elements = 32,
                           .depth = 64,
                           .attributes = 64,
                           .parser_memory = 4 << 20};

std::string filled_with(std::string_view text) {
  std::string out;
  while (out.size() + text.size() <= kRead) out += text;
  return out;
}

// Of the whole process; a sanitizer's allocator says 0.
std::size_t heap() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

TEST_CASE("memory is flat over 300,000 stanzas with names of their own") {
  Parser parser(kAmple);
  parser.feed(kHeader);
  parser.next();
  std::size_t most = 0;
  for (int i = 0; i < 300'000; ++i) {
    const std::string n = std::to_string(i);
    parser.feed("<m" + n + " a" + n + "='1'><b" + n + " xmlns='urn:" + n + "'/></m" + n + ">");
    const auto event = parser.next();
    REQUIRE(event);
    REQUIRE(std::get<Element>(*event).name == "m" + n);
    most = std::max(most, parser.memory());
  }
  CHECK(most < 40 << 10);
}

TEST_CASE("the same when no piece ends with a stanza") {
  Parser parser(kAmple);
  parser.feed(kHeader);
  parser.next();
  std::string stanzas;
  for (int i = 0; i < 20'000; ++i) {
    stanzas += "<m" + std::to_string(i) + "><body>" + std::string(500, 'x') + "</body></m" +
               std::to_string(i) + ">";
  }
  std::size_t most = 0;
  std::size_t events = 0;
  for (std::size_t at = 0; at < stanzas.size(); at += 5003) {
    parser.feed(std::string_view(stanzas).substr(at, 5003));
    most = std::max(most, parser.memory());
    while (parser.next()) ++events;
  }
  CHECK(events == 20'000);
  CHECK(most < 40 << 10);
}

TEST_CASE("a quiet stream holds little") {
  Parser parser(kAmple);
  parser.feed(kHeader);
  parser.next();
  CHECK(parser.memory() < 1024);
  parser.feed("<m a='" + std::string(60'000, 'x') + "'/>");
  parser.next();
  CHECK(parser.memory() < 1024);  // a large one is not kept
  parser.feed("<m/>");
  parser.next();
  CHECK(parser.memory() > 5'000);  // at work
  CHECK(parser.memory() < 16'000);
  parser.feed(" ");
  CHECK(parser.memory() < 1024);
  parser.feed("<m/><db:");
  parser.next();
  parser.trim();  // not now
  parser.feed("verify/>");
  CHECK(describe(*parser.next()) == "[<db:verify/>]");  // what the header declared still holds
  parser.trim();
  CHECK(parser.memory() < 1024);
  parser.feed("<db:verify/></stream:stream>");
  CHECK(describe(*parser.next()) == "[<db:verify/>]");
  CHECK(describe(*parser.next()) == "[closed]");
}

TEST_CASE("a read full of elements costs little more than its bytes") {
  const std::string wide = "<a>" + std::string(8'000, 'x') + "</a>";
  const std::string_view elements[] = {"<a/>",        "<a/>\n",    "<a></a>",
                                       "<a><b/></a>", "<a b=''/>", wide};
  for (const std::string_view element : elements) {
    INFO(element.substr(0, 12));
    const std::string read = filled_with(element);
    Parser parser(kStranger);
    parser.feed(kHeader);
    parser.next();
    const std::size_t before = heap();
    parser.feed(read);
    std::size_t events = 0;
    std::size_t most = parser.memory();
    std::size_t most_heap = heap();
    while (const auto event = parser.next()) {
      REQUIRE(std::holds_alternative<Element>(*event));
      ++events;
      most = std::max(most, parser.memory());
      most_heap = std::max(most_heap, heap());
    }
    CHECK(events == read.size() / element.size());
    CHECK(most < kRead + (16 << 10));
    CHECK(most_heap < before + kRead + (32 << 10));
    CHECK(parser.memory() < 24 << 10);  // the read is not kept
  }
}

TEST_CASE("the same when it comes in pieces that nobody takes events for") {
  Parser parser(kStranger);
  parser.feed(kHeader);
  const std::string read = filled_with("<a/>");
  for (std::size_t at = 0; at < read.size(); at += 100) {
    parser.feed(std::string_view(read).substr(at, 100));
  }
  CHECK(parser.memory() < 2 * kRead + (16 << 10));
  std::size_t events = 0;
  while (parser.next()) ++events;
  CHECK(events == 1 + read.size() / 4);
  // What was taken makes room for what comes, though something always waits.
  parser.feed("<a/>");
  for (int i = 0; i < 100'000; ++i) {
    parser.feed("<a/>");
    REQUIRE(parser.next());
  }
  CHECK(parser.memory() < 16 << 10);
}

TEST_CASE("a long namespace is not copied without limit") {
  const std::string uri(7'000, 'u');
  std::string many = "<m>";
  for (int i = 0; i < 30; ++i) many += "<p:a p:b='' p:c='' p:d='' p:e=''/>";
  many += "</m>";
  const std::string header =
      "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' "
      "xmlns:p='" +
      uri + "'>";
  Parser parser(kStranger);
  parser.feed(header);
  REQUIRE(std::holds_alternative<Opened>(*parser.next()));
  parser.feed("<p:a p:b=''/><p:a p:b=''/>");
  CHECK(std::holds_alternative<Element>(*parser.next()));
  CHECK(std::holds_alternative<Element>(*parser.next()));  // each has its own account
  parser.feed(many);
  CHECK(describe(*parser.next()) == "[broken policy_violation]");

  parser.restart(kStranger);
  std::string attributes;
  for (char c = 'a'; c < 'z'; ++c) attributes += std::string(" p:") + c + "=''";
  parser.feed(header.substr(0, header.size() - 1) + attributes + ">");
  CHECK(describe(*parser.next()) == "[broken policy_violation]");
}

TEST_CASE("what is discarded is gone, and nothing follows it") {
  Parser parser(kStranger);
  parser.feed(kHeader);
  parser.feed(filled_with("<a/>"));
  parser.feed("<m><n>text");
  parser.discard();
  CHECK(parser.memory() < 100);
  CHECK_FALSE(parser.next());
  parser.feed(filled_with("<a/>"));
  CHECK(parser.memory() < 100);
  CHECK_FALSE(parser.next());
  parser.restart(kStranger);
  parser.feed(kHeader);
  CHECK(std::holds_alternative<Opened>(*parser.next()));

  parser.feed("<m><n a='1'>text</n><n");  // in the middle of one
  parser.discard();
  parser.feed("/></m>");
  CHECK_FALSE(parser.next());
  CHECK(parser.memory() < 100);
}

}  // namespace
}  // namespace causeway::xml
