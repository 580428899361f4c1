#include "common/xml/parser.h"

#include <catch2/catch.hpp>
#include <string>

#include "common/xml/namespaces.h"
#include "tests/common/xml/transcript.h"

namespace causeway::xml {
namespace {

using namespace std::string_literals;

std::string in_stream(std::string_view content) {
  return std::string(kHeader) + std::string(content);
}

// What follows the header's event.
std::string after_header(std::string_view content, const Limits& limits = kAmple) {
  const std::string all = transcript(in_stream(content), limits);
  const std::string opened = transcript(kHeader, limits);
  REQUIRE(all.substr(0, opened.size()) == opened);
  return all.substr(opened.size());
}

struct Row {
  const char* what;
  std::string content;
  std::string events;
};

TEST_CASE("what a stream may hold") {
  const Row rows[] = {
      {"nothing", "", ""},
      {"white space that keeps it alive", " \n\t\r\n ", ""},
      {"an empty stanza", "<message/>", "[<message xmlns='jabber:server'/>]"},
      {"two at once", "<message/><iq/>",
       "[<message xmlns='jabber:server'/>][<iq xmlns='jabber:server'/>]"},
      {"white space between", "<message/> \n<iq/>",
       "[<message xmlns='jabber:server'/>][<iq xmlns='jabber:server'/>]"},
      {"children and text", "<message to='a@b'><body>x &lt; y</body><x xmlns='u:x'/></message>",
       "[<message xmlns='jabber:server' to='a@b'><body>x &lt; y</body><x xmlns='u:x'/></message>]"},
      {"text is joined", "<m>a<b/>c<b/>d</m>", "[<m xmlns='jabber:server'>acd<b/><b/></m>]"},
      {"but in XHTML, where it stays in its place",
       "<m>a<p xmlns='http://www.w3.org/1999/xhtml'>b<em>c</em>d&amp;<br/></p>e</m>",
       "[<m xmlns='jabber:server'>ae<p xmlns='http://www.w3.org/1999/xhtml'>b<em>c</em>d&amp;<br/>"
       "</p></m>]"},
      {"the predefined entities and references", "<m>&amp;&lt;&gt;&quot;&apos;&#65;&#x1F600;</m>",
       "[<m xmlns='jabber:server'>&amp;&lt;&gt;&quot;&apos;A\xF0\x9F\x98\x80</m>]"},
      {"CDATA is text", "<m><![CDATA[<b>&amp;]]]></m>",
       "[<m xmlns='jabber:server'>&lt;b&gt;&amp;amp;]</m>]"},
      {"CDATA of white space between", "<![CDATA[ ]]><m/>", "[<m xmlns='jabber:server'/>]"},
      {"> and quotes within attributes", "<m a='>\"' b=\"'/>\"/>",
       "[<m xmlns='jabber:server' a='&gt;&quot;' b='&apos;/&gt;'/>]"},
      {"references within attributes", "<m a='&amp;&#10;'/>",
       "[<m xmlns='jabber:server' a='&amp;&#10;'/>]"},
      {"any prefix for the content namespace", "<s:m xmlns:s='jabber:server'/>",
       "[<m xmlns='jabber:server'/>]"},
      {"a prefix from the header", "<db:result from='a' to='b'>k</db:result>",
       "[<db:result from='a' to='b'>k</db:result>]"},
      {"a dialback element with another prefix", "<q:verify xmlns:q='jabber:server:dialback'/>",
       "[<db:verify/>]"},
      {"a child in another content namespace", "<m xmlns='jabber:client'><body>b</body></m>",
       "[<m xmlns='jabber:client'><body>b</body></m>]"},
      {"a prefixed child", "<m xmlns:c='jabber:client'><c:body c:x='1'>b</c:body></m>",
       "[<m xmlns='jabber:server'><body xmlns='jabber:client' xmlns:a0='jabber:client' "
       "a0:x='1'>b</body></m>]"},
      {"no namespace", "<m xmlns=''><b/></m>", "[<m><b/></m>]"},
      {"xml:lang", "<m xml:lang='de'/>", "[<m xmlns='jabber:server' xml:lang='de'/>]"},
      {"every plane", "<m>\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8E\xBC\xF4\x8F\xBF\xBD</m>",
       "[<m xmlns='jabber:server'>\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8E\xBC\xF4\x8F\xBF\xBD</m>]"},
      {"carriage returns are line feeds", "<m>a\r\nb\rc</m>",
       "[<m xmlns='jabber:server'>a\nb\nc</m>]"},
      {"the end", "<m/></stream:stream>", "[<m xmlns='jabber:server'/>][closed]"},
      {"nothing follows the end", "</stream:stream><m/><!-- -->\xFF", "[closed]"},
      {"a stream error",
       "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
       "</stream:stream>",
       "[<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>]"
       "[closed]"},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(after_header(row.content) == row.events);
  }
}

TEST_CASE("what ends a stream") {
  const Row rows[] = {
      {"document type", "<!DOCTYPE x>", "[broken restricted_xml]"},
      {"its first byte suffices", "<!D", "[broken restricted_xml]"},
      {"comment", "<!-- x -->", "[broken restricted_xml]"},
      {"its first byte suffices", "<!-", "[broken restricted_xml]"},
      {"comment in a stanza", "<m><!-- x --></m>", "[broken restricted_xml]"},
      {"processing instruction", "<?php x?>", "[broken restricted_xml]"},
      {"its first byte suffices", "<m><?", "[broken restricted_xml]"},
      {"a second XML declaration", "<?xml version='1.0'?>", "[broken restricted_xml]"},
      {"entity", "<m>&nbsp;</m>", "[broken restricted_xml]"},
      {"entity in an attribute", "<m a='&nbsp;'/>", "[broken restricted_xml]"},
      {"entity declaration", "<!ENTITY x 'y'>", "[broken restricted_xml]"},
      {"text between stanzas", "<m/>x", "[<m xmlns='jabber:server'/>][broken not_well_formed]"},
      {"half a character between stanzas", "<m/>\xC3 <m/>",
       "[<m xmlns='jabber:server'/>][broken not_well_formed]"},
      {"a reference between stanzas", "&#65;", "[broken not_well_formed]"},
      {"the wrong end", "<m></n>", "[broken not_well_formed]"},
      {"the wrong end of the stream", "</stream>", "[broken not_well_formed]"},
      {"an end too many", "<m/></m>", "[<m xmlns='jabber:server'/>][broken not_well_formed]"},
      {"< in an attribute", "<m a='<'", "[broken not_well_formed]"},
      {"< in a tag", "<m <n", "[broken not_well_formed]"},
      {"no quotes", "<m a=b/>", "[broken not_well_formed]"},
      {"the same attribute twice", "<m a='1' a='2'/>", "[broken not_well_formed]"},
      {"twice by namespace", "<m xmlns:p='u' xmlns:q='u' p:a='1' q:a='2'/>",
       "[broken not_well_formed]"},
      {"no name", "<>", "[broken not_well_formed]"},
      {"no name at the end", "</>", "[broken not_well_formed]"},
      {"not a name", "<1/>", "[broken not_well_formed]"},
      {"]]> in text", "<m>]]></m>", "[broken not_well_formed]"},
      {"other marked section", "<![INCLUDE[", "[broken not_well_formed]"},
      {"lone & between stanzas", "<m/>& <m/>",
       "[<m xmlns='jabber:server'/>][broken not_well_formed]"},
      {"lone &", "<m>a & b</m>", "[broken not_well_formed]"},
      {"bad reference", "<m>&#0;</m>", "[broken not_well_formed]"},
      {"control byte", "<m>\x01</m>", "[broken not_well_formed]"},
      {"reference to a control character", "<m>&#1;</m>", "[broken not_well_formed]"},
      {"NUL", "<m>\0</m>"s, "[broken not_well_formed]"},
      {"prefix not declared", "<p:m/>", "[broken bad_namespace_prefix]"},
      {"attribute's prefix not declared", "<m p:a='1'/>", "[broken bad_namespace_prefix]"},
      {"prefix undeclared", "<m xmlns:db=''/>", "[broken bad_namespace_prefix]"},
      {"prefix xml for something else", "<m xmlns:xml='u'/>", "[broken bad_namespace_prefix]"},
      {"control byte in a namespace",
       "<m xmlns='a\x01"
       "b'/>",
       "[broken not_well_formed]"},
      {"its reference", "<m xmlns='a&#1;b'/>", "[broken not_well_formed]"},
      {"Latin-1", "<m>\xE9</m>", "[broken not_well_formed]"},
      {"overlong", "<m>\xC0\xAF</m>", "[broken not_well_formed]"},
      {"overlong <", "<m>\xE0\x80\xBCn></m>", "[broken not_well_formed]"},
      {"surrogate", "<m>\xED\xA0\x80</m>", "[broken not_well_formed]"},
      {"beyond Unicode", "<m>\xF4\x90\x80\x80</m>", "[broken not_well_formed]"},
      {"U+FFFF", "<m>\xEF\xBF\xBF</m>", "[broken not_well_formed]"},
      {"bad UTF-8 in a name", "<m\xE2\x28\xA1/>", "[broken not_well_formed]"},
      {"a character that would swallow the end of its tag", "<m><n></n></m\xF1></stream:stream>",
       "[broken not_well_formed]"},
      {"cut UTF-8 in a name", "<m\xC3>x</m>", "[broken not_well_formed]"},
      {"bad UTF-8 in an attribute", "<m a='\xE2\x82'/>", "[broken not_well_formed]"},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(after_header(row.content) == row.events);
  }
}

TEST_CASE("how a stream may begin") {
  const std::string header = "<stream:stream xmlns:stream='http://etherx.jabber.org/streams'>";
  const std::string opened = "[open <stream:stream/>]";
  const Row rows[] = {
      {"without declaration", header, opened},
      {"with", "<?xml version='1.0'?>" + header, opened},
      {"with UTF-8", "<?xml version='1.0' encoding='UTF-8'?>" + header, opened},
      {"in small letters", "<?xml version=\"1.0\" encoding=\"utf-8\" standalone='yes'?>\n" + header,
       opened},
      {"white space before", "\n " + header, opened},
      {"another prefix", "<x:stream xmlns:x='http://etherx.jabber.org/streams'>", opened},
      {"no prefix", "<stream xmlns='http://etherx.jabber.org/streams'>", opened},
      {"opened and closed at once", "<stream xmlns='http://etherx.jabber.org/streams'/>",
       opened + "[closed]"},
      {"not a stream, which is not ours to judge", "<html>", "[open <html/>]"},
      {"Latin-1", "<?xml version='1.0' encoding='ISO-8859-1'?>" + header,
       "[broken unsupported_encoding]"},
      {"UTF-16 declared", "<?xml version='1.0' encoding='UTF-16'?>" + header,
       "[broken unsupported_encoding]"},
      {"US-ASCII", "<?xml version='1.0' encoding='US-ASCII'?>", "[broken unsupported_encoding]"},
      {"unknown", "<?xml version='1.0' encoding='x-causeway'?>", "[broken unsupported_encoding]"},
      {"UTF-16, little end first", "\xFF\xFE<\0s\0"s, "[broken unsupported_encoding]"},
      {"UTF-16, big end first", "\xFE\xFF\0<\0s"s, "[broken unsupported_encoding]"},
      {"the same without mark", "<\0s\0"s, "[broken unsupported_encoding]"},
      {"the same without mark", "\0<\0s"s, "[broken unsupported_encoding]"},
      {"UTF-8 with a mark", "\xEF\xBB\xBF" + header, "[broken not_well_formed]"},
      {"text", "GET / HTTP/1.1\r\n", "[broken not_well_formed]"},
      {"a TLS client hello", "\x16\x03\x01\x02"s, "[broken not_well_formed]"},
      {"white space before the declaration", " <?xml version='1.0'?>", "[broken restricted_xml]"},
      {"the declaration twice", "<?xml version='1.0'?><?xml version='1.0'?>",
       "[broken restricted_xml]"},
      {"another instruction", "<?xml-stylesheet href='x'?>", "[broken restricted_xml]"},
      {"document type", "<!DOCTYPE stream:stream>", "[broken restricted_xml]"},
      {"declaration without version", "<?xml encoding='UTF-8'?>", "[broken not_well_formed]"},
      {"an end", "</stream:stream>", "[broken not_well_formed]"},
      {"undeclared prefix", "<stream:stream>", "[broken bad_namespace_prefix]"},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(transcript(row.content) == row.events);
  }
}

TEST_CASE("attack 13: a hundred million laughs cost one byte") {
  std::string bomb = "<?xml version='1.0'?><!DOCTYPE lolz [<!ENTITY lol 'lol'>";
  for (int i = 1; i < 10; ++i) {
    bomb += "<!ENTITY lol" + std::to_string(i) + " '&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;'>";
  }
  bomb += "]><stream>&lol9;</stream>";
  CHECK(transcript(bomb) == "[broken restricted_xml]");
}

TEST_CASE("attack 22: an event is there with its last byte") {
  // Larger than what expat would put off if it were let.
  const std::string long_value(20'000, 'x');
  const std::string stanzas[] = {
      "<message/>",
      "<message><body>hello</body></message>",
      "<message id='" + long_value + "'/>",
      "<message><body>" + long_value + "</body></message>",
      "<message><body><![CDATA[" + long_value + "]]></body></message>",
  };
  for (const std::string& stanza : stanzas) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{1460}, stanza.size()}) {
      Parser parser(kAmple);
      parser.feed(kHeader);
      REQUIRE(parser.next());
      const std::string_view all_but_one(stanza.data(), stanza.size() - 1);
      for (std::size_t at = 0; at < all_but_one.size(); at += piece) {
        parser.feed(all_but_one.substr(at, piece));
      }
      CHECK_FALSE(parser.next());
      parser.feed(">");
      const auto event = parser.next();
      REQUIRE(event);
      CHECK(std::holds_alternative<Element>(*event));
    }
  }
}

