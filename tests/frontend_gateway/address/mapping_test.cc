#include "frontend_gateway/address/mapping.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>

using causeway::address::Jid;
using namespace causeway;
using namespace causeway::gateway::mapping;

namespace {

Jid jid(const std::string& text) {
  const auto parsed = Jid::parse(text);
  INFO(text << ": " << parsed.status());
  REQUIRE(parsed.ok());
  return *parsed;
}

}  // namespace

TEST_CASE("the vectors of RFC 7247 and XEP-0106 hold in both directions", "[address]") {
  struct Row {
    std::string uri, jid;
  };
  const auto row = GENERATE(values<Row>({
      {"sip:f%C3%BC@sip.example", "fü@sip.example"},
      {"sip:o'malley@sip.example", "o\\27malley@sip.example"},
      {"sip:foo@sip.example;gr=bar", "foo@sip.example/bar"},
      {"sip:m&m@xmpp.example", "m\\26m@xmpp.example"},
      {"sip:tsch%C3%BCss@xmpp.example", "tschüss@xmpp.example"},
      {"sip:baz@xmpp.example;gr=qux", "baz@xmpp.example/qux"},
      {"sip:c%3A%5C5commas@x.example", "c\\3a\\5c5commas@x.example"},
      {"sip:c%3A%5Ccool%20stuff@x.example", "c\\3a\\cool\\20stuff@x.example"},
      {"sip:user%40host@x.example", "user\\40host@x.example"},
      {"sip:call%20me%20%22ishmael%22@x.example", "call\\20me\\20\\22ishmael\\22@x.example"},
      {"sip:/.fanboy@x.example", "\\2f.fanboy@x.example"},
      {"sip:100%25@x.example", "100%@x.example"},
      {"sip:bob@xn--bcher-kva.example", "bob@bücher.example"},
      {"sip:bob@x.example;gr=B%C3%BCro%20%F0%9F%90%B4", "bob@x.example/Büro 🐴"},
      {"sip:x.example", "x.example"},
  }));
  INFO(row.jid);
  const auto to = to_jid(row.uri);
  REQUIRE(to.ok());
  CHECK(to->to_string() == row.jid);
  const auto back = to_sip(jid(row.jid));
  REQUIRE(back.ok());
  CHECK(back->to_string() == row.uri);
}

TEST_CASE("the case of a SIP user part is folded", "[address]") {
  const auto to = to_jid("sip:Bob.Smith@Contoso.Example");
  REQUIRE(to.ok());
  CHECK(to->to_string() == "bob.smith@contoso.example");
}

TEST_CASE("a SIP address that no JID can say is refused", "[address]") {
  const auto uri =
      GENERATE(as<std::string>(), "sip:%20bob@x.example", "sip:bob%20@x.example",
               "sip:%F0%9F%90%B4@x.example",  // IdentifierClass has no emoji
               "sip:bob@-x-.example", "sip:" + std::string(1024, 'a') + "@x.example",
               "sip:" + std::string(400, '\'') + "@x.example",  // 1,200 bytes once escaped
               "sip:bob@x.example;gr=" + std::string(1024, 'a'), "sip:a%00b@x.example",
               "sip:a%0D%0Ab@x.example", "sip:a%C0%AFb@x.example", "sip:a%ED%A0%80b@x.example");
  INFO(uri);
  const auto to = to_jid(uri);
  REQUIRE_FALSE(to.ok());
  CHECK(to.refusal().status == 400);
}

TEST_CASE("the longest local part crosses", "[address]") {
  const auto to = to_jid("sip:" + std::string(1023, 'a') + "@x.example");
  REQUIRE(to.ok());
  const auto back = to_sip(*to);
  REQUIRE(back.ok());
  CHECK(back->user.size() == 1023);
}

TEST_CASE("a JID that no SIP address can say is malformed", "[address]") {
  const auto text =
      GENERATE(as<std::string>(), "\\20bob@x.example", "bob\\20@x.example", "a\\5cb@x.example");
  INFO(text);
  const auto uri = to_sip(jid(text));
  REQUIRE_FALSE(uri.ok());
  CHECK(uri.refusal().condition() == v1::JID_MALFORMED);
}

TEST_CASE("parts that hold controls never become a SIP URI", "[address]") {
  const auto domain = *address::Domain::parse("x.example");
  using namespace std::string_literals;
  for (const std::string& bad : {"a\r\nVia: b"s, "a\nb"s, "a\0b"s, "a\x7f"s, "\xc0\xaf"s}) {
    CHECK_FALSE(to_sip(bad, domain, "").ok());
    CHECK_FALSE(to_sip("a", domain, bad).ok());
  }
}

TEST_CASE("JID to SIP to JID gives the same JID", "[address][property]") {
  std::mt19937 random(Catch::rngSeed());
  const std::vector<std::string> pieces = {
      "a", "Z", "7", "5c", "2f", "20", "\\", ".",  "%",    "#",    "!",   "$", "(",
      ")", "*", "+", ",",  "-",  ";",  "=",  "?",  "[",    "]",    "^",   "_", "`",
      "{", "|", "}", "~",  "é",  "ß",  "Ω",  "日", "\\40", "\\5c", "\\26"};
  const std::vector<std::string> more = {" ", "🐴", "\"", "<", ">", "&", "'", "/", "@", ":", "%0D"};
  const std::vector<std::string> domains = {"x.example", "bücher.example", "日本.example", "[::1]"};
  int crossed = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (auto size = random() % 10; size > 0; --size) text += pieces[random() % pieces.size()];
    if (!text.empty()) text += "@";
    text += domains[random() % domains.size()];
    if (random() % 2 == 0) {
      text += "/";
      for (auto size = 1 + random() % 10; size > 0; --size)
        text += random() % 2 ? more[random() % more.size()] : pieces[random() % pieces.size()];
    }
    const auto parsed = Jid::parse(text);
    if (!parsed.ok()) continue;  // the bidi rule, a space first: no valid JID
    const auto uri = to_sip(*parsed);
    if (!uri.ok()) continue;  // not escaped as XEP-0106 says
    ++crossed;
    const auto back = to_jid(uri->to_string());
    INFO(text << " -> " << uri->to_string());
    REQUIRE(back.ok());
    REQUIRE(*back == *parsed);
  }
  CHECK(crossed > 10000);
}
