#include "common/address/precis.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <string_view>

#include "common/address/code_points.h"

using causeway::address::opaque_string;
using causeway::address::to_utf8;
using causeway::address::username_case_mapped;

TEST_CASE("user names are mapped", "[address][precis]") {
  struct Row {
    std::string_view text, mapped;
  };
  const auto row = GENERATE(values<Row>({
      {"Juliet", "juliet"},
      {"ÀÉ", "àé"},
      {"A\u030A", "å"},                // composed after lower-casing
      {"ｆｏｏＢＡＲ", "foobar"},      // full width
      {"ｱｲｳ", "アイウ"},               // half width
      {"İstanbul", "i\u0307stanbul"},  // the dot stays
      {"ısı", "ısı"},                  // and is not invented
      {"STRAẞE", "straße"},
      {"ΟΔΟΣ", "οδος"},  // a final sigma
      {"l·l", "l·l"},
      {"नमस्‌ते", "नमस्‌ते"},  // a non-joiner after a virama
      {"مرحبا١٢", "مرحبا١٢"},
  }));
  INFO(row.text);
  CHECK(username_case_mapped(row.text).value() == row.mapped);
}

TEST_CASE("user names are refused", "[address][precis]") {
  const auto text = GENERATE(values<std::string_view>({
      "",
      "a\u00B7b",  // the middle dot belongs between two l
      "\u0375",    // nothing Greek after it
      "\u05F3",    // nothing Hebrew before it
      "a\u30FBb",  // nothing Japanese about it
      "١۱",        // two kinds of Arabic digits
      "a\u200Cb",   "a\u200Db",
      "\u0640",  // tatweel
      "\u1100",  // old Hangul jamo
      "\uFB01",  // the ligature fi
      "\u212B",  // the Angstrom sign
      "\u2163",  // a Roman numeral
      "\u01C5",  // a title-case digraph
      "€",          "😀",        "¿",
      "\U000E0041",  // a tag character
      "\uE000",      // private use
      "\U000323B0",  // unassigned
      "\u0661a",     // begins as no right-to-left name may
      "אa",         "א1١",
  }));
  INFO(text);
  CHECK_FALSE(username_case_mapped(text).ok());
}

TEST_CASE("opaque strings keep their case, width and symbols", "[address][precis]") {
  struct Row {
    std::string_view text, mapped;
  };
  const auto row = GENERATE(values<Row>({
      {"Work Phone", "Work Phone"},
      {"ＰＣ", "ＰＣ"},
      {"😀 €", "😀 €"},
      {"a\u00A0b\u2003c", "a b c"},
      {"e\u0301", "é"},
      {"אa", "אa"},
  }));
  INFO(row.text);
  CHECK(opaque_string(row.text).value() == row.mapped);
}

TEST_CASE("what a profile has made, it leaves alone", "[address][precis]") {
  std::mt19937 random(7622);
  const auto one_of = [&random](std::u16string_view choices) {
    return choices[std::uniform_int_distribution<std::size_t>(0, choices.size() - 1)(random)];
  };
  constexpr std::u16string_view kNarrow = u"aIZßİıΣσςéｆＡｱアא١۱ल्\u200C\u0301\u0307\u030A·lǅÅ";
  int accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    std::u16string text;
    for (int length = i % 6; length >= 0; --length) {
      const bool anything = random() % 4 == 0;
      text += anything ? static_cast<char16_t>(random() % 0xD800) : one_of(kNarrow);
    }
    for (const auto profile : {username_case_mapped, opaque_string}) {
      const auto once = profile(to_utf8(text));
      if (!once.ok()) continue;
      ++accepted;
      INFO(*once);
      REQUIRE(profile(*once).value() == *once);
    }
  }
  CHECK(accepted > 1000);
}