TEST_CASE("the header is there before anything follows it") {
  Parser parser(kAmple);
  parser.feed(kHeader);
  const auto event = parser.next();
  REQUIRE(event);
  const Element& header = std::get<Opened>(*event).header;
  CHECK(header.is("stream", ns::kStreams));
  CHECK(header.attribute("from") == "fabrikam.example");
  CHECK(header.has_attribute("version"));
  CHECK_FALSE(header.has_attribute("id"));
  CHECK_FALSE(header.has_attribute("lang"));
  CHECK(header.lang() == "en");
}

TEST_CASE("idle says where a stream may be restarted") {
  Parser parser(kAmple);
  CHECK(parser.idle());
  parser.feed(" <stream:stream xmlns:stream='http://etherx.jabber.org/streams'");
  CHECK_FALSE(parser.idle());  // it has begun
  parser.feed(">");
  CHECK_FALSE(parser.idle());  // its event waits
  REQUIRE(parser.next());
  CHECK(parser.idle());
  for (const char* begun : {"<", "p", ">", "x", "<q/>", "</p"}) {
    parser.feed(begun);
    CHECK_FALSE(parser.idle());
  }
  parser.feed(">\n");
  REQUIRE(parser.next());
  CHECK(parser.idle());
}

TEST_CASE("what comes behind an event keeps a stream from idling") {
  const std::string_view leftovers[] = {"<m/>", "<", "x", "</stream:stream>", "\n <"};
  for (const std::string_view behind : leftovers) {
    INFO(behind);
    Parser parser(kAmple);
    parser.feed(in_stream("<starttls/>") + std::string(behind));
    REQUIRE(parser.next());
    CHECK_FALSE(parser.idle());
    REQUIRE(describe(*parser.next()) == "[<starttls xmlns='jabber:server'/>]");
    CHECK_FALSE(parser.idle());
    parser.restart(kAmple);
    CHECK(parser.idle());
    CHECK_FALSE(parser.next());
  }
  Parser parser(kAmple);
  parser.feed(in_stream("<starttls/>\r\n "));  // white space is nothing
  REQUIRE(parser.next());
  REQUIRE(parser.next());
  CHECK(parser.idle());
}

