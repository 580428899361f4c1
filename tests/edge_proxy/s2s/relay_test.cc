#include "edge_proxy/s2s/relay.h"

#include <catch2/catch.hpp>
#include <string>

#include "common/stanza/conditions.h"
#include "common/xml/namespaces.h"
#include "common/xml/parser.h"
#include "edge_proxy/codec/stanza_codec.h"
#include "edge_proxy/s2s/stream_limits.h"
#include "edge_proxy/stream/stream_error.h"
#include "tests/edge_proxy/s2s/settings.h"

using namespace causeway;
using namespace causeway::edge;

namespace {

xml::Element parse(const std::string& text) {
  xml::Parser parser({100000, 1000, 64, 64, 1 << 20});
  parser.feed("<s:stream xmlns='jabber:server' xmlns:s='http://etherx.jabber.org/streams'>" + text);
  REQUIRE(parser.next());
  auto event = parser.next();
  REQUIRE(event);
  return std::get<xml::Element>(*std::move(event));
}

// "taken", "dropped", the answer as XML, or "stream: " and the error.
std::string outcome(const std::string& text) {
  const auto directory = test::directory_of({});
  const auto may_send = [](std::string_view theirs, std::string_view) {
    return theirs == "fabrikam.example";
  };
  try {
    const s2s::Admitted admitted = s2s::admit(parse(text), s2s::Rights{*directory, {}, may_send});
    if (admitted.stanza) return "taken";
    if (!admitted.answer) return "dropped";
    std::string xml;
    codec::append(xml, *admitted.answer);
    return xml;
  } catch (const stream::StreamError& error) {
    return "stream: " + std::string(wire_name(error.condition()));
  }
}

std::string malformed(const std::string& kind, const std::string& from, const std::string& to,
                      const std::string& id = "1") {
  return "<" + kind + " from='" + from + "' to='" + to + "' type='error' id='" + id +
         "'><error type='modify'><jid-malformed "
         "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></" +
         kind + ">";
}

}  // namespace

TEST_CASE("what a user got wrong costs that user an error, and nobody the stream", "[s2s][relay]") {
  const std::string bob = "henry\u2163@fabrikam.example";  // a character that RFC 8264 refuses
  struct Row {
    std::string stanza;
    std::string outcome;
  };
  const auto row = GENERATE_COPY(values<Row>({
      {"<message from='bob@fabrikam.example' to='ann@contoso.example'/>", "taken"},
      {"<message from='" + bob + "' to='ann@contoso.example' id='1'/>",
       malformed("message", "ann@contoso.example", bob)},
      {"<message from='bob@fabrikam.example' to='" + std::string("henry\u2163@contoso.example") +
           "' id='1'/>",
       malformed("message", "henry\u2163@contoso.example", "bob@fabrikam.example")},
      {"<iq type='get' id='1' from='" + bob + "/a/b' to='contoso.example'><q/></iq>",
       malformed("iq", "contoso.example", bob + "/a/b")},
      {"<iq type='result' id='1' from='" + bob + "' to='contoso.example'/>", "dropped"},
      {"<message type='error' from='" + bob + "' to='contoso.example'/>", "dropped"},
      {"<presence from='" + bob + "' to='ann@contoso.example'/>", "dropped"},
      {"<presence type='subscribe' id='1' from='" + bob + "' to='ann@contoso.example'/>",
       malformed("presence", "ann@contoso.example", bob)},
      // Whose domain is not proved, or none at all, gets no such mildness.
      {"<message from='henry\u2163@evil.example' to='ann@contoso.example'/>",
       "stream: invalid-from"},
      {"<message from='" + bob + "' to='ann@elsewhere.example'/>", "stream: host-unknown"},
      {"<message from='@fabrikam.example' to='ann@contoso.example'/>",
       "stream: improper-addressing"},
      {"<message from='bob@fabrikam.example/' to='ann@contoso.example'/>",
       "stream: improper-addressing"},
      {"<message from='bob@carl@fabrikam.example' to='ann@contoso.example'/>",
       "stream: improper-addressing"},
      {"<message to='ann@contoso.example'/>", "stream: improper-addressing"},
      {"<message from='" + std::string(4000, 'x') + "@fabrikam.example' to='ann@contoso.example'/>",
       "stream: improper-addressing"},
  }));
  INFO(row.stanza.substr(0, 200));
  CHECK(outcome(row.stanza) == row.outcome);
}

TEST_CASE("a ping of one of our domains is answered, and of nobody else", "[s2s][relay]") {
  const auto ping = [](const std::string& to, const std::string& type = "get",
                       const std::string& from = "fabrikam.example") {
    return outcome("<iq type='" + type + "' id='p&amp;1' from='" + from + "' to='" + to +
                   "'><ping xmlns='urn:xmpp:ping'/></iq>");
  };
  CHECK(ping("contoso.example") ==
        "<iq from='contoso.example' to='fabrikam.example' type='result' id='p&amp;1'></iq>");
  CHECK(ping("Contoso.Example", "get", "bob@fabrikam.example/x") ==
        "<iq from='contoso.example' to='bob@fabrikam.example/x' type='result' "
        "id='p&amp;1'></iq>");
  CHECK(ping("ann@contoso.example") == "taken");
  CHECK(ping("contoso.example/x") == "taken");
  CHECK(ping("contoso.example", "set") == "taken");
  CHECK(ping("contoso.example", "get", "evil.example") == "stream: invalid-from");
}

TEST_CASE("limits are told and understood", "[s2s][limits]") {
  const std::string limits = s2s::to_xml({.bytes = 10000, .idle = std::chrono::seconds(300)});
  CHECK(limits ==
        "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>10000</max-bytes>"
        "<idle-seconds>300</idle-seconds></limits>");
  const s2s::StreamLimits back =
      s2s::limits_in(parse("<bidi xmlns='urn:xmpp:bidi'>" + limits + "</bidi>"));
  CHECK(back.bytes == 10000);
  CHECK(back.idle == std::chrono::seconds(300));
  for (const std::string nonsense : {"", "0", "-1", "ten", "99999999999999999999"}) {
    INFO(nonsense);
    const s2s::StreamLimits none = s2s::limits_in(
        parse("<bidi xmlns='urn:xmpp:bidi'><limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>" +
              nonsense + "</max-bytes></limits></bidi>"));
    CHECK_FALSE(none.bytes);
    CHECK_FALSE(none.idle);
  }
}
