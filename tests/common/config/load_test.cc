#include "common/config/load.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/config/checks.h"
#include "tests/support/process/temporary_directory.h"

using namespace causeway::config;
using namespace std::chrono_literals;

namespace {

enum class Colour { red, green };

struct Door {
  std::string label;
  std::uint16_t locks = 1;
};

struct Walls {
  std::vector<std::string> listen{"0.0.0.0:1"};
  std::chrono::milliseconds drying{250};
  Colour colour = Colour::red;
};

struct House {
  std::string name;
  Walls walls;
  std::vector<Door> doors;
  bool haunted = false;
  void set_haunted(bool haunted_now) { haunted = haunted_now; }
};

const Settings<House> kHouse = {
    required(text("name", &House::name, must_not_be_empty)),
    flag("haunted", &House::set_haunted),
    section("walls", &House::walls,
            Settings<Walls>{
                texts("listen", &Walls::listen, must_be_listener, 1),
                number("drying_ms", &Walls::drying, 1, 60'000),
                choice("colour", &Walls::colour, {{"red", Colour::red}, {"green", Colour::green}}),
            }),
    sections("doors", &House::doors,
             Settings<Door>{
                 required(text("label", &Door::label)),
                 number("locks", &Door::locks, 0, 9),
             }),
};

void no_two_doors_alike(House& house, Report& report) {
  for (std::size_t i = 1; i < house.doors.size(); ++i)
    if (house.doors[i].label == house.doors[i - 1].label)
      report.mistake("doors[" + std::to_string(i) + "].label", "is that of the door before");
}

using causeway::test::TemporaryDirectory;

// The mistakes found in `text`, without the name of the file.
std::vector<std::string> mistakes(const std::string& text) {
  const TemporaryDirectory directory;
  const std::string file = directory.write("house.yaml", text);
  const auto house = load<House>(file, kHouse, no_two_doors_alike);
  std::vector<std::string> out;
  if (house.ok()) return out;
  std::string rest(house.status().message());
  while (!rest.empty()) {
    const std::string line = rest.substr(0, rest.find('\n'));
    rest.erase(0, line.size() + 1);
    REQUIRE(line.starts_with(file + ":"));
    out.push_back(line.substr(file.size() + 1));
  }
  return out;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a file fills the struct, and what it leaves out keeps its default", "[config]") {
  const TemporaryDirectory directory;
  const std::string file = directory.write("house.yaml", R"(
name: Manor
haunted: true
walls:
  drying_ms: 1000
  colour: green
doors:
  - {label: front, locks: 3}
  - label: back
)");
  const auto house = load<House>(file, kHouse, no_two_doors_alike);
  REQUIRE(house.ok());
  CHECK(house->name == "Manor");
  CHECK(house->haunted);
  CHECK(house->walls.listen == std::vector<std::string>{"0.0.0.0:1"});
  CHECK(house->walls.drying == 1000ms);
  CHECK(house->walls.colour == Colour::green);
  REQUIRE(house->doors.size() == 2);
  CHECK(house->doors[0].locks == 3);
  CHECK(house->doors[1].label == "back");
  CHECK(house->doors[1].locks == 1);
}

TEST_CASE("a section with nothing in it is all defaults", "[config]") {
  CHECK(mistakes("name: x\nwalls:\n").empty());
}

TEST_CASE("every mistake is reported at its line", "[config]") {
  CHECK(mistakes(R"(nmae: Manor
haunted: yes
walls:
  listen: [0.0.0.0:1, "localhost:2"]
  drying_ms: 0
  color: red
  colour: grean
doors:
  - locks: many
  - {label: a, locks: 1, locks: 2}
  - label: a
)") == Lines{
           "1: nmae: is not a setting; did you mean name?",
           "1: \"name\" is missing",
           "2: haunted: must be true or false",
           "4: walls.listen[1]: must be address:port, like 0.0.0.0:5269 or [::]:5269",
           "5: walls.drying_ms: must be between 1 and 60000",
           "6: walls.color: is not a setting; did you mean colour?",
           "7: walls.colour: must be one of red, green; did you mean green?",
           "9: doors[0]: \"label\" is missing",
           "9: doors[0].locks: must be a whole number",
           "10: doors[1].locks: stands in line 10 already",
           "11: doors[2].label: is that of the door before",
       });
}

TEST_CASE("a value of the wrong kind", "[config]") {
  struct Row {
    std::string text, mistake;
  };
  const auto row = GENERATE(values<Row>({
      {"name: [a]", "1: name: must be a text"},
      {"name: {a: b}", "1: name: must be a text"},
      {"name:", "1: name: has no value; write \"\" for an empty one"},
      {"name: \"\"", "1: name: must not be empty"},
      {"name: x\nwalls: 3", "2: walls: must be a section of \"key: value\" lines"},
      {"name: x\nwalls: [a]", "2: walls: must be a section of \"key: value\" lines"},
      {"name: x\ndoors: {label: a}", "2: doors: must be a list"},
      {"name: x\ndoors: [a]", "2: doors[0]: must be a section of \"key: value\" lines"},
      {"name: x\nwalls: {listen: 0.0.0.0:1}", "2: walls.listen: must be a list"},
      {"name: x\nwalls: {listen: []}", "2: walls.listen: must not be empty"},
      {"name: x\nwalls: {listen: [[]]}", "2: walls.listen[0]: must be a text"},
      {"name: x\nwalls: {drying_ms: 1s}", "2: walls.drying_ms: must be a whole number"},
      {"name: x\nwalls: {drying_ms: 1.5}", "2: walls.drying_ms: must be a whole number"},
      {"name: x\nwalls: {drying_ms: 99999999999999999999}",
       "2: walls.drying_ms: must be a whole number"},
      {"name: x\nwalls: {drying_ms: -1}", "2: walls.drying_ms: must be between 1 and 60000"},
      {"name: x\nwalls: {drying: 5}", "2: walls.drying: is not a setting; did you mean drying_ms?"},
      {"name: x\nwalls: {roof: 5}", "2: walls.roof: is not a setting"},
      {"name: x\nname: y", "2: name: stands in line 1 already"},
      {"- a", "1: must be a section of \"key: value\" lines"},
      {"", "1: \"name\" is missing"},
      {"# nothing", "1: \"name\" is missing"},
  }));
  INFO(row.text);
  CHECK(mistakes(row.text) == Lines{row.mistake});
}

TEST_CASE("what is not YAML is reported where it ends to be", "[config]") {
  const Lines found = mistakes("name: x\nwalls: {listen: [\n");
  REQUIRE(found.size() == 1);
  CHECK_THAT(found[0], Catch::Contains(": is not YAML: "));
  CHECK(mistakes("name: \"x\nwalls: 1\n\tdoors").size() == 1);
}

TEST_CASE("a file that cannot be read is named", "[config]") {
  const auto missing = load<House>("/nonexistent/house.yaml", kHouse, no_two_doors_alike);
  CHECK(missing.status().message() ==
        "/nonexistent/house.yaml:1: cannot be read: No such file or directory");
  const auto directory = load<House>("/tmp", kHouse, no_two_doors_alike);
  CHECK(directory.status().message() == "/tmp:1: cannot be read: Is a directory");
}

TEST_CASE("a table knows its keys", "[config]") {
  CHECK(keys(kHouse) == Lines{"name", "haunted", "walls", "walls.listen", "walls.drying_ms",
                              "walls.colour", "doors", "doors.label", "doors.locks"});
}