TEST_CASE("what expat has not taken has begun") {
  Parser parser(kAmple);
  parser.feed(in_stream("<m></m\xF1>"));  // looks ended, but the last character is not
  REQUIRE(parser.next());
  CHECK_FALSE(parser.next());
  CHECK_FALSE(parser.idle());
  parser.trim();
  parser.feed("</m>");
  CHECK(describe(*parser.next()) == "[broken not_well_formed]");
}

TEST_CASE("a restart forgets everything") {
  Parser parser(kAmple);
  parser.feed(in_stream("<message><bo"));
  parser.restart(kAmple);
  CHECK_FALSE(parser.next());
  CHECK(parser.idle());
  parser.feed(in_stream("<message/>"));
  CHECK(describe(*parser.next()) == transcript(kHeader));
  CHECK(describe(*parser.next()) == "[<message xmlns='jabber:server'/>]");
  parser.feed("x");
  CHECK(describe(*parser.next()) == "[broken not_well_formed]");
  parser.restart(kAmple);  // after a fault too
  parser.feed(kHeader);
  CHECK(describe(*parser.next()) == transcript(kHeader));
}

TEST_CASE("a parser can be moved in the middle of a stanza") {
  Parser parser(kAmple);
  parser.feed(in_stream("<message><body>a"));
  Parser other(std::move(parser));
  other.feed("b</body></message>");
  REQUIRE(other.next());
  CHECK(describe(*other.next()) == "[<message xmlns='jabber:server'><body>ab</body></message>]");
}

}  // namespace
}  // namespace causeway::xml
