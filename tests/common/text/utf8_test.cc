#include "common/text/utf8.h"

#include <catch2/catch.hpp>
#include <string>

using namespace causeway::text;

TEST_CASE("text is cut between characters", "[text]") {
  CHECK(prefix_of_characters("aé", 3) == "aé");
  CHECK(prefix_of_characters("aé", 2) == "a");
  CHECK(prefix_of_characters("🐴", 3).empty());
  CHECK(prefix_of_characters("abc", 0).empty());
}

TEST_CASE("bytes that are no character become one", "[text]") {
  CHECK(well_formed("") == "");
  CHECK(well_formed("plain ünï 🐴") == "plain ünï 🐴");
  CHECK(well_formed("caf\xe9!") == "caf\xef\xbf\xbd!");
  CHECK(well_formed("a\xc3") == "a\xef\xbf\xbd");                                // cut
  CHECK(well_formed("\xc0\xaf") == "\xef\xbf\xbd\xef\xbf\xbd");                  // overlong
  CHECK(well_formed("\xed\xa0\x80") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // a surrogate
}

TEST_CASE("controls are told from characters", "[text]") {
  for (const char* const control : {"\x1b", "\n", "\x7f", "\xc2\x80", "\xc2\x9b", "\xc2\x9f",
                                    "\u2028", "\u202e", "\u2066", "\u2069"}) {
    INFO(control);
    CHECK(is_control(control));
  }
  for (const char* const character : {" ", "a", "é", "\u00a0", "\u2027", "\u202f", "字", "🐴"}) {
    INFO(character);
    CHECK_FALSE(is_control(character));
  }
}
