#include "common/address/code_points.h"

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <string_view>

using namespace causeway::address;

TEST_CASE("the bidi rule of RFC 5893", "[address][code_points]") {
  struct Row {
    std::u16string_view text;
    bool satisfied;
  };
  const auto row = GENERATE(values<Row>({
      {u"", true},
      {u"abc1", true},
      {u"1abc", true},
      {u"אבג", true},
      {u"אב1", true},
      {u"אב\u0301", true},  // marks at the end do not count
      {u"אב١", true},
      {u"1אב", false},  // 1: begins with a number
      {u"אaב", false},  // 2: a Latin letter within
      {u"אב-", false},  // 3: ends in a neutral one
      {u"א1١", false},  // 4: both kinds of digits
      {u"aאb", false},  // 5: begins left to right
      {u"a١", false},
  }));
  CHECK(satisfies_bidi_rule(row.text) == row.satisfied);
}

TEST_CASE("the classes differ in what is neither letter nor digit", "[address][code_points]") {
  const auto both = [](std::u16string_view text) {
    return std::pair(!first_disallowed(text, StringClass::identifier),
                     !first_disallowed(text, StringClass::freeform));
  };
  CHECK(both(u"aÄ9") == std::pair(true, true));
  CHECK(both(u"a b") == std::pair(false, true));
  CHECK(both(u"♚") == std::pair(false, true));
  CHECK(both(u"ﬁ") == std::pair(false, true));
  CHECK(both(u"\u0640") == std::pair(false, false));
  CHECK(both(u"\u0007") == std::pair(false, false));
  CHECK(both(u"بی\u200Cبی") == std::pair(true, true));  // joined on both sides
  CHECK(first_disallowed(u"ab\u00ADc", StringClass::freeform) == UChar32{0xAD});
}

TEST_CASE("only well-formed UTF-8 is decoded", "[address][code_points]") {
  CHECK(from_utf8("a€😀") == u"a€😀");
  CHECK(to_utf8(u"a€😀") == "a€😀");
  CHECK_FALSE(from_utf8("\xff"));
  CHECK_FALSE(from_utf8("\xc0\xaf"));          // overlong
  CHECK_FALSE(from_utf8("\xed\xa0\x80"));      // a surrogate
  CHECK_FALSE(from_utf8("\xf4\x90\x80\x80"));  // beyond U+10FFFF
  CHECK_FALSE(from_utf8("\xe2\x82"));          // cut off
}
