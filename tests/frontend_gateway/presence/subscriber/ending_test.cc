#include "frontend_gateway/presence/subscriber/ending.h"

#include <catch2/catch.hpp>
#include <string>

namespace causeway::gateway::presence {
namespace {

using Next = Consequence::Next;
using Tell = Consequence::Tell;

TEST_CASE("T19: every reason of terminated, and what becomes of it") {
  const struct {
    const char* reason;
    Tell tell;
    Next next;
  } rows[] = {
      {"deactivated", Tell::soon, Next::at_once},
      {"probation", Tell::unavailable, Next::back_off},
      {"rejected", Tell::unsubscribed, Next::forget},
      {"timeout", Tell::unavailable, Next::at_once},
      {"giveup", Tell::nothing, Next::much_later},
      {"noresource", Tell::unsubscribed, Next::forget},
      {"invariant", Tell::nothing, Next::rest},
      {"Rejected", Tell::unsubscribed, Next::forget},
      {"", Tell::unavailable, Next::back_off},
      {"maintenance", Tell::unavailable, Next::back_off},
  };
  for (const auto& row : rows) {
    INFO(row.reason);
    const Consequence consequence = consequence_of(ending_of_reason(row.reason));
    CHECK(consequence.tell == row.tell);
    CHECK(consequence.next == row.next);
  }
}

TEST_CASE("every final response to SUBSCRIBE, out of a dialog and within") {
  for (int status = 300; status < 700; ++status) {
    INFO(status);
    const Consequence first = consequence_of(ending_of_status(status, false));
    const Consequence refresh = consequence_of(ending_of_status(status, true));
    const bool permanent = status == 403 || status == 489 || status == 603;
    CHECK((first.next == Next::forget) == permanent);
    CHECK((refresh.next == Next::forget) == permanent);
    CHECK((first.tell == Tell::unsubscribed) == permanent);
    CHECK((first.tell == Tell::error) == (status == 404 || status == 604));
    CHECK((first.next == Next::repeat) == (status == 423));
    CHECK(first.next != Next::at_once);
    CHECK((refresh.next == Next::at_once) == (status == 481));
  }
  for (int status : {401, 407, 480, 482, 501})
    CHECK(ending_of_status(status, true) == Ending::failed);
  for (int status : {302, 408, 500, 503, 504, 600})
    CHECK(ending_of_status(status, true) == Ending::failed_within);
}

}  // namespace
}  // namespace causeway::gateway::presence
