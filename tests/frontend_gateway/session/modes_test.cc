#include "frontend_gateway/session/modes.h"

#include <catch2/catch.hpp>

using namespace causeway::gateway::session;
using namespace std::chrono_literals;

TEST_CASE("who has refused a session is remembered for some time", "[session]") {
  Refusers refusers(10, 3600s);
  const Refusers::Clock::time_point start{};
  refusers.add("bob", start);
  CHECK(refusers.contains("bob", start + 3599s));
  CHECK_FALSE(refusers.contains("bob", start + 3600s));
  CHECK_FALSE(refusers.contains("ben", start));
  refusers.remove("bob");
  CHECK_FALSE(refusers.contains("bob", start + 1s));
}

TEST_CASE("who refuses again is remembered from then on", "[session]") {
  Refusers refusers(10, 3600s);
  const Refusers::Clock::time_point start{};
  refusers.add("bob", start);
  refusers.add("bob", start + 3000s);
  refusers.add("ben", start + 3700s);  // forgets the first refusal
  CHECK(refusers.contains("bob", start + 3700s));
  refusers.add("ben", start + 7000s);
  CHECK(refusers.size() == 1);
}

TEST_CASE("the oldest of many is forgotten", "[session]") {
  Refusers refusers(2, 3600s);
  const Refusers::Clock::time_point start{};
  for (const char* user : {"a", "b", "c"}) refusers.add(user, start);
  CHECK_FALSE(refusers.contains("a", start));
  CHECK(refusers.contains("b", start));
  CHECK(refusers.contains("c", start));
  CHECK(refusers.size() == 2);
}
