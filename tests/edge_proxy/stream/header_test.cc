#include "edge_proxy/stream/header.h"

#include <catch2/catch.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/xml/parser.h"
#include "edge_proxy/stream/stream_error.h"

using namespace causeway;
using namespace causeway::edge;
using stream::Condition;
using stream::Version;

namespace {

constexpr xml::Limits kLimits{8192, 32, 16, 32, 1 << 20};

stream::Header parsed(const std::string& text) {
  xml::Parser parser(kLimits);
  parser.feed(text);
  const std::optional<xml::Event> event = parser.next();
  REQUIRE(event);
  const auto& opened = std::get<xml::Opened>(*event);
  return stream::parse_header(opened.header, opened.content_ns);
}

std::string header(const std::string& attributes) {
  return "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' " +
         attributes + ">";
}

std::string domain(const char* text) { return address::Domain::parse(text)->unicode(); }

}  // namespace

TEST_CASE("a header says who, to whom, and in which version", "[stream][header]") {
  const stream::Header theirs = parsed(
      header("from='Fabrikam.Example' to='contoso.example' id='a1' xml:lang='de' version='1.0'"));
  CHECK(theirs.from.unicode() == domain("fabrikam.example"));
  CHECK(theirs.to.unicode() == domain("contoso.example"));
  CHECK(theirs.id == "a1");
  CHECK(theirs.lang == "de");
  CHECK(theirs.version == stream::kVersion);
}

TEST_CASE("versions are compared as numbers", "[stream][header]") {
  struct Row {
    std::string attribute;
    Version version;
  };
  const auto row = GENERATE(values<Row>({{"", {0, 9}},
                                         {"version='1.0'", {1, 0}},
                                         {"version='01.00'", {1, 0}},
                                         {"version='1.10'", {1, 10}},
                                         {"version='2.0'", {2, 0}}}));
  INFO(row.attribute);
  CHECK(parsed(header(row.attribute)).version == row.version);
  CHECK(Version{1, 10} > Version{1, 9});
  CHECK(stream::kLegacy < stream::kVersion);
}

TEST_CASE("a header that is none gets the error the RFC names", "[stream][header]") {
  struct Row {
    std::string text;
    Condition condition;
  };
  const auto row = GENERATE(values<Row>({
      {"<stream:stream xmlns='jabber:server' xmlns:stream='http://wrong.example'>",
       Condition::invalid_namespace},
      {"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>",
       Condition::invalid_namespace},
      {"<stream xmlns='jabber:server'>", Condition::invalid_namespace},
      {"<stream:flow xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'>",
       Condition::bad_format},
      {header("to='not a domain'"), Condition::improper_addressing},
      {header("from='a..b'"), Condition::improper_addressing},
      {header("version='one'"), Condition::unsupported_version},
      {header("version='1'"), Condition::unsupported_version},
      {header("version='-1.0'"), Condition::unsupported_version},
  }));
  INFO(row.text);
  try {
    parsed(row.text);
    FAIL("it was taken");
  } catch (const stream::StreamError& error) {
    CHECK(error.condition() == row.condition);
  }
}

TEST_CASE("a peer may choose its prefixes", "[stream][header]") {
  const stream::Header theirs = parsed(
      "<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns:x='jabber:server' "
      "to='contoso.example' version='1.0'>");
  CHECK(theirs.to.unicode() == "contoso.example");
}

TEST_CASE("what we write is what we read, with every prefix declared", "[stream][header]") {
  const stream::Header ours{.from = *address::Domain::parse("contoso.example"),
                            .to = *address::Domain::parse("b\u00fccher.example"),
                            .id = "<&'",
                            .lang = "en"};
  const std::string text = stream::to_xml(ours);
  CHECK(text.find("xmlns:db='jabber:server:dialback'") != std::string::npos);
  const stream::Header back = parsed(text);
  CHECK(back.from == ours.from);
  CHECK(back.to == ours.to);
  CHECK(back.id == ours.id);
  CHECK(back.version == stream::kVersion);
  CHECK(stream::to_xml({.version = stream::kLegacy}).find("version='0") == std::string::npos);
}

TEST_CASE("attack 3: no two streams share an id", "[stream][header]") {
  std::set<std::string> ids;
  for (int i = 0; i != 1000; ++i) ids.insert(stream::new_stream_id());
  CHECK(ids.size() == 1000);
  CHECK(ids.begin()->size() == 32);
}
