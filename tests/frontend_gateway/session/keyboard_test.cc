#include "frontend_gateway/session/keyboard.h"

#include <catch2/catch.hpp>

using namespace causeway::gateway::session;
using namespace std::chrono_literals;

namespace {

constexpr char kComposing[] = "application/im-iscomposing+xml";

}  // namespace

TEST_CASE("what we say is read as what it says", "[session]") {
  for (const bool active : {true, false})
    CHECK(typing_in(kKeyboardType, keyboard_activity(active))->active == active);
}

TEST_CASE("which types say that somebody types", "[session]") {
  CHECK(says_typing("application/xml"));
  CHECK(says_typing("Application/XML; charset=UTF-8"));
  CHECK(says_typing(kComposing));
  CHECK_FALSE(says_typing("text/plain"));
  CHECK_FALSE(says_typing("application/xml+x"));
  CHECK_FALSE(says_typing(""));
}

TEST_CASE("typing as clients say it", "[session]") {
  struct Row {
    std::string type, document;
    bool active;
    std::chrono::seconds lasts;
  };
  const std::string head = "<isComposing xmlns='urn:ietf:params:xml:ns:im-iscomposing'>";
  const auto row = GENERATE_COPY(values<Row>({
      {kKeyboardType,
       "<?xml version=\"1.0\"?>\r\n<KeyboardActivity>\r\n <status status=\"type\" />\r\n"
       "</KeyboardActivity>",
       true, 12s},
      {kKeyboardType, "<KeyboardActivity><status status=\"idle\"/></KeyboardActivity>", false, 12s},
      {kKeyboardType, "<KeyboardActivity><status status=\"other\"/></KeyboardActivity>", false,
       12s},
      {kComposing, head + "<state>active</state></isComposing>", true, 120s},
      {kComposing, head + "<state>active</state><refresh>60</refresh></isComposing>", true, 60s},
      {kComposing, head + "<state>active</state><refresh>1</refresh></isComposing>", true, 12s},
      {kComposing, head + "<state>active</state><refresh>9999</refresh></isComposing>", true, 120s},
      {kComposing, head + "<state>idle</state></isComposing>", false, 120s},
  }));
  INFO(row.document);
  const auto typing = typing_in(row.type, row.document);
  REQUIRE(typing.has_value());
  CHECK(typing->active == row.active);
  CHECK(typing->lasts == row.lasts);
}

TEST_CASE("T26: a document that is broken or hostile says nothing", "[session]") {
  const auto document = GENERATE(values<std::string>({
      "",
      "typing",
      "<KeyboardActivity/>",
      "<KeyboardActivity><status status=\"type\"/>",
      "<Other><status status=\"type\"/></Other>",
      "<!DOCTYPE a [<!ENTITY x \"type\">]><KeyboardActivity><status status=\"&x;\"/>"
      "</KeyboardActivity>",
      "<KeyboardActivity><!-- x --><status status=\"type\"/></KeyboardActivity>",
      "<KeyboardActivity><?php x?><status status=\"type\"/></KeyboardActivity>",
      "<KeyboardActivity><status status=\"ty\x01pe\"/></KeyboardActivity>",
  }));
  INFO(document);
  CHECK_FALSE(typing_in(kKeyboardType, document).has_value());
  CHECK_FALSE(typing_in(kComposing, document).has_value());
}
