#include "frontend_gateway/address/escaping.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>

using namespace causeway::gateway::mapping;

TEST_CASE("every character that no local part may hold has its escape", "[address]") {
  struct Row {
    std::string name, local;
  };
  const auto row = GENERATE(values<Row>({
      {"a b", "a\\20b"},
      {"a\"b", "a\\22b"},
      {"a&b", "a\\26b"},
      {"a'b", "a\\27b"},
      {"a/b", "a\\2fb"},
      {"a:b", "a\\3ab"},
      {"a<b", "a\\3cb"},
      {"a>b", "a\\3eb"},
      {"a@b", "a\\40b"},
      {"a\\20b", "a\\5c20b"},
      {"c:\\5commas", "c\\3a\\5c5commas"},
      {"c:\\cool stuff", "c\\3a\\cool\\20stuff"},
      {"user@host", "user\\40host"},
      {"call me \"ishmael\"", "call\\20me\\20\\22ishmael\\22"},
      {"/.fanboy", "\\2f.fanboy"},
      {"at&t guy", "at\\26t\\20guy"},
      {"a\\b", "a\\b"},
      {"a\\", "a\\"},
      {"a\\2", "a\\2"},
      {"\\5c20", "\\5c5c20"},
      {"", ""},
  }));
  INFO(row.name);
  CHECK(escape(row.name) == row.local);
  CHECK(unescape(row.local) == row.name);
}

TEST_CASE("what the escaping cannot say is refused", "[address]") {
  CHECK_FALSE(escape(" a"));
  CHECK_FALSE(escape("a "));
  CHECK_FALSE(unescape("\\20a"));
  CHECK_FALSE(unescape("a\\20"));
  CHECK_FALSE(unescape("a\\5cb"));  // the backslash needed no escape
  CHECK(unescape("a\\5c20") == "a\\20");
}

TEST_CASE("a backslash before a code in capitals is escaped too: preparation folds it",
          "[address]") {
  CHECK(escape("a\\2Fb") == "a\\5c2Fb");
}

TEST_CASE("unescape undoes escape for any name", "[address][property]") {
  std::mt19937 random(Catch::rngSeed());
  const std::string alphabet = "ab2340cfe5\\ \"&'/:<>@";
  for (int round = 0; round < 20000; ++round) {
    std::string name;
    for (auto size = random() % 12; size > 0; --size)
      name.push_back(alphabet[random() % alphabet.size()]);
    if (name.starts_with(' ') || name.ends_with(' ')) continue;
    INFO(name);
    const auto local = escape(name);
    REQUIRE(local);
    CHECK(local->find_first_of(" \"&'/:<>@") == std::string::npos);
    REQUIRE(unescape(*local) == name);
  }
}
