#include "common/address/jid.h"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_set.h"

using causeway::address::Jid;

namespace {

struct Row {
  std::string_view text, local, domain, resource;
};

void check(const Row& row) {
  INFO(row.text);
  const auto jid = Jid::parse(row.text);
  REQUIRE(jid.ok());
  CHECK(jid->local() == row.local);
  CHECK(jid->domain().unicode() == row.domain);
  CHECK(jid->resource() == row.resource);
  CHECK(Jid::parse(jid->to_string()).value() == *jid);
  CHECK(Jid::from_parts(jid->local(), jid->domain().unicode(), jid->resource()).value() == *jid);
}

}  // namespace

TEST_CASE("the legal examples of RFC 7622 section 3.5", "[address][jid]") {
  check(GENERATE(values<Row>({
      {"juliet@example.com", "juliet", "example.com", ""},
      {"juliet@example.com/foo", "juliet", "example.com", "foo"},
      {"juliet@example.com/foo bar", "juliet", "example.com", "foo bar"},
      {"juliet@example.com/foo@bar", "juliet", "example.com", "foo@bar"},
      {"foo\\20bar@example.com", "foo\\20bar", "example.com", ""},
      {"fussball@example.com", "fussball", "example.com", ""},
      {"fu\u00DFball@example.com", "fußball", "example.com", ""},
      {"\u03C0@example.com", "π", "example.com", ""},
      {"\u03A3@example.com/foo", "σ", "example.com", "foo"},
      {"\u03C3@example.com/foo", "σ", "example.com", "foo"},
      {"\u03C2@example.com/foo", "ς", "example.com", "foo"},
      {"king@example.com/\u265A", "king", "example.com", "♚"},
      {"example.com", "", "example.com", ""},
      {"example.com/foobar", "", "example.com", "foobar"},
      {"a.example.com/b@example.net", "", "a.example.com", "b@example.net"},
  })));
}

TEST_CASE("the illegal examples of RFC 7622 section 3.5", "[address][jid]") {
  const auto text = GENERATE(values<std::string_view>({
      "\"juliet\"@example.com",
      "foo bar@example.com",
      "juliet@example.com/ foo",
      "@example.com/",
      "henry\u2163@example.com",
      "\u265A@example.com",
      "juliet@",
      "/foobar",
  }));
  INFO(text);
  CHECK_FALSE(Jid::parse(text).ok());
}

TEST_CASE("a JID is taken apart and prepared", "[address][jid]") {
  check(GENERATE(values<Row>({
      {"Juliet@EXAMPLE.com/Balcony", "juliet", "example.com", "Balcony"},
      {"juliet@example.com./x", "juliet", "example.com", "x"},
      {"juliet@example.com/a/b@c", "juliet", "example.com", "a/b@c"},
      {"juliet@[::1]/x", "juliet", "[::1]", "x"},
      {"juliet@127.0.0.1", "juliet", "127.0.0.1", ""},
      {"ｊｕｌｉｅｔ@example.com", "juliet", "example.com", ""},
      {"IZMIR@example.com", "izmir", "example.com", ""},  // not the dotless i of a Turkish locale
      {"שלום@example.com", "שלום", "example.com", ""},
      {"juliet@example.com/caf\u0065\u0301", "juliet", "example.com", "caf\u00E9"},
      {"juliet@example.com/a\u3000b", "juliet", "example.com", "a b"},
      {"juliet@example.com/Ⅳ \"&'<>", "juliet", "example.com", "Ⅳ \"&'<>"},
  })));
}

TEST_CASE("what is no JID is refused", "[address][jid]") {
  const auto text = GENERATE(values<std::string_view>({
      "",
      "@",
      "/",
      "@example.com",
      "juliet@example.com/",
      "juliet@/x",
      "ju@liet@example.com",
      "a\"b@example.com",
      "a&b@example.com",
      "a'b@example.com",
      "a:b@example.com",
      "a<b@example.com",
      "a>b@example.com",
      "a b@example.com",
      "a\uFF20b@example.com",  // a full-width '@' becomes one
      "a\uFF0Fb@example.com",
      "a\uFF1Cb@example.com",
      "a\u3000b@example.com",
      "a\u00A0b@example.com",
      "a\rb@example.com",
      "a\nb@example.com",
      "a\tb@example.com",
      "a\x7F@example.com",
      "a\u0085@example.com",
      "a\uFEFF@example.com",
      "a\u200B@example.com",
      "a\uFFFE@example.com",
      "a\xff@example.com",
      "a\xed\xa0\x80@example.com",
      "\u05D0a@example.com",
      "juliet@example.com/a\rb",
      "juliet@example.com/a\nb",
      "juliet@example.com/a\xc3",
      "juliet@example.com/a\xed\xbf\xbf",
      "juliet@example.com/a\u2028b",
      "juliet@example.com/\u3000a",
      "juliet@exa mple.com",
  }));
  INFO(text);
  CHECK_FALSE(Jid::parse(text).ok());
}

TEST_CASE("a NUL is refused in every part", "[address][jid]") {
  using namespace std::string_view_literals;
  CHECK_FALSE(Jid::parse("a\0b@example.com"sv).ok());
  CHECK_FALSE(Jid::parse("a@exam\0ple.com"sv).ok());
  CHECK_FALSE(Jid::parse("a@example.com/b\0"sv).ok());
}

TEST_CASE("a part has 1023 bytes at most", "[address][jid]") {
  const std::string full(1023, 'a');
  CHECK(Jid::parse(full + "@example.com/" + full).ok());
  CHECK_FALSE(Jid::parse(full + "a@example.com").ok());
  CHECK_FALSE(Jid::parse("a@example.com/" + full + "a").ok());
  const std::string huge(3000, 'a');
  CHECK_FALSE(Jid::parse(huge + "@example.com").ok());
  CHECK_FALSE(Jid::parse("a@" + huge).ok());
  CHECK_FALSE(Jid::parse("a@example.com/" + huge).ok());
  // Counted after preparation: 1,020 bytes of full-width letters are 340 of ASCII.
  std::string wide;
  while (wide.size() < 1026) wide += "ａ";
  CHECK(Jid::parse(wide + "@example.com").value().local() == std::string(342, 'a'));
}

TEST_CASE("a refusal says what is wrong without repeating it", "[address][jid]") {
  CHECK(Jid::parse("a\rb@example.com").status().message() ==
        "local part: U+000D is not allowed there");
  CHECK(Jid::parse("a@").status().message() == "domain: empty");
  CHECK(Jid::parse("a@b.example/x\xff").status().message() == "resource: not well-formed UTF-8");
}

TEST_CASE("equal addresses are one key", "[address][jid]") {
  absl::flat_hash_set<Jid> seen;
  for (const char* text : {"Juliet@Example.com/a", "juliet@example.com./a", "juliet@example.com/b"})
    seen.insert(Jid::parse(text).value());
  CHECK(seen.size() == 2);
  CHECK(Jid::parse("juliet@example.com/a")->bare() == "juliet@example.com");
  CHECK(Jid::parse("example.com/a")->bare() == "example.com");
}
