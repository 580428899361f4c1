#include "frontend_gateway/address/utf8.h"

#include <catch2/catch.hpp>
#include <string>

using namespace causeway::gateway;
using namespace std::string_literals;

TEST_CASE("text that an XML document may hold is told from bytes that it may not", "[address]") {
  struct Row {
    std::string bytes;
    bool text, line;
  };
  const auto row = GENERATE(values<Row>({
      {"", true, true},
      {"plain <&>\"' ünï 🐴", true, true},
      {"a\tb", true, false},
      {"a\r\nb", true, false},
      {"a\xc2\x85z", true, false},
      {"a\x7f", true, false},
      {"a\0b"s, false, false},
      {"a\x01", false, false},
      {"a\x1b[31m", false, false},
      {"\xef\xbf\xbe", false, false},      // U+FFFE
      {"\xef\xbf\xbf", false, false},      // U+FFFF
      {"\xef\xbf\xbd", true, true},        // U+FFFD
      {"\xed\xa0\x80", false, false},      // a surrogate
      {"\xc0\xaf", false, false},          // overlong
      {"\xf5\x80\x80\x80", false, false},  // beyond U+10FFFF
      {"caf\xe9", false, false},           // Latin-1
      {"\xf0\x9f\x90", false, false},      // cut
  }));
  INFO(row.bytes);
  CHECK(is_xml_text(row.bytes) == row.text);
  CHECK(is_one_line(row.bytes) == row.line);
}
