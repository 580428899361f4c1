#include "tests/edge_proxy/s2s/dialogue.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "common/log/log.h"
#include "tests/edge_proxy/s2s/player.h"

using namespace causeway;

namespace {

constexpr int kPlayers = 6;  // most of the time they wait

// What went wrong, in words; empty when nothing did.
std::string play(const test::World& world, const test::Dialogue& dialogue) {
  for (std::size_t lines = 0; lines <= dialogue.lines.size(); ++lines) {
    try {
      test::Player(world, dialogue).play(lines);
    } catch (const std::exception& error) {
      return dialogue.name + ", cut after " + std::to_string(lines) + " lines: " + error.what();
    }
  }
  return {};
}

}  // namespace

TEST_CASE("every dialogue is spoken as written, and survives a cut after every line",
          "[s2s][dialogue]") {
  log::configure(log::Level::error, log::Format::text);
  const test::World world;
  const std::vector<test::Dialogue> dialogues = test::read_dialogues(CAUSEWAY_DIALOGUES);
  REQUIRE(dialogues.size() > 30);
  std::vector<std::string> faults(dialogues.size());
  std::atomic<std::size_t> next{0};
  {
    std::vector<std::jthread> players;
    for (int i = 0; i != kPlayers; ++i) {
      players.emplace_back([&] {
        for (std::size_t i = next++; i < dialogues.size(); i = next++) {
          faults[i] = play(world, dialogues[i]);
        }
      });
    }
  }
  for (const std::string& fault : faults) {
    if (!fault.empty()) FAIL_CHECK(fault);
  }
}

TEST_CASE("a pattern takes what it describes", "[s2s][dialogue]") {
  CHECK(test::match("<a b='*'>", "<a b='1'><c>") == 9);
  CHECK(test::match("<a>", "<a") == std::string::npos);
  CHECK(test::match("<a>", "x<a>") == std::string::npos);
  CHECK(test::match("<a>*</a>", "<a><b/></a>") == std::string::npos);
}
