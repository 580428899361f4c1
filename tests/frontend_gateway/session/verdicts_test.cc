#include "frontend_gateway/session/verdicts.h"

#include <catch2/catch.hpp>

using namespace causeway::gateway;
using namespace causeway::gateway::session;

namespace {

sip::Response with(int status, bool local = false) {
  sip::Response response{};
  response.status = status;
  response.local = local;
  return response;
}

}  // namespace

TEST_CASE("what the answer to an INVITE says", "[session]") {
  struct Row {
    int status;
    OnInvite verdict;
  };
  const auto row = GENERATE(values<Row>({
      {200, OnInvite::opened},          {202, OnInvite::opened},      {301, OnInvite::refused},
      {403, OnInvite::refused},         {404, OnInvite::refused},     {405, OnInvite::no_sessions},
      {408, OnInvite::refused},         {415, OnInvite::no_sessions}, {420, OnInvite::no_sessions},
      {422, OnInvite::larger_interval}, {480, OnInvite::refused},     {481, OnInvite::refused},
      {486, OnInvite::refused},         {487, OnInvite::refused},     {488, OnInvite::no_sessions},
      {491, OnInvite::refused},         {500, OnInvite::refused},     {501, OnInvite::no_sessions},
      {503, OnInvite::refused},         {600, OnInvite::refused},     {603, OnInvite::refused},
      {606, OnInvite::no_sessions},
  }));
  INFO(row.status);
  CHECK(on_invite(with(row.status)) == row.verdict);
}

TEST_CASE("what the answer to a text says", "[session]") {
  struct Row {
    int status;
    OnText verdict;
  };
  const auto row = GENERATE(values<Row>({
      {200, OnText::delivered},
      {202, OnText::delivered},
      {403, OnText::refused},
      {408, OnText::dead},
      {415, OnText::refused},
      {480, OnText::dead},
      {481, OnText::dead},
      {486, OnText::refused},
      {488, OnText::refused},
      {500, OnText::refused},
      {503, OnText::refused},
      {603, OnText::refused},
      {606, OnText::refused},
  }));
  INFO(row.status);
  CHECK(on_text(with(row.status)) == row.verdict);
}

TEST_CASE("what is made here says less than what is received", "[session]") {
  CHECK(on_text(with(408, true)) == OnText::unknown);
  CHECK(on_text(with(503, true)) == OnText::refused);
  CHECK(on_text(with(400, true)) == OnText::refused);
  CHECK(on_invite(with(408, true)) == OnInvite::refused);
  CHECK(on_invite(with(503, true)) == OnInvite::refused);
}
