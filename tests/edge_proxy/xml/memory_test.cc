#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "tests/edge_proxy/xml/transcript.h"

namespace causeway::edge::xml {
namespace {

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

}  // namespace
}  // namespace causeway::edge::xml
