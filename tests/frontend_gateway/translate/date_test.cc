#include "frontend_gateway/translate/date.h"

#include <catch2/catch.hpp>

using namespace causeway::gateway::translate;

TEST_CASE("dates are those of RFC 3261", "[date]") {
  const absl::Time time = absl::FromUnixSeconds(1289690940);
  CHECK(sip_date(time) == "Sat, 13 Nov 2010 23:29:00 GMT");
  CHECK(parse_sip_date("Sat, 13 Nov 2010 23:29:00 GMT") == time);
}

TEST_CASE("other dates are none", "[date]") {
  for (const char* text :
       {"", "Sat, 13 Nov 2010 23:29:00 CET", "2010-11-13T23:29:00Z", "infinite-future",
        "Sat, 99 Nov 2010 23:29:00 GMT", "Sat, 13 Nov 2010 23:29:00 GMT "})
    CHECK_FALSE(parse_sip_date(text));
}
