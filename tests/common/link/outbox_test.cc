#include "common/link/outbox.h"

#include <catch2/catch.hpp>
#include <chrono>

#include "tests/common/link/stanzas.h"

namespace causeway::link {
namespace {

using namespace std::chrono_literals;
using Ids = std::vector<std::string>;

const Clock::time_point kStart{1h};

struct Frame {
  v1::Transfer transfer;
  Loan loan;
  explicit Frame(Outbox& outbox, Clock::time_point now = kStart) {
    outbox.fill(now, transfer, loan);
  }
};

v1::Transfer says(std::uint64_t acknowledged, std::uint64_t credit_limit = 0) {
  v1::Transfer transfer;
  transfer.set_acknowledged(acknowledged);
  transfer.set_credit_limit(credit_limit);
  return transfer;
}

Outbox with_credit(std::uint64_t limit, std::initializer_list<const char*> ids) {
  Outbox outbox;
  std::vector<Outcome> none;
  REQUIRE(outbox.apply(says(0, limit), none).ok());
  for (const char* id : ids) outbox.push(entry(id));
  return outbox;
}

TEST_CASE("nothing is sent without credit, and never beyond it") {
  Outbox outbox;
  for (const char* id : {"1", "2", "3"}) outbox.push(entry(id));
  CHECK_FALSE(outbox.has_news());
  CHECK(ids(Frame(outbox).transfer).empty());

  std::vector<Outcome> none;
  REQUIRE(outbox.apply(says(0, 2), none).ok());
  CHECK(outbox.has_news());
  const Frame frame(outbox);
  CHECK(frame.transfer.first_sequence() == 1);
  CHECK(ids(frame.transfer) == Ids{"1", "2"});
  CHECK_FALSE(outbox.has_news());
}

TEST_CASE("a frame holds 64 stanzas or 64 KiB, and a larger stanza goes alone") {
  Outbox outbox = with_credit(1000, {});
  for (int i = 0; i < 100; ++i) outbox.push(entry("x"));
  CHECK(Frame(outbox).transfer.stanzas_size() == 64);
  CHECK(Frame(outbox).transfer.stanzas_size() == 36);

  outbox.push(entry(std::string(40 << 10, 'a')));
  outbox.push(entry(std::string(40 << 10, 'b')));
  outbox.push(entry(std::string(100 << 10, 'c')));
  for (int i = 0; i < 3; ++i) CHECK(Frame(outbox).transfer.stanzas_size() == 1);
  CHECK_FALSE(outbox.has_news());
}

TEST_CASE("acknowledgements settle in any order, each once, and refusals win over them") {
  Outbox outbox = with_credit(10, {"1", "2", "3", "4", "5"});
  Frame{outbox};
  std::vector<Outcome> settled;

  v1::Transfer also;
  also.add_also()->set_first(3);
  also.mutable_also(0)->set_last(4);
  REQUIRE(outbox.apply(also, settled).ok());
  CHECK(outcomes(settled) == Ids{"3", "4"});

  settled.clear();
  v1::Transfer rest = says(5);
  rest.add_refusals()->set_sequence(2);
  REQUIRE(outbox.apply(rest, settled).ok());
  CHECK(outcomes(settled) == Ids{"2!", "1", "5"});
  CHECK(outbox.size() == 0);
  CHECK(outbox.bytes() == 0);

  settled.clear();
  REQUIRE(outbox.apply(rest, settled).ok());
  CHECK(settled.empty());
}

TEST_CASE("refusals are counted for the peer, repeated ones too") {
  Outbox outbox = with_credit(10, {"1"});
  Frame{outbox};
  std::vector<Outcome> settled;
  v1::Transfer refusal;
  refusal.add_refusals()->set_sequence(1);
  REQUIRE(outbox.apply(refusal, settled).ok());
  CHECK(outbox.has_news());
  CHECK(Frame(outbox).transfer.refusals_received() == 1);
  CHECK_FALSE(outbox.has_news());
  REQUIRE(outbox.apply(refusal, settled).ok());
  CHECK(settled.size() == 1);
  CHECK(Frame(outbox).transfer.refusals_received() == 2);
}

TEST_CASE("speaking of what was never sent is an error") {
  Outbox outbox = with_credit(10, {"1"});
  Frame{outbox};
  std::vector<Outcome> none;
  v1::Transfer refusal, also;
  refusal.add_refusals()->set_sequence(2);
  also.add_also()->set_first(1);
  also.mutable_also(0)->set_last(UINT64_MAX);
  for (const v1::Transfer& wrong : {says(2), refusal, also})
    CHECK(outbox.apply(wrong, none).code() == absl::StatusCode::kOutOfRange);
  CHECK(outbox.resume(2).code() == absl::StatusCode::kOutOfRange);
  CHECK(none.empty());
}

TEST_CASE("after a reconnect what the peer has not received goes again, in order") {
  Outbox outbox = with_credit(10, {"1", "2", "3", "4"});
  Frame{outbox};
  outbox.push(entry("5"));
  REQUIRE(outbox.resume(2).ok());
  const Frame frame(outbox);
  CHECK(frame.transfer.first_sequence() == 3);
  CHECK(ids(frame.transfer) == Ids{"3", "4", "5"});
  std::vector<Outcome> settled;
  REQUIRE(outbox.apply(says(5), settled).ok());
  CHECK(outcomes(settled) == Ids{"1", "2", "3", "4", "5"});
}

TEST_CASE("a number is used anew when its stanza expired before the peer received it") {
  Outbox outbox = with_credit(10, {});
  outbox.push(entry("1", "romeo", kStart + 1s));
  outbox.push(entry("2", "romeo", kStart + 1s));
  outbox.push(entry("3"));
  Frame{outbox};
  std::vector<Entry> expired;
  outbox.expire(kStart + 1s, expired);
  CHECK(expired.empty());  // they were sent: the peer has its chance to answer
  outbox.expire(kStart + 1s + Outbox::kAnswerMargin, expired);
  CHECK(ids(expired) == Ids{"1", "2"});

  REQUIRE(outbox.resume(0).ok());
  const Frame frame(outbox);
  CHECK(frame.transfer.first_sequence() == 1);
  CHECK(ids(frame.transfer) == Ids{"3"});
}

TEST_CASE(
    "what waits expires at its deadline, and the holder gets only the patience that is left") {
  Outbox outbox = with_credit(1, {});
  for (const char* id : {"1", "2"}) {
    outbox.push(entry(id, "romeo", kStart + 1s));
    outbox.push(entry(std::string(id) + " patient"));
  }
  std::vector<Entry> expired;
  Entry limited = entry("3", "romeo", kStart + 900ms);
  limited.stanza->set_patience_ms(900);
  outbox.expire(kStart + 1s, expired);
  CHECK(ids(expired) == Ids{"1", "2"});

  Outbox other = with_credit(1, {});
  other.push(std::move(limited));
  CHECK(Frame(other, kStart + 600ms).transfer.stanzas(0).patience_ms() == 300);
}

TEST_CASE("drained, it gives up everything in order, and late answers change nothing") {
  Outbox outbox = with_credit(3, {"1", "2", "3", "4"});
  Frame{outbox};
  std::vector<Outcome> settled;
  REQUIRE(outbox.apply(says(1), settled).ok());
  settled.clear();
  CHECK(ids(outbox.drain()) == Ids{"2", "3", "4"});
  CHECK(outbox.bytes() == 0);
  REQUIRE(outbox.apply(says(3, 9), settled).ok());
  CHECK(settled.empty());
  outbox.push(entry("5"));
  CHECK(Frame(outbox).transfer.first_sequence() == 4);
}

}  // namespace
}  // namespace causeway::link
