#include "frontend_gateway/session/ms_text.h"

#include <catch2/catch.hpp>

#include "absl/strings/escaping.h"

using namespace causeway::gateway;
using namespace causeway::gateway::session;

namespace {

std::optional<FirstText> of(const std::string& value, std::size_t most = 1000) {
  return first_text({{"Subject", "x"}, {"Ms-Text-Format", value}}, most);
}

}  // namespace

TEST_CASE("a text inside an INVITE is read as it was written", "[session]") {
  const auto body = GENERATE(values<std::string>({"", "a", "ab", "abc",
                                                  "Gr\xc3\xbc\xc3\x9f"
                                                  "e \xf0\x9f\x90\xb4",
                                                  "line\r\nline; x=y"}));
  const auto text = of(ms_text_format("text/plain; charset=UTF-8", body));
  REQUIRE(text.has_value());
  CHECK(text->body == body);
  CHECK(text->content_type == "text/plain;charset=UTF-8");
}

TEST_CASE("what clients write", "[session]") {
  const auto text = of("text/plain; charset=UTF-8;msgr=WAAtAE0A;ms-body=aGVsbG8=");
  REQUIRE(text.has_value());
  CHECK(text->content_type == "text/plain;charset=UTF-8;msgr=WAAtAE0A");
  CHECK(text->body == "hello");
  CHECK(of("text/html;MS-BODY = PGI+aGk8L2I+")->body == "<b>hi</b>");
  CHECK(of("Text/Plain;ms-body=aGVsbG8=;charset=UTF-8")->body == "hello");
}

TEST_CASE("T27: what is no clean text is left for a MESSAGE", "[session]") {
  const auto value = GENERATE(values<std::string>({
      "text/plain; charset=UTF-8",
      "",
      ";ms-body=aGVsbG8=",
      "text/rtf;ms-body=aGVsbG8=",
      "image/gif;ms-body=aGVsbG8=",
      "text/plain;ms-body=aGVsbG8",
      "text/plain;ms-body=aGV sbG8=",
      "text/plain;ms-body=aGVs\tbG8=",
      "text/plain;ms-body=a-_sbG8=",
      "text/plain;ms-body=\"aGVsbG8=\"",
      "text/plain;ms-body=====",
      "text/plain;ms-body=a===",
      "text/plain;ms-body=aGVsbG8=aGVsbG8=",
      "text/plain;ms-body=aGVsbG8=;ms-body=d29ybGQ=",
  }));
  INFO(value);
  CHECK_FALSE(of(value).has_value());
}

TEST_CASE("T27: a bomb is measured before it is opened", "[session]") {
  const std::string most(1000, 'x');
  CHECK(of(ms_text_format("text/plain", most))->body == most);
  CHECK_FALSE(of(ms_text_format("text/plain", most + "x")).has_value());
  CHECK_FALSE(of("text/plain;ms-body=" + std::string(4 << 20, 'A')).has_value());
}

TEST_CASE("of two texts in an INVITE nobody could say which is meant", "[session]") {
  const std::string value = ms_text_format("text/plain", "hello");
  CHECK_FALSE(first_text({{"ms-text-format", value}, {"ms-text-format", value}}, 100).has_value());
  CHECK_FALSE(first_text({}, 100).has_value());
}

TEST_CASE("options are found in lists", "[session]") {
  const std::vector<sip::Header> headers = {{"Supported", "timer, MS-Text-Format ,x"},
                                            {"supported", "100rel"}};
  CHECK(lists(headers, "Supported", "ms-text-format"));
  CHECK(lists(headers, "Supported", "timer"));
  CHECK(lists(headers, "Supported", "100rel"));
  CHECK_FALSE(lists(headers, "Supported", "time"));
  CHECK_FALSE(lists(headers, "Require", "timer"));
}
