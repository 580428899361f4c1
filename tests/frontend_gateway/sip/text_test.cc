#include "frontend_gateway/sip/text.h"

#include <catch2/catch.hpp>
#include <optional>
#include <string>

namespace causeway::gateway::sip {
namespace {

TEST_CASE("From and To: one address, whatever its display name looks like", "[sip][text]") {
  struct Row {
    std::string value;
    std::optional<std::string> uri;
    std::string display, tag;
  };
  const auto row = GENERATE(values<Row>({
      {"<sip:a@b>", "sip:a@b", "", ""},
      {"sip:a@b", "sip:a@b", "", ""},
      {"sip:a@b;tag=t", "sip:a@b", "", "t"},
      {"sip:a@b ; tag = t", "sip:a@b", "", "t"},
      {"<sip:a@b;gr=x>;tag=t;x=\"y;tag=z\"", "sip:a@b;gr=x", "", "t"},
      {"Alice Smith <sip:a@b>;tag=t", "sip:a@b", "Alice Smith", "t"},
      {"\"<sip:ceo@x>\" <sip:a@b>", "sip:a@b", "<sip:ceo@x>", ""},
      {"\"a \\\" <sip:ceo@x>;tag=1\" <sip:a@b>;tag=2", "sip:a@b", "a \" <sip:ceo@x>;tag=1", "2"},
      {"\"a\"<sip:a@b>", "sip:a@b", "a", ""},
      {"\"\" <sip:a@b>", "sip:a@b", "", ""},
      {"<sip:[2001:db8::1]:5060>", "sip:[2001:db8::1]:5060", "", ""},
      {"", std::nullopt, "", ""},
      {"<>", std::nullopt, "", ""},
      {"<sip:a@b", std::nullopt, "", ""},
      {"sip:a@b>", std::nullopt, "", ""},
      {"\"a <sip:a@b>", std::nullopt, "", ""},
      {"\"a\\", std::nullopt, "", ""},
      {"a \"b\" <sip:a@b>", std::nullopt, "", ""},
      {"<sip:a@b>, <sip:c@d>", std::nullopt, "", ""},
      {"<sip:a@b> <sip:c@d>", std::nullopt, "", ""},
      {"sip:a@b, sip:c@d", std::nullopt, "", ""},
      {"sip:a@b?x=y", std::nullopt, "", ""},
      {"<sip:a b@c>", std::nullopt, "", ""},
      {"<sip:\xC3\xBC@c>", std::nullopt, "", ""},
      {"<a@b>", std::nullopt, "", ""},
      {"<sip:a@b>;tag=1;tag=2", std::nullopt, "", ""},
      {"<sip:a@b>;tag", std::nullopt, "", ""},
      {"<sip:a@b>;tag=", std::nullopt, "", ""},
      {"<sip:a@b>;;", std::nullopt, "", ""},
      {"<sip:a@b>x", std::nullopt, "", ""},
  }));
  INFO(row.value);
  const auto address = parse_name_addr(row.value);
  REQUIRE(address.has_value() == row.uri.has_value());
  if (!address) return;
  CHECK(address->uri == *row.uri);
  CHECK(address->display == row.display);
  CHECK(address->tag == row.tag);
}

TEST_CASE("a folded value becomes one line, or none", "[sip][text]") {
  struct Row {
    std::string value;
    std::optional<std::string> line;
  };
  const auto row = GENERATE(values<Row>({
      {"plain", "plain"},
      {"", ""},
      {"two\r\n lines", "two lines"},
      {"two\n\t lines", "two lines"},
      {"tab\there", "tab here"},
      {"ends\r\n ", std::nullopt},
      {"new\r\nline", std::nullopt},
      {"new\nline", std::nullopt},
      {"lone\rreturn", std::nullopt},
      {std::string("n\0l", 3), std::nullopt},
      {"del\x7f", std::nullopt},
  }));
  INFO(row.value);
  CHECK(unfold(row.value) == row.line);
}

TEST_CASE("numbers are digits within their bound", "[sip][text]") {
  CHECK(number("0", 9) == 0u);
  CHECK(number("0000000009", 9) == 9u);
  CHECK(number("4294967295", 0xffffffff) == 0xffffffffu);
  for (const char* wrong : {"", "-1", "+1", " 1", "1 ", "1x", "10", "4294967296", "99999999999"}) {
    INFO(wrong);
    CHECK_FALSE(number(wrong, 9));
  }
}

TEST_CASE("what counts as a URI, a token and a line", "[sip][text]") {
  CHECK(is_uri("sip:a@b"));
  CHECK(is_uri("tel:+1"));
  for (const char* wrong :
       {"", "sip:", ":a", "a@b", "sip:a b", "sip:a\r\n", "<sip:a@b>", "1sip:a", "s\"ip:a"}) {
    INFO(wrong);
    CHECK_FALSE(is_uri(wrong));
  }
  CHECK(is_token("MESSAGE"));
  CHECK_FALSE(is_token(""));
  CHECK_FALSE(is_token("a b"));
  CHECK_FALSE(is_token("a:"));
  CHECK(is_line("Grüße \xF0\x9F\x90\xB4"));
  CHECK_FALSE(is_line("a\tb"));
  CHECK(as_line("a\r\nb\x7f") == "ab");
}

}  // namespace
}  // namespace causeway::gateway::sip
