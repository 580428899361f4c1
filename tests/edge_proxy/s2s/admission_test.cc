#include "edge_proxy/s2s/admission.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace causeway::edge;
using namespace std::chrono_literals;
using s2s::Admission;

namespace {

using Refusal = Admission::Refusal;
using Ticket = Admission::Ticket;

constexpr Admission::Clock::time_point kBegin(1h);

asio::ip::address address(const std::string& text) { return asio::ip::make_address(text); }

config::Limits generous() {
  config::Limits limits;
  limits.unauthenticated_streams = 100;
  limits.unauthenticated_streams_per_address = 100;
  limits.unauthenticated_streams_per_network = 100;
  return limits;
}

}  // namespace

TEST_CASE("attack 15, 16: strangers are counted by address, by network and in all",
          "[s2s][admission]") {
  struct Row {
    std::string name;
    std::size_t all, per_address, per_network;
    std::vector<std::string> let_in;
    std::string next;
    std::optional<Refusal> refusal;
  };
  const auto row = GENERATE(values<Row>({
      {"room for one more", 3, 2, 3, {"192.0.2.1", "192.0.2.1"}, "192.0.2.2", std::nullopt},
      {"an address is full",
       9,
       2,
       9,
       {"192.0.2.1", "192.0.2.1"},
       "192.0.2.1",
       Refusal::address_full},
      {"an IPv4 /24 is full",
       9,
       2,
       3,
       {"192.0.2.1", "192.0.2.2", "192.0.2.3"},
       "192.0.2.254",
       Refusal::network_full},
      {"another /24 is not",
       9,
       2,
       3,
       {"192.0.2.1", "192.0.2.2", "192.0.2.3"},
       "192.0.3.1",
       std::nullopt},
      {"a /64 is one address",
       9,
       1,
       9,
       {"2001:db8:0:1::1"},
       "2001:db8:0:1:ffff::9",
       Refusal::address_full},
      {"two of them are two", 9, 1, 9, {"2001:db8:0:1::1"}, "2001:db8:0:2::1", std::nullopt},
      {"a /48 is one network",
       9,
       1,
       2,
       {"2001:db8:0:1::1", "2001:db8:0:2::1"},
       "2001:db8:0:3::1",
       Refusal::network_full},
      {"two of them are two",
       9,
       1,
       2,
       {"2001:db8:0:1::1", "2001:db8:0:2::1"},
       "2001:db8:1:1::1",
       std::nullopt},
      {"IPv4 in IPv6 is IPv4", 9, 1, 9, {"192.0.2.1"}, "::ffff:192.0.2.1", Refusal::address_full},
      {"it is no /64 either", 9, 1, 9, {"::ffff:192.0.2.1"}, "::ffff:192.0.3.1", std::nullopt},
      {"all places are taken",
       2,
       1,
       9,
       {"192.0.2.1", "2001:db8::1"},
       "198.51.100.1",
       Refusal::all_full},
  }));
  INFO(row.name);
  config::Limits limits;
  limits.unauthenticated_streams = row.all;
  limits.unauthenticated_streams_per_address = row.per_address;
  limits.unauthenticated_streams_per_network = row.per_network;
  Admission admission(limits);
  std::vector<Ticket> tickets;
  for (const std::string& text : row.let_in) {
    Admission::Answer answer = admission.stranger(address(text), kBegin);
    REQUIRE(answer.ticket);
    tickets.push_back(*std::move(answer.ticket));
  }
  {
    const Admission::Answer next = admission.stranger(address(row.next), kBegin);
    CHECK(next.ticket.has_value() == !row.refusal.has_value());
    if (row.refusal) CHECK(next.refusal == *row.refusal);
  }
  CHECK(admission.strangers() == row.let_in.size());
  tickets.clear();
  CHECK(admission.strangers() == 0);
  CHECK(admission.stranger(address(row.next), kBegin).ticket);
}

TEST_CASE(
    "attack 16: an address connects no faster than it may, whatever became of the connections",
    "[s2s][admission]") {
  config::Limits limits = generous();
  limits.connections_per_second_per_address = 10;
  limits.connections_burst_per_address = 5;
  Admission admission(limits);
  const auto connect = [&](const char* from, Admission::Clock::time_point now) {
    return admission.stranger(address(from), now);
  };
  for (int i = 0; i < 5; ++i) CHECK(connect("192.0.2.1", kBegin).ticket);
  for (int i = 0; i < 1000; ++i) {
    CHECK(connect("192.0.2.1", kBegin).refusal == Refusal::address_too_fast);
  }
  CHECK(connect("192.0.2.1", kBegin + 100ms).ticket);
  CHECK_FALSE(connect("192.0.2.1", kBegin + 100ms).ticket);
  CHECK(connect("2001:db8::1", kBegin).ticket);
}

TEST_CASE("asking again for a connection that has come does not count it twice",
          "[s2s][admission]") {
  config::Limits limits = generous();
  limits.unauthenticated_streams = 1;
  limits.connections_per_second_per_address = 1;
  limits.connections_burst_per_address = 2;
  Admission admission(limits);
  Admission::Answer first = admission.stranger(address("192.0.2.1"), kBegin);
  REQUIRE(first.ticket);
  CHECK(admission.stranger(address("192.0.2.1"), kBegin).refusal == Refusal::all_full);
  first.ticket.reset();
  CHECK(admission.stranger_again(address("192.0.2.1")).ticket);
}

TEST_CASE("attack 19: handshakes wait for their turn, and those who would wait too long do not",
          "[s2s][admission]") {
  config::Limits limits = generous();
  limits.handshakes_per_second = 100;
  limits.handshake_patience = 50ms;
  Admission admission(limits);
  for (int i = 0; i < 100; ++i) CHECK(admission.handshake(kBegin) == 0ns);
  for (int i = 1; i <= 5; ++i) CHECK(admission.handshake(kBegin) == i * 10ms);
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(admission.handshake(kBegin));
  CHECK(admission.handshake(kBegin + 20ms) == 40ms);
}

TEST_CASE("the operator is told once a minute", "[s2s][admission]") {
  Admission admission(generous());
  CHECK(admission.worth_telling(kBegin));
  CHECK_FALSE(admission.worth_telling(kBegin + 59s));
  CHECK(admission.worth_telling(kBegin + 60s));
  CHECK_FALSE(admission.worth_telling(kBegin + 61s));
}
