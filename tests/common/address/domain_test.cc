#include "common/address/domain.h"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

using causeway::address::Domain;

namespace {

std::string repeated(std::string_view text, int times) {
  std::string out;
  while (times-- > 0) out += text;
  return out;
}

}  // namespace

TEST_CASE("a domain is prepared", "[address][domain]") {
  struct Row {
    std::string_view text, unicode, ascii;
  };
  const auto row = GENERATE(values<Row>({
      {"example.com", "example.com", "example.com"},
      {"EXAMPLE.Com", "example.com", "example.com"},
      {"example.com.", "example.com", "example.com"},
      {"localhost", "localhost", "localhost"},
      {"3com.example", "3com.example", "3com.example"},
      {"a-b--c.example", "a-b--c.example", "a-b--c.example"},
      {"bücher.example", "bücher.example", "xn--bcher-kva.example"},
      {"BÜCHER.example.", "bücher.example", "xn--bcher-kva.example"},
      {"xn--bcher-kva.example", "bücher.example", "xn--bcher-kva.example"},
      {"XN--BCHER-KVA.Example", "bücher.example", "xn--bcher-kva.example"},
      {"bu\u0308cher.example", "bücher.example", "xn--bcher-kva.example"},
      {"straße.example", "straße.example", "xn--strae-oqa.example"},  // non-transitional
      {"例え\u3002テスト", "例え.テスト", "xn--r8jz45g.xn--zckzah"},
      {"ｅｘａｍｐｌｅ．com", "example.com", "example.com"},
      {"אבג.example", "אבג.example", "xn--4dbcd.example"},
      {"192.0.2.7", "192.0.2.7", "192.0.2.7"},
      {"[2001:DB8:0:0::7]", "[2001:db8::7]", "[2001:db8::7]"},
  }));
  INFO(row.text);
  const auto domain = Domain::parse(row.text);
  REQUIRE(domain.ok());
  CHECK(domain->unicode() == row.unicode);
  CHECK(domain->ascii() == row.ascii);
  CHECK(Domain::parse(domain->unicode()).value() == *domain);
  CHECK(Domain::parse(domain->ascii()).value() == *domain);
}

TEST_CASE("what is no domain is refused", "[address][domain]") {
  const auto text = GENERATE(values<std::string_view>({
      "",
      ".",
      "..",
      "example..com",
      ".example.com",
      "example.com..",
      "example.com\u3002\u3002",
      "\u00AD",  // IDNA ignores it, and nothing is left
      "-example.com",
      "example-.com",
      "ab--cd.example",  // neither a host name nor an A-label
      "xn--a.example",   // not Punycode of anything
      "xn--example-.example",
      "xn--bcher-kva8445foa.xn--",
      "exa mple.com",
      " example.com",
      "exam_ple.com",
      "example.com:5269",
      "user@example.com",
      "example.com/path",
      "\u2100.example",  // IDNA would make "a/c" of it
      "exa\rmple.com",
      "exa\nmple.com",
      "\xff\xfe.example",
      "\xed\xa0\x80.example",  // a lone surrogate
      "\xc0\xae.example",      // an overlong dot
      "300.1.1.1",
      "1.2.3",
      "01.2.3.4",
      "[192.0.2.7]",
      "[::1",
      "[::1]x",
      "[]",
      "[",
      "[fe80::1%eth0]",
      "::1",
      "אa.example",        // bidi rule
      "a\u200Db.example",  // a joiner without what it joins
  }));
  INFO(text);
  CHECK_FALSE(Domain::parse(text).ok());
}

TEST_CASE("a NUL ends neither a name nor an address", "[address][domain]") {
  using namespace std::string_view_literals;
  CHECK_FALSE(Domain::parse("good.example\0.evil.example"sv).ok());
  CHECK_FALSE(Domain::parse("192.0.2.7\0"sv).ok());
  CHECK_FALSE(Domain::parse("[::1\0]"sv).ok());
}

TEST_CASE("the limits of a domain", "[address][domain]") {
  const std::string label63(63, 'a');
  const std::string bytes1023 = repeated(label63.substr(0, 62) + ".", 16) + std::string(15, 'b');
  REQUIRE(bytes1023.size() == 1023);
  CHECK(Domain::parse(label63 + ".example").ok());
  CHECK_FALSE(Domain::parse(label63 + "a.example").ok());
  CHECK(Domain::parse(bytes1023).ok());
  CHECK(Domain::parse(bytes1023 + ".").ok());
  CHECK_FALSE(Domain::parse(bytes1023 + "b").ok());
  CHECK_FALSE(Domain::parse(repeated("ü", 60) + ".example").ok());  // its A-label is too long
  CHECK_FALSE(Domain::parse(repeated("abc.", 750) + "de").ok());
}

TEST_CASE("names and addresses are told apart", "[address][domain]") {
  CHECK(Domain::parse("192.0.2.7")->is_ip_literal());
  CHECK(Domain::parse("[::1]")->is_ip_literal());
  CHECK_FALSE(Domain::parse("a1.example")->is_ip_literal());
  CHECK_FALSE(Domain().is_ip_literal());
}
