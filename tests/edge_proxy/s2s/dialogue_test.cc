#include "tests/edge_proxy/s2s/dialogue.h"

#include <catch2/catch.hpp>
#include <string>

#include "common/log/log.h"
#include "tests/edge_proxy/s2s/player.h"

using namespace causeway;

TEST_CASE("every dialogue is spoken as written, and survives a cut after every line",
          "[s2s][dialogue]") {
  log::configure(log::Level::error, log::Format::text);
  const test::World world;
  const std::vector<test::Dialogue> dialogues = test::read_dialogues(CAUSEWAY_DIALOGUES);
  REQUIRE(dialogues.size() > 30);
  for (const test::Dialogue& dialogue : dialogues) {
    INFO("dialogue " << dialogue.name);
    for (std::size_t lines = 0; lines <= dialogue.lines.size(); ++lines) {
      INFO("cut after " << lines << " lines");
      try {
        test::Player(world, dialogue).play(lines);
      } catch (const std::exception& error) {
        FAIL_CHECK(error.what());
        break;
      }
    }
  }
}

TEST_CASE("a pattern takes what it describes", "[s2s][dialogue]") {
  CHECK(test::match("<a b='*'>", "<a b='1'><c>") == 9);
  CHECK(test::match("<a>", "<a") == std::string::npos);
  CHECK(test::match("<a>", "x<a>") == std::string::npos);
  CHECK(test::match("<a>*</a>", "<a><b/></a>") == std::string::npos);
}
