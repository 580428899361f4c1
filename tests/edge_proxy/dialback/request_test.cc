#include "edge_proxy/dialback/request.h"

#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "common/xml/parser.h"
#include "edge_proxy/stream/stream_error.h"

using namespace causeway;
using namespace causeway::edge;
using dialback::Verdict;

namespace {

xml::Element element(const std::string& text) {
  xml::Parser parser({8192, 32, 16, 32, 1 << 20});
  parser.feed(
      "<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:server' "
      "xmlns:db='jabber:server:dialback'>" +
      text);
  parser.next();
  std::optional<xml::Event> event = parser.next();
  REQUIRE(event);
  return std::get<xml::Element>(*event);
}

dialback::Request request() {
  return {.from = *address::Domain::parse("contoso.example"),
          .to = *address::Domain::parse("fabrikam.example"),
          .id = "7",
          .key = "k"};
}

}  // namespace

TEST_CASE("a request is read and written", "[dialback][request]") {
  const std::string text = dialback::request_xml("verify", request());
  CHECK(text == "<db:verify from='contoso.example' to='fabrikam.example' id='7'>k</db:verify>");
  const dialback::Request back = dialback::parse_request(element(text));
  CHECK(back.from == request().from);
  CHECK(back.to == request().to);
  CHECK(back.id == "7");
  CHECK(back.key == "k");
  CHECK_FALSE(dialback::is_answer(element(text)));
}

TEST_CASE("a request without domains is addressed improperly", "[dialback][request]") {
  const auto text = GENERATE(values<std::string>(
      {"<db:result>k</db:result>", "<db:result from='contoso.example'>k</db:result>",
       "<db:result from='a b' to='fabrikam.example'>k</db:result>"}));
  INFO(text);
  CHECK_THROWS_AS(dialback::parse_request(element(text)), stream::StreamError);
}

TEST_CASE("attack 1: only the answer to what was asked counts", "[dialback][request]") {
  struct Row {
    std::string text;
    std::optional<Verdict::Kind> kind;
  };
  const auto row = GENERATE(values<Row>({
      {"<db:verify from='fabrikam.example' to='contoso.example' id='7' type='valid'/>",
       Verdict::valid},
      {"<db:verify from='Fabrikam.example' to='contoso.example' id='7' type='valid'/>",
       Verdict::valid},
      {"<db:verify from='fabrikam.example' to='contoso.example' id='7' type='invalid'/>",
       Verdict::invalid},
      {"<db:verify from='fabrikam.example' to='contoso.example' id='7' type='error'/>",
       Verdict::error},
      {"<db:verify from='fabrikam.example' to='contoso.example' id='7' type='whatever'/>",
       Verdict::error},
      {"<db:verify from='fabrikam.example' to='contoso.example' id='8' type='valid'/>", {}},
      {"<db:verify from='fabrikam.example' to='contoso.example' type='valid'/>", {}},
      {"<db:verify from='evil.example' to='contoso.example' id='7' type='valid'/>", {}},
      {"<db:verify from='fabrikam.example' to='evil.example' id='7' type='valid'/>", {}},
      {"<db:verify from='contoso.example' to='fabrikam.example' id='7' type='valid'/>", {}},
      {"<db:result from='fabrikam.example' to='contoso.example' id='7' type='valid'/>", {}},
      {"<verify from='fabrikam.example' to='contoso.example' id='7' type='valid'/>", {}},
      {"<db:verify from='fabrikam.example' to='contoso.example' id='7'>k</db:verify>", {}},
  }));
  INFO(row.text);
  const std::optional<Verdict> verdict =
      dialback::verdict_on(element(row.text), "verify", request());
  CHECK(verdict.has_value() == row.kind.has_value());
  if (verdict && row.kind) CHECK(verdict->kind == *row.kind);
}

TEST_CASE("an answer names its reason", "[dialback][request]") {
  CHECK(dialback::answer_xml("verify", request(), {.kind = Verdict::valid}) ==
        "<db:verify from='fabrikam.example' to='contoso.example' id='7' type='valid'/>");
  const std::string refusal = dialback::answer_xml(
      "verify", request(), {.kind = Verdict::error, .condition = v1::ITEM_NOT_FOUND});
  CHECK(refusal ==
        "<db:verify from='fabrikam.example' to='contoso.example' id='7' type='error'>"
        "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
        "</db:verify>");
  const std::optional<Verdict> back = dialback::verdict_on(element(refusal), "verify", request());
  REQUIRE(back);
  CHECK(back->condition == v1::ITEM_NOT_FOUND);
}
