#include "common/link/inbox.h"

#include <catch2/catch.hpp>
#include <string>

namespace causeway::link {
namespace {

v1::StanzaError refusal(const std::string& text = "no") {
  v1::StanzaError error;
  error.set_text(text);
  return error;
}

v1::Transfer frame(Inbox& inbox) {
  v1::Transfer transfer;
  inbox.fill(transfer);
  return transfer;
}

void accept(Inbox& inbox, std::uint64_t first, std::size_t count) {
  REQUIRE(inbox.accept(first, count).ok());
}

TEST_CASE("credit is given first, and a peer that exceeds it is told so") {
  Inbox inbox(3);
  CHECK(inbox.has_news());
  CHECK(frame(inbox).credit_limit() == 3);
  CHECK_FALSE(inbox.has_news());
  CHECK(inbox.accept(1, 4).status().code() == absl::StatusCode::kResourceExhausted);
  CHECK(inbox.accept(1, 3).value() == 0);
  CHECK(inbox.accept(4, 1).status().code() == absl::StatusCode::kResourceExhausted);
  inbox.settle(2, std::nullopt);
  CHECK(frame(inbox).credit_limit() == 4);
  CHECK(inbox.accept(4, 1).ok());
}

TEST_CASE("duplicates are counted, gaps are an error") {
  Inbox inbox(10);
  accept(inbox, 1, 4);
  CHECK(inbox.accept(3, 4).value() == 2);
  CHECK(inbox.accept(1, 2).value() == 2);
  CHECK(inbox.received_up_to() == 6);
  CHECK(inbox.held() == 6);
  CHECK(inbox.accept(8, 1).status().code() == absl::StatusCode::kDataLoss);
  CHECK(inbox.accept(0, 1).status().code() == absl::StatusCode::kDataLoss);
  CHECK(inbox.received_up_to() == 6);
}

TEST_CASE("settlements are told as one number and ranges beyond it, once") {
  Inbox inbox(10);
  accept(inbox, 1, 9);
  for (std::uint64_t sequence : {8, 4, 5, 1, 7}) inbox.settle(sequence, std::nullopt);
  const v1::Transfer first = frame(inbox);
  CHECK(first.acknowledged() == 1);
  REQUIRE(first.also_size() == 2);
  CHECK(first.also(0).first() == 4);
  CHECK(first.also(0).last() == 5);
  CHECK(first.also(1).first() == 7);
  CHECK(first.also(1).last() == 8);
  CHECK_FALSE(inbox.has_news());

  inbox.settle(2, std::nullopt);
  inbox.settle(3, std::nullopt);
  const v1::Transfer second = frame(inbox);
  CHECK(second.acknowledged() == 5);
  CHECK(second.also_size() == 0);
}

TEST_CASE("a new connection is told everything that is settled") {
  Inbox inbox(10);
  accept(inbox, 1, 4);
  for (std::uint64_t sequence : {1, 3}) inbox.settle(sequence, std::nullopt);
  frame(inbox);
  inbox.reconnect();
  const v1::Transfer again = frame(inbox);
  CHECK(again.acknowledged() == 1);
  CHECK(again.credit_limit() == 12);
  REQUIRE(again.also_size() == 1);
  CHECK(again.also(0).first() == 3);
}

TEST_CASE("a refusal is said again on each connection until the peer has it") {
  Inbox inbox(10);
  accept(inbox, 1, 3);
  inbox.settle(1, std::nullopt);
  inbox.settle(2, refusal("first"));
  inbox.settle(3, refusal("second"));
  CHECK(frame(inbox).refusals_size() == 2);
  CHECK(frame(inbox).refusals_size() == 0);
  CHECK(inbox.held() == 2);

  inbox.reconnect();
  const v1::Transfer again = frame(inbox);
  CHECK(again.acknowledged() == 3);
  REQUIRE(again.refusals_size() == 2);
  CHECK(again.refusals(0).sequence() == 2);
  REQUIRE(inbox.heard(1).ok());

  inbox.reconnect();
  const v1::Transfer rest = frame(inbox);
  REQUIRE(rest.refusals_size() == 1);
  CHECK(rest.refusals(0).error().text() == "second");
  CHECK(inbox.heard(2).code() == absl::StatusCode::kOutOfRange);
  CHECK(inbox.heard(1).ok());
  CHECK(inbox.held() == 0);
}

TEST_CASE("an acknowledgement never goes before a refusal that it covers") {
  Inbox inbox(1000);
  accept(inbox, 1, 600);
  for (std::uint64_t sequence = 1; sequence <= 600; ++sequence) inbox.settle(sequence, refusal());
  std::uint64_t refused = 0;
  while (inbox.has_news()) {
    const v1::Transfer transfer = frame(inbox);
    refused += transfer.refusals_size();
    CHECK(transfer.acknowledged() == (refused == 600 ? 600 : 0));
  }
  CHECK(refused == 600);
}

TEST_CASE("refusals the peer does not have use its credit") {
  Inbox inbox(4);
  frame(inbox);
  accept(inbox, 1, 4);
  for (std::uint64_t sequence = 1; sequence <= 4; ++sequence) inbox.settle(sequence, refusal());
  CHECK(frame(inbox).credit_limit() == 0);  // unchanged: still 4
  REQUIRE(inbox.heard(4).ok());
  CHECK(frame(inbox).credit_limit() == 8);
}

TEST_CASE("one stanza that takes its time does not stop the others, up to a bound") {
  Inbox inbox(2);
  for (std::uint64_t next = 1; next <= Inbox::kSpan; ++next) {
    accept(inbox, next, 1);
    if (next > 1) inbox.settle(next, std::nullopt);
    frame(inbox);
  }
  CHECK_FALSE(inbox.accept(Inbox::kSpan + 1, 1).ok());
  inbox.settle(1, std::nullopt);
  CHECK(frame(inbox).acknowledged() == Inbox::kSpan);
  CHECK(inbox.accept(Inbox::kSpan + 1, 2).ok());
}

TEST_CASE("a long reason is cut at a character's start") {
  Inbox inbox(1);
  accept(inbox, 1, 1);
  std::string text(255, 'a');
  inbox.settle(1, refusal(text + "\u00e9 and more"));
  CHECK(frame(inbox).refusals(0).error().text() == text);
}

}  // namespace
}  // namespace causeway::link
