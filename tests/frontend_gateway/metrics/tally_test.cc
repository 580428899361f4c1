#include "frontend_gateway/metrics/tally.h"

#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "tests/support/world/world.h"

using namespace causeway;
using gateway::metrics::Tally;

namespace {

v1::StanzaError error_of(v1::StanzaCondition condition) {
  v1::StanzaError error;
  error.set_condition(condition);
  return error;
}

}  // namespace

TEST_CASE("a stanza of XMPP's is counted when its receipt is settled", "[metrics]") {
  Tally tally;
  auto outcomes = std::make_shared<test::Outcomes>();
  const auto delivery = [&](std::uint64_t number, v1::Stanza stanza) {
    return tally.count({std::move(stanza), causeway::link::Receipt(outcomes, number)});
  };
  const v1::Stanza message = test::message_of("a@b", "c@d", "hello");
  v1::Stanza presence = test::stanza_of("a@b", "c@d");
  presence.mutable_presence();

  auto first = delivery(1, message);
  auto second = delivery(2, presence);
  auto third = delivery(3, message);
  CHECK(first.stanza.message().bodies(0).text() == "hello");
  const auto& stanzas = tally.stanzas(Tally::kFromXmpp);
  CHECK(stanzas[0][0] == 0);

  first.receipt.taken();
  CHECK(outcomes->taken(1));
  CHECK(stanzas[0][0] == 1);
  second.receipt.refused(error_of(v1::FORBIDDEN));
  CHECK(outcomes->refused(2) == v1::FORBIDDEN);
  CHECK(stanzas[1][1 + v1::FORBIDDEN] == 1);
  { const auto dropped = std::move(third); }
  CHECK(outcomes->refused(3) == v1::INTERNAL_SERVER_ERROR);
  CHECK(stanzas[0][1 + v1::INTERNAL_SERVER_ERROR] == 1);

  const auto nobodys = tally.count({message, {}});
  CHECK_FALSE(nobodys.receipt.owed());
}

TEST_CASE("a stanza for XMPP is counted when it is settled", "[metrics]") {
  Tally tally;
  std::optional<v1::StanzaError> heard;
  v1::Stanza iq = test::stanza_of("a@b", "c@d");
  iq.mutable_iq();
  auto settled = tally.count(iq, [&](std::optional<v1::StanzaError> told) { heard = told; });
  settled(error_of(v1::ITEM_NOT_FOUND));
  REQUIRE(heard);
  CHECK(heard->condition() == v1::ITEM_NOT_FOUND);
  tally.count(iq, {})(std::nullopt);
  CHECK(tally.stanzas(Tally::kToXmpp)[2][1 + v1::ITEM_NOT_FOUND] == 1);
  CHECK(tally.stanzas(Tally::kToXmpp)[2][0] == 1);
  CHECK(tally.stanzas(Tally::kFromXmpp)[2][0] == 0);
}

TEST_CASE("requests are counted by method and class of response", "[metrics]") {
  Tally tally;
  int heard = 0;
  const auto end = [&](const char* method, int status, bool local) {
    gateway::sip::Response response;
    response.status = status;
    response.local = local;
    tally.count(method, [&](gateway::sip::Response told) { heard = told.status; })(response);
    CHECK(heard == status);
  };
  end("MESSAGE", 200, false);
  end("MESSAGE", 202, false);
  end("MESSAGE", 408, false);
  end("MESSAGE", 408, true);
  end("NOTIFY", 603, false);
  end("PUBLISH", 302, false);
  const auto& sent = tally.requests(Tally::kOutgoing);
  CHECK(sent[0][1] == 2);
  CHECK(sent[0][3] == 1);
  CHECK(sent[0][0] == 1);
  CHECK(sent[6][5] == 1);
  CHECK(sent[8][2] == 1);

  tally.answered("SUBSCRIBE", 200);
  tally.answered("SUBSCRIBE", 489);
  CHECK(tally.requests(Tally::kIncoming)[5][1] == 1);
  CHECK(tally.requests(Tally::kIncoming)[5][3] == 1);
}
