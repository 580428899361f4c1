#include "common/log/line.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <string_view>

using namespace causeway::log;
using namespace std::string_literals;

namespace {

// 2026-11-20T14:50:00.123Z
constexpr std::chrono::system_clock::time_point kThen{std::chrono::milliseconds(1795186200123)};

std::string text_of(const std::string& value) {
  const std::string line = text_line({kThen, Level::info, "e", "S.", {{"v", value}}});
  return line.substr(line.find("v="));
}

std::string json_of(const std::string& value) {
  const std::string line = json_line({kThen, Level::info, "e", "S.", {{"v", value}}});
  return line.substr(line.find("\"v\":"));
}

}  // namespace

TEST_CASE("an event as text", "[log]") {
  const Event event{kThen,
                    Level::info,
                    "stream.established",
                    "The stream is up.",
                    {{"peer", "fabrikam.example"}, {"proof", "SASL EXTERNAL"}}};
  CHECK(text_line(event) ==
        "2026-11-20T14:50:00.123Z INFO  stream.established  The stream is up. "
        "peer=fabrikam.example proof=\"SASL EXTERNAL\"\n");
  CHECK(json_line(event) ==
        R"({"time":"2026-11-20T14:50:00.123Z","level":"info","event":"stream.established",)"
        R"("message":"The stream is up.","peer":"fabrikam.example","proof":"SASL EXTERNAL"})"
        "\n");
}

TEST_CASE("every level has its name", "[log]") {
  struct Row {
    Level level;
    std::string_view text, json;
  };
  const auto row = GENERATE(values<Row>({
      {Level::debug, "Z DEBUG e  ", R"("level":"debug")"},
      {Level::info, "Z INFO  e  ", R"("level":"info")"},
      {Level::warning, "Z WARN  e  ", R"("level":"warning")"},
      {Level::error, "Z ERROR e  ", R"("level":"error")"},
  }));
  const Event event{kThen, row.level, "e", "S.", {}};
  CHECK_THAT(text_line(event), Catch::Contains(std::string(row.text)));
  CHECK_THAT(json_line(event), Catch::Contains(std::string(row.json)));
}

TEST_CASE("what strangers wrote stays within its value", "[log]") {
  struct Row {
    std::string value, text, json;
  };
  const auto row = GENERATE(values<Row>({
      {"plain", "v=plain\n", "\"v\":\"plain\"}\n"},
      {"", "v=\"\"\n", "\"v\":\"\"}\n"},
      {"a=b", "v=\"a=b\"\n", "\"v\":\"a=b\"}\n"},
      {"say \"hi\"", "v=\"say \\\"hi\\\"\"\n", "\"v\":\"say \\\"hi\\\"\"}\n"},
      {"back\\slash", "v=\"back\\\\slash\"\n", "\"v\":\"back\\\\slash\"}\n"},
      {"x\r\n2026 forged", "v=\"x\\r\\n2026 forged\"\n", "\"v\":\"x\\r\\n2026 forged\"}\n"},
      {"\x1b[2J", "v=\"\\x1b[2J\"\n", "\"v\":\"\\u001b[2J\"}\n"},
      {"nul\0!"s, "v=\"nul\\x00!\"\n", "\"v\":\"nul\\u0000!\"}\n"},
      {"del\x7f", "v=\"del\\x7f\"\n", "\"v\":\"del\\u007f\"}\n"},
      {"bücher€😀", "v=bücher€😀\n", "\"v\":\"bücher€😀\"}\n"},
      {"\u0085", "v=\\xc2\\x85\n", "\"v\":\"\\u0085\"}\n"},
      {"\u202Egnp", "v=\\xe2\\x80\\xaegnp\n", "\"v\":\"\\u202egnp\"}\n"},
      {"\xff", "v=\\xff\n", "\"v\":\"\uFFFD\"}\n"},
      {"\xed\xa0\x80", "v=\\xed\\xa0\\x80\n", "\"v\":\"\uFFFD\uFFFD\uFFFD\"}\n"},
      {"\xc0\xaf", "v=\\xc0\\xaf\n", "\"v\":\"\uFFFD\uFFFD\"}\n"},
      {"\xf0\x9f\x98", "v=\\xf0\\x9f\\x98\n", "\"v\":\"\uFFFD\uFFFD\uFFFD\"}\n"},
      {"\xf4\x90\x80\x80", "v=\\xf4\\x90\\x80\\x80\n", "\"v\":\"\uFFFD\uFFFD\uFFFD\uFFFD\"}\n"},
  }));
  INFO(row.text);
  CHECK(text_of(row.value) == row.text);
  CHECK(json_of(row.value) == row.json);
}

TEST_CASE("a sentence keeps its quotes but no line ends", "[log]") {
  const Event event{kThen, Level::error, "e", "Not \"this\"\nnor that.", {}};
  CHECK_THAT(text_line(event), Catch::EndsWith("  Not \"this\"\\nnor that.\n"));
}
