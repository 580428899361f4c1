#include "frontend_gateway/presence/notifier/verdict.h"

#include <catch2/catch.hpp>

using namespace causeway::gateway;
using namespace causeway::gateway::presence;

TEST_CASE("what the answer to a NOTIFY says of its subscription", "[verdict]") {
  struct Row {
    int status;
    bool retry_after;
    Verdict verdict;
    bool local = false;
  };
  const auto row = GENERATE(values<Row>({
      {200, false, Verdict::told},        {202, false, Verdict::told},
      {302, false, Verdict::gone},        {400, false, Verdict::gone},
      {401, false, Verdict::gone},        {403, false, Verdict::gone},
      {404, false, Verdict::gone},        {404, true, Verdict::gone},
      {405, false, Verdict::gone},        {407, false, Verdict::gone},
      {408, false, Verdict::gone},        {408, false, Verdict::gone, true},
      {410, false, Verdict::gone},        {413, true, Verdict::later},
      {480, false, Verdict::gone},        {480, true, Verdict::later},
      {481, false, Verdict::gone},        {481, true, Verdict::gone},
      {486, true, Verdict::later},        {489, false, Verdict::gone},
      {500, false, Verdict::later},       {500, true, Verdict::later},
      {501, false, Verdict::gone},        {503, false, Verdict::later},
      {503, false, Verdict::later, true}, {504, false, Verdict::later},
      {603, false, Verdict::gone},        {604, true, Verdict::gone},
  }));
  sip::Response response{row.status, "Why", {}, row.local};
  if (row.retry_after) response.headers.push_back({"Retry-After", "60"});
  INFO(row.status << (row.retry_after ? " with Retry-After" : ""));
  CHECK(verdict_on(response) == row.verdict);
}
