#include "frontend_gateway/translate/is_composing.h"

#include <catch2/catch.hpp>
#include <string>

using namespace causeway::gateway::translate;
using namespace std::chrono_literals;

TEST_CASE("whether somebody is writing", "[typing]") {
  struct Row {
    std::string content;
    bool read, active;
    std::chrono::seconds refresh;
  };
  const auto row = GENERATE(values<Row>({
      {"<state>active</state>", true, true, 0s},
      {"<state> active\n</state><refresh>90</refresh>", true, true, 90s},
      {"<state>idle</state><lastactive>2003-01-27T10:43:00Z</lastactive>", true, false, 0s},
      {"<state>thinking</state>", true, false, 0s},
      {"<state/>", true, false, 0s},
      {"<state>active</state><refresh>-1</refresh>", true, true, 0s},
      {"<state>active</state><refresh>soon</refresh>", true, true, 0s},
      {"<state>active</state><refresh>99999999</refresh>", true, true, 86400s},
      {"", false, false, 0s},
      {"<state xmlns='urn:x'>active</state>", false, false, 0s},
  }));
  INFO(row.content);
  const auto read =
      parse_is_composing("<isComposing xmlns='urn:ietf:params:xml:ns:im-iscomposing'>" +
                         row.content + "</isComposing>");
  REQUIRE(read.has_value() == row.read);
  if (!read) return;
  CHECK(read->active == row.active);
  CHECK(read->refresh == row.refresh);
}

TEST_CASE("a state that is written is read as the same", "[typing]") {
  CHECK(parse_is_composing(write({.active = true, .refresh = 120s}))->refresh == 120s);
  CHECK(parse_is_composing(write({.active = true, .refresh = 0s}))->active);
  CHECK_FALSE(parse_is_composing(write({.active = false, .refresh = 0s}))->active);
}
