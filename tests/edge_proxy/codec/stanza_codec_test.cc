#include "edge_proxy/codec/stanza_codec.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/edge_proxy/codec/stanzas.h"

namespace causeway::edge::codec {
namespace {

struct Row {
  const char* what;
  std::string xml;
  std::string fields;  // text format
};

const std::string kAddressed =
    "from: { local: 'romeo' domain: 'fabrikam.example' resource: 'orchard' } "
    "to: { local: 'juliet' domain: 'contoso.example' } ";
const std::string kAddresses = " from='romeo@fabrikam.example/orchard' to='juliet@contoso.example'";

Row row(const char* what, const char* kind, const char* attributes, const char* content,
        const char* fields) {
  const std::string name(kind);
  return {what, "<" + name + kAddresses + attributes + ">" + content + "</" + name + ">",
          kAddressed + fields};
}
Row message(const char* what, const char* content, const char* fields) {
  return row(what, "message", "", content, fields);
}
Row presence(const char* what, const char* content, const char* fields) {
  return row(what, "presence", "", content, fields);
}
Row result(const char* what, const char* content, const char* fields) {
  return row(what, "iq", " type='result' id='1'", content, fields);
}

// Each holds in both directions.
const Row kBothWays[] = {
    row("the id", "message", " id='a&amp;b &#10;'", "", "id: 'a&b \\n' message {}"),
    row("the language", "message", " xml:lang='de-CH'", "", "lang: 'de-CH' message {}"),
    row("type chat", "message", " type='chat'", "", "message { type: CHAT }"),
    row("type groupchat", "message", " type='groupchat'", "", "message { type: GROUPCHAT }"),
    row("type headline", "message", " type='headline'", "", "message { type: HEADLINE }"),
    message("type normal", "", "message {}"),
    message("a body", "<body>Wherefore art thou &lt;Romeo&gt;?</body>",
            "message { bodies { text: 'Wherefore art thou <Romeo>?' } }"),
    message("an empty body", "<body/>", "message { bodies {} }"),
    message("bodies in several languages",
            "<body>Wo?</body><body xml:lang='cs'>Pro\xC4\x8D?</body>",
            "message { bodies { text: 'Wo?' } bodies { lang: 'cs' text: 'Pro\\304\\215?' } }"),
    message("lines in a body", "<body>a\nb\tc</body>", "message { bodies { text: 'a\\nb\\tc' } }"),
    message("subjects", "<subject>S</subject><subject xml:lang='cs'>T</subject>",
            "message { subjects { text: 'S' } subjects { lang: 'cs' text: 'T' } }"),
    message("thread", "<thread>t1</thread>", "message { thread: 't1' }"),
    message("its parent", "<thread parent='t0'>t1</thread>",
            "message { thread: 't1' parent_thread: 't0' }"),
    message("active", "<active xmlns='http://jabber.org/protocol/chatstates'/>",
            "message { chat_state: ACTIVE }"),
    message("composing", "<composing xmlns='http://jabber.org/protocol/chatstates'/>",
            "message { chat_state: COMPOSING }"),
    message("paused", "<paused xmlns='http://jabber.org/protocol/chatstates'/>",
            "message { chat_state: PAUSED }"),
    message("inactive", "<inactive xmlns='http://jabber.org/protocol/chatstates'/>",
            "message { chat_state: INACTIVE }"),
    message("gone", "<gone xmlns='http://jabber.org/protocol/chatstates'/>",
            "message { chat_state: GONE }"),
    message("a receipt is asked for", "<request xmlns='urn:xmpp:receipts'/>",
            "message { receipt { requested: true } }"),
    message("a receipt", "<received xmlns='urn:xmpp:receipts' id='r1'/>",
            "message { receipt { received_id: 'r1' } }"),
    message("markable", "<markable xmlns='urn:xmpp:chat-markers:0'/>",
            "message { receipt { markable: true } }"),
    message("displayed", "<displayed xmlns='urn:xmpp:chat-markers:0' id='r1'/>",
            "message { receipt { displayed_id: 'r1' } }"),
    message("a correction", "<replace xmlns='urn:xmpp:message-correct:0' id='m1'/>",
            "message { replaces_id: 'm1' }"),
    message("a delay", "<delay xmlns='urn:xmpp:delay' stamp='2002-09-10T23:08:25Z'/>",
            "message { sent { seconds: 1031699305 } }"),
    message("a link", "<x xmlns='jabber:x:oob'><url>https://example.org/?a&amp;b</url></x>",
            "message { out_of_band { url: 'https://example.org/?a&b' } }"),
    message("links",
            "<x xmlns='jabber:x:oob'><url>u:1</url><desc>one</desc></x>"
            "<x xmlns='jabber:x:oob'><url>u:2</url></x>",
            "message { out_of_band { url: 'u:1' description: 'one' } out_of_band { url: 'u:2' } }"),
    message("encryption", "<encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:omemo:2'/>",
            "message { encryption_namespace: 'urn:xmpp:omemo:2' }"),
    message("not to be stored", "<no-store xmlns='urn:xmpp:hints'/>", "message { no_store: true }"),

    presence("available", "", "presence {}"),
    row("unavailable", "presence", " type='unavailable'", "", "presence { type: UNAVAILABLE }"),
    row("subscribe", "presence", " type='subscribe'", "", "presence { type: SUBSCRIBE }"),
    row("subscribed", "presence", " type='subscribed'", "", "presence { type: SUBSCRIBED }"),
    row("unsubscribe", "presence", " type='unsubscribe'", "", "presence { type: UNSUBSCRIBE }"),
    row("unsubscribed", "presence", " type='unsubscribed'", "", "presence { type: UNSUBSCRIBED }"),
    row("probe", "presence", " type='probe'", "", "presence { type: PROBE }"),
    presence("away", "<show>away</show>", "presence { show: AWAY }"),
    presence("chat", "<show>chat</show>", "presence { show: CHAT }"),
    presence("dnd", "<show>dnd</show>", "presence { show: DND }"),
    presence("xa", "<show>xa</show>", "presence { show: XA }"),
    presence(
        "statuses", "<status>At the ball</status><status xml:lang='cs'>Na plese</status>",
        "presence { statuses { text: 'At the ball' } statuses { lang: 'cs' text: 'Na plese' } }"),
    presence("priority", "<priority>127</priority>", "presence { priority: 127 }"),
    presence("negative priority", "<priority>-128</priority>", "presence { priority: -128 }"),
    presence("idle", "<idle xmlns='urn:xmpp:idle:1' since='1969-07-21T02:56:15Z'/>",
             "presence { idle_since { seconds: -14159025 } }"),

    row("disco#info", "iq", " type='get' id='1'",
        "<query xmlns='http://jabber.org/protocol/disco#info' node='n'></query>",
        "id: '1' iq { payload { namespace: 'http://jabber.org/protocol/disco#info' name: 'query' "
        "attributes { key: 'node' value: 'n' } } }"),
    result(
        "its answer",
        "<query xmlns='http://jabber.org/protocol/disco#info'>"
        "<identity category='gateway' type='sip' name='G'/><feature var='urn:xmpp:ping'/>"
        "</query>",
        "id: '1' iq { type: RESULT payload { namespace: 'http://jabber.org/protocol/disco#info' "
        "name: 'query' "
        "children { namespace: 'http://jabber.org/protocol/disco#info' name: 'identity' "
        "attributes { key: 'category' value: 'gateway' } attributes { key: 'type' value: 'sip' } "
        "attributes { key: 'name' value: 'G' } } "
        "children { namespace: 'http://jabber.org/protocol/disco#info' name: 'feature' "
        "attributes { key: 'var' value: 'urn:xmpp:ping' } } } }"),
    result(
        "its answer with a form",
        "<query xmlns='http://jabber.org/protocol/disco#info'><x xmlns='jabber:x:data' "
        "type='result'><field var='FORM_TYPE' type='hidden'><value>f</value></field>"
        "<field var='abuse-addresses' label='L'><value>mailto:a@b</value><value>xmpp:c@d</value>"
        "</field><field var='none'/></x></query>",
        "id: '1' iq { type: RESULT payload { namespace: 'http://jabber.org/protocol/disco#info' "
        "name: 'query' children { namespace: 'jabber:x:data' name: 'x' "
        "attributes { key: 'type' value: 'result' } "
        "children { namespace: 'jabber:x:data' name: 'field' "
        "attributes { key: 'var' value: 'FORM_TYPE' } attributes { key: 'type' value: 'hidden' } "
        "children { namespace: 'jabber:x:data' name: 'value' text: 'f' } } "
        "children { namespace: 'jabber:x:data' name: 'field' "
        "attributes { key: 'var' value: 'abuse-addresses' } "
        "attributes { key: 'label' value: 'L' } "
        "children { namespace: 'jabber:x:data' name: 'value' text: 'mailto:a@b' } "
        "children { namespace: 'jabber:x:data' name: 'value' text: 'xmpp:c@d' } } "
        "children { namespace: 'jabber:x:data' name: 'field' "
        "attributes { key: 'var' value: 'none' } } } } }"),
    result("disco#items",
           "<query xmlns='http://jabber.org/protocol/disco#items' node='n'>"
           "<item jid='a@b' name='A' node='m'/></query>",
           "id: '1' iq { type: RESULT payload { namespace: "
           "'http://jabber.org/protocol/disco#items' name: 'query' "
           "attributes { key: 'node' value: 'n' } "
           "children { namespace: 'http://jabber.org/protocol/disco#items' name: 'item' "
           "attributes { key: 'jid' value: 'a@b' } attributes { key: 'name' value: 'A' } "
           "attributes { key: 'node' value: 'm' } } } }"),
    row("ping", "iq", " type='get' id='1'", "<ping xmlns='urn:xmpp:ping'></ping>",
        "id: '1' iq { payload { namespace: 'urn:xmpp:ping' name: 'ping' } }"),
    result("its answer", "", "id: '1' iq { type: RESULT }"),
    result("version",
           "<query xmlns='jabber:iq:version'><name>C</name><version>1</version><os>D</os></query>",
           "id: '1' iq { type: RESULT payload { namespace: 'jabber:iq:version' name: 'query' "
           "children { namespace: 'jabber:iq:version' name: 'name' text: 'C' } "
           "children { namespace: 'jabber:iq:version' name: 'version' text: '1' } "
           "children { namespace: 'jabber:iq:version' name: 'os' text: 'D' } } }"),
    result("last", "<query xmlns='jabber:iq:last' seconds='903'>Heading home</query>",
           "id: '1' iq { type: RESULT payload { namespace: 'jabber:iq:last' name: 'query' "
           "attributes { key: 'seconds' value: '903' } text: 'Heading home' } }"),
    result("time",
           "<time xmlns='urn:xmpp:time'><tzo>-06:00</tzo><utc>2006-12-19T17:58:35Z</utc></time>",
           "id: '1' iq { type: RESULT payload { namespace: 'urn:xmpp:time' name: 'time' "
           "children { namespace: 'urn:xmpp:time' name: 'tzo' text: '-06:00' } "
           "children { namespace: 'urn:xmpp:time' name: 'utc' text: '2006-12-19T17:58:35Z' } } }"),

    row("a message's error", "message", " type='error' id='m'",
        "<error type='cancel'><item-not-found "
        "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
        "id: 'm' message { type: ERROR } error { condition: ITEM_NOT_FOUND type: CANCEL }"),
    row("a presence's error", "presence", " type='error'",
        "<error type='wait'>"
        "<remote-server-timeout xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
        "presence { type: ERROR } error { condition: REMOTE_SERVER_TIMEOUT type: WAIT }"),
    row("an iq's error, with text", "iq", " type='error' id='1'",
        "<error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
        "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>No &lt;entry&gt;</text></error>",
        "id: '1' iq { type: ERROR } error { condition: FORBIDDEN type: AUTH text: 'No <entry>' }"),
    row("a new address", "message", " type='error'",
        "<error type='modify'><redirect xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>"
        "xmpp:r@example.org</redirect></error>",
        "message { type: ERROR } "
        "error { condition: REDIRECT type: MODIFY new_address: 'xmpp:r@example.org' }"),
    row("gone", "message", " type='error'",
        "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>xmpp:r@x</gone>"
        "</error>",
        "message { type: ERROR } error { condition: GONE type: CANCEL new_address: 'xmpp:r@x' }"),
};

TEST_CASE("every field, both ways") {
  for (const Row& row : kBothWays) {
    INFO(row.what);
    INFO(row.xml);
    const v1::Stanza fields = stanza(row.fields);
    CHECK(normalised(row.xml) == text_format(fields));
    // An empty element may be written either way; compare what is read from it.
    CHECK(element(appended(fields)) == element(row.xml));
  }
}

TEST_CASE("what is read more generously than it is written") {
  const Row rows[] = {
      row("type normal, spelt out", "message", " type='normal'", "", "message {}"),
      row("a type that does not exist", "message", " type='shout'", "", "message {}"),
      row("a language that is none", "message", " xml:lang='&lt;x&gt;'", "", "message {}"),
      row("an endless language", "message",
          " xml:lang='aaaaaaaa-aaaaaaaa-aaaaaaaa-aaaaaaaa-aaaaaaaa'", "", "message {}"),
      message("a second body in the same language", "<body>1</body><body>2</body>",
              "message { bodies { text: '1' } }"),
      message("the content prefixed", "<s:body xmlns:s='jabber:server'>1</s:body>",
              "message { bodies { text: '1' } }"),
      message("receipt and marker of nothing",
              "<received xmlns='urn:xmpp:receipts'/><displayed xmlns='urn:xmpp:chat-markers:0'/>",
              "message {}"),
      message(
          "a time with offset and fraction",
          "<delay xmlns='urn:xmpp:delay' stamp='2002-09-11T01:08:25.5+02:00' from='x'>y</delay>",
          "message { sent { seconds: 1031699305 nanos: 500000000 } }"),
      message("no time", "<delay xmlns='urn:xmpp:delay' stamp='yesterday'/>", "message {}"),
      message("the first of two times",
              "<delay xmlns='urn:xmpp:delay' stamp='2002-09-10T23:08:25Z'/>"
              "<delay xmlns='urn:xmpp:delay' stamp='2012-09-10T23:08:25Z'/>",
              "message { sent { seconds: 1031699305 } }"),
      message("a link to nothing", "<x xmlns='jabber:x:oob'><desc>d</desc></x>", "message {}"),
      message("encrypted, and nothing says so",
              "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/></encrypted>",
              "message { encryption_namespace: 'eu.siacs.conversations.axolotl' }"),
      message("encrypted, and said to be",
              "<x xmlns='jabber:x:encrypted'>AAAA</x>"
              "<encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:otr:0'/>",
              "message { encryption_namespace: 'urn:xmpp:otr:0' }"),
      presence("a show that does not exist", "<show>busy</show>", "presence {}"),
      presence("priority too high", "<priority>128</priority>", "presence {}"),
      presence("priority no number", "<priority>high</priority>", "presence {}"),
      row("an error without condition", "message", " type='error'", "<error type='cancel'/>",
          "message { type: ERROR } error { type: CANCEL }"),
      row("an error without <error/>", "message", " type='error'", "",
          "message { type: ERROR } error {}"),
      row("an unknown condition and type", "message", " type='error'",
          "<error type='odd'><teapot xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
          "message { type: ERROR } error {}"),
      row("a condition of the application", "message", " type='error'",
          "<error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
          "<mine xmlns='urn:mine'/></error>",
          "message { type: ERROR } error { condition: CONFLICT type: CANCEL }"),
      row("of an error, nothing but the error", "message", " type='error'",
          "<body>echoed</body><error type='cancel'>"
          "<conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
          "message { type: ERROR } error { condition: CONFLICT type: CANCEL }"),
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(normalised(row.xml) == text_format(stanza(row.fields)));
  }
}

TEST_CASE("a stanza inherits the language of its stream") {
  const std::string silent = "<message" + kAddresses + "/>";
  const std::string german = "<message" + kAddresses + " xml:lang='de'/>";
  CHECK(normalised(silent, "fr") == text_format(stanza(kAddressed + "lang: 'fr' message {}")));
  CHECK(normalised(german, "fr") == text_format(stanza(kAddressed + "lang: 'de' message {}")));
  CHECK(normalised(silent, "'/>") == text_format(stanza(kAddressed + "message {}")));
}

TEST_CASE("addresses are prepared") {
  const std::string prepared =
      text_format(stanza("from: { local: 'romeo' domain: 'fabrikam.example' resource: 'Or chard' } "
                         "to: { domain: 'b\303\274cher.example' } message {}"));
  CHECK(
      normalised("<message from='ROMEO@Fabrikam.Example./Or chard' to='xn--bcher-kva.example'/>") ==
      prepared);
}

TEST_CASE("what is no stanza for us") {
  const std::pair<const char*, const char*> rows[] = {
      {"<message to='a@b.example'/>", "error: INVALID_ARGUMENT"},
      {"<message from='a@b.example'/>", "error: INVALID_ARGUMENT"},
      {"<message from='' to='a@b.example'/>", "error: INVALID_ARGUMENT"},
      {"<message from='@b.example' to='a@b.example'/>", "error: INVALID_ARGUMENT"},
      {"<message from='a@b.example' to='a b@b.example'/>", "error: INVALID_ARGUMENT"},
      {"<presence from='a@b.example' to='b.example/'/>", "error: INVALID_ARGUMENT"},
      {"<iq from='a@b.example' to='a@b@c..example' type='get'/>", "error: INVALID_ARGUMENT"},
      {"<note from='a@b.example' to='c@d.example'/>", "error: UNIMPLEMENTED"},
      {"<message xmlns='jabber:client' from='a@b.example' to='c@d.example'/>",
       "error: UNIMPLEMENTED"},
      {"<db:result xmlns:db='jabber:server:dialback' from='b.example' to='d.example'/>",
       "error: UNIMPLEMENTED"},
  };
  for (const auto& [text, outcome] : rows) {
    INFO(text);
    CHECK(normalised(text) == outcome);
  }
}

TEST_CASE("nothing unlisted crosses") {
  const Row rows[] = {
      message("other elements",
              "<x xmlns='jabber:x:data'/>"
              "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'/></forwarded>"
              "<error type='cancel'/>text",
              "message {}"),
      message("markup that is not on the list",
              "<html xmlns='http://jabber.org/protocol/xhtml-im'><body style='x' "
              "xmlns='http://www.w3.org/1999/xhtml'><script>evil()</script><p onclick='x()'>a <b>b"
              "</b></p><a href='javascript:x()'>c</a></body></html>",
              "message { xhtml: \"<body xmlns='http://www.w3.org/1999/xhtml'><p>a b</p>c</body>\" "
              "}"),
      message("markup of nothing",
              "<html xmlns='http://jabber.org/protocol/xhtml-im'><body "
              "xmlns='http://www.w3.org/1999/xhtml'><img src='http://x/'/></body></html>"
              "<html xmlns='http://jabber.org/protocol/xhtml-im'>x</html>",
              "message {}"),
      message("the right names in the wrong namespace",
              "<body xmlns='jabber:client'>1</body><subject xmlns=''/><thread xmlns='u'/>"
              "<active/><request/><replace id='1'/><delay stamp='2002-09-10T23:08:25Z'/>",
              "message {}"),
      message("the parent of no thread", "<thread parent='t0'/>", "message {}"),
      message("what only looks like a chat state",
              "<happy xmlns='http://jabber.org/protocol/chatstates'/>", "message {}"),
      message("markup within text", "<body>a<b>bold</b>c</body>",
              "message { bodies { text: 'ac' } }"),
      presence("other elements",
               "<c xmlns='http://jabber.org/protocol/caps' node='n' ver='v'/>"
               "<x xmlns='vcard-temp:x:update'/>",
               "presence {}"),
      row("a payload that is not on the list", "iq", " type='set' id='1'",
          "<query xmlns='jabber:iq:roster' ver='1'><item jid='a@b'>x</item>text</query>",
          "id: '1' iq { type: SET payload { namespace: 'jabber:iq:roster' name: 'query' } }"),
      row("the right name in another namespace", "iq", " type='get' id='1'",
          "<ping xmlns='u' a='1'/>", "id: '1' iq { payload { namespace: 'u' name: 'ping' } }"),
      result("what is not on the list within what is",
             "<query xmlns='http://jabber.org/protocol/disco#info' evil='1'>text"
             "<identity category='c' evil='1'>text<b/></identity><evil/>"
             "<x xmlns='u'/><feature xmlns='u' var='x'/>"
             "<x xmlns='jabber:x:data' evil='1'>text<title>t</title><field><value><value>deep"
             "</value>v</value><option/><field/></field><value>stray</value></x></query>",
             "id: '1' iq { type: RESULT payload { namespace: "
             "'http://jabber.org/protocol/disco#info' name: 'query' children { namespace: "
             "'http://jabber.org/protocol/disco#info' name: 'identity' "
             "attributes { key: 'category' value: 'c' } } children { namespace: 'jabber:x:data' "
             "name: 'x' children { namespace: 'jabber:x:data' name: 'field' "
             "children { namespace: 'jabber:x:data' name: 'value' text: 'v' } } } } }"),
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(normalised(row.xml) == text_format(stanza(row.fields)));
  }
}

TEST_CASE("nothing unlisted is written") {
  const std::string bare = "<message" + kAddresses + "></message>";
  for (const char* xhtml :
       {"<script/>", "<body>x</body>", "</message><message/>", "<body xmlns=\\'u\\'>x</body>"}) {
    INFO(xhtml);
    CHECK(appended(stanza(kAddressed + "message { xhtml: '" + xhtml + "' }")) == bare);
  }
  CHECK(appended(stanza(kAddressed +
                        "message { xhtml: '<b/>' extensions { namespace: 'u' name: 'x' } }")) ==
        bare);
  CHECK(appended(stanza(kAddressed + "message {} patience_ms: 5 error { text: 'x' }")) == bare);
  CHECK(appended(stanza(kAddressed +
                        "presence { extensions { namespace: 'u' name: 'x' } priority: 200 "
                        "idle_since { seconds: 999999999999 } }")) ==
        "<presence" + kAddresses + "></presence>");
  CHECK(appended(stanza(kAddressed + "id: '1' iq { payload { namespace: 'u' name: 'x' } }")) ==
        "<iq" + kAddresses + " type='get' id='1'></iq>");
  CHECK(appended(stanza(kAddressed + "id: '1' iq { payload { namespace: 'urn:xmpp:ping' name: "
                                     "'ping' attributes { key: 'a' value: 'b' } text: 'x' "
                                     "children { namespace: 'urn:xmpp:ping' name: 'x' } } }")) ==
        "<iq" + kAddresses + " type='get' id='1'><ping xmlns='urn:xmpp:ping'></ping></iq>");
}

TEST_CASE("what cannot be written at all") {
  CHECK(appended(stanza(kAddressed)).empty());
  v1::Stanza later = stanza(kAddressed + "presence {}");
  later.mutable_presence()->set_type(static_cast<v1::Presence::Type>(99));
  CHECK(appended(later).empty());
  later.mutable_iq()->set_type(static_cast<v1::Iq::Type>(99));
  CHECK(appended(later).empty());
  later.mutable_message()->set_type(static_cast<v1::Message::Type>(99));
  CHECK(appended(later) == "<message" + kAddresses + "></message>");
}

TEST_CASE("an error of the default type is written with the type that belongs to it") {
  CHECK(appended(stanza(kAddressed + "message { type: ERROR } error { condition: FORBIDDEN }")) ==
        "<message" + kAddresses +
            " type='error'><error type='auth'><forbidden "
            "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>");
}

}  // namespace
}  // namespace causeway::edge::codec
