// What established streams do, between whole edges.

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/stanza/bounce.h"
#include "common/stanza/conditions.h"
#include "tests/edge_proxy/s2s/edges.h"
#include "tests/link/cutter.h"

using namespace causeway;
using test::DnsServer;
using test::Edge;
using test::Gathered;
using test::kStrict;
using test::kTlsDialback;
using test::TwoEdges;
using test::wait_until;
using v1::StreamEvent;
using namespace std::chrono_literals;

namespace {

std::size_t opened(const Edge& edge, StreamEvent::Direction direction) {
  const auto events = edge.gathered->events(StreamEvent::ESTABLISHED);
  return static_cast<std::size_t>(
      std::count_if(events.begin(), events.end(),
                    [&](const StreamEvent& event) { return event.direction() == direction; }));
}

void check_in_order(const Edge& edge, std::uint64_t first, std::uint64_t last) {
  const std::vector<std::string> ids = edge.gathered->submitted();
  REQUIRE(ids.size() == last - first + 1);
  for (std::uint64_t i = first; i <= last; ++i) {
    if (ids[i - first] != "out" + std::to_string(i)) FAIL(i << " came as " << ids[i - first]);
  }
}

}  // namespace

// With several threads it is chance which of them accepts the stream, so this is done a few times.
TEST_CASE("one stream carries both ways, whichever thread has accepted it", "[s2s][streams]") {
  const auto settings = GENERATE(kStrict, kTlsDialback);
  const int threads = GENERATE(1, 4, 4, 4);
  TwoEdges edges(settings, "contoso.example", "good", threads);
  edges.contoso.send(1, 1);
  CHECK(edges.contoso.outcome(1) == "taken");
  wait_until([&] { return !edges.fabrikam.gathered->submitted().empty(); });
  constexpr std::uint64_t kMany = 500;
  for (std::uint64_t i = 1; i <= kMany; i += 50) {
    edges.fabrikam.send(i, i + 49);
    edges.contoso.send(i + 1, i + 50);
  }
  for (Edge* const edge : {&edges.contoso, &edges.fabrikam}) {
    wait_until([&] { return edge->gathered->settled_count() >= kMany; });
  }
  wait_until([&] { return edges.contoso.gathered->submitted().size() == kMany; });
  wait_until([&] { return edges.fabrikam.gathered->submitted().size() == kMany + 1; });
  check_in_order(edges.contoso, 1, kMany);
  check_in_order(edges.fabrikam, 1, kMany + 1);
  for (std::uint64_t i = 1; i <= kMany; ++i) {
    if (edges.fabrikam.gathered->settled(i) != "taken") FAIL("not taken: " << i);
  }
  CHECK(opened(edges.contoso, StreamEvent::OUTBOUND) == 1);
  CHECK(opened(edges.fabrikam, StreamEvent::OUTBOUND) == 0);
}

TEST_CASE("when a bidirectional stream ends, the side that had it carried opens its own",
          "[s2s][streams]") {
  TwoEdges edges(kStrict, "contoso.example", "good", 2);
  edges.contoso.send(1, 1);
  CHECK(edges.contoso.outcome(1) == "taken");
  edges.fabrikam.send(1, 1);
  CHECK(edges.fabrikam.outcome(1) == "taken");
  CHECK(opened(edges.fabrikam, StreamEvent::OUTBOUND) == 0);
  edges.contoso.federation.close(*address::Domain::parse("fabrikam.example"));
  wait_until([&] { return edges.fabrikam.gathered->events(StreamEvent::CLOSED).size() == 1; });
  edges.fabrikam.send(2, 2);
  CHECK(edges.fabrikam.outcome(2) == "taken");
  CHECK(opened(edges.fabrikam, StreamEvent::OUTBOUND) == 1);
}

TEST_CASE("bidirectional streams can be turned off", "[s2s][streams]") {
  const bool by_contoso = GENERATE(true, false);
  DnsServer dns;
  edge::config::Config without = test::configuration(dns, by_contoso ? "contoso.example" : "good");
  without.xmpp.bidi = false;
  const auto with = test::configuration(dns, by_contoso ? "good" : "contoso.example");
  Edge contoso("contoso.example", "fabrikam.example", kStrict, by_contoso ? without : with);
  Edge fabrikam("fabrikam.example", "contoso.example", kStrict, by_contoso ? with : without);
  dns.srv("contoso.example", contoso.port(), 1);
  dns.srv("fabrikam.example", fabrikam.port(), 1);
  dns.start();
  contoso.configure();
  fabrikam.configure();
  contoso.send(1, 1);
  CHECK(contoso.outcome(1) == "taken");
  fabrikam.send(1, 1);
  CHECK(fabrikam.outcome(1) == "taken");
  CHECK(opened(fabrikam, StreamEvent::OUTBOUND) == 1);
}

// The sender must know what has arrived; what it does not know, it sends again, and only that.
TEST_CASE("stanzas survive connections that break in the middle", "[s2s][streams]") {
  DnsServer dns;
  Edge contoso("contoso.example", "fabrikam.example", kStrict,
               test::configuration(dns, "contoso.example", 2));
  Edge fabrikam("fabrikam.example", "contoso.example", kStrict,
                test::configuration(dns, "good", 2));
  test::Cutter cutter(std::stoi(fabrikam.port()));
  dns.srv("contoso.example", contoso.port(), 1);
  dns.srv("fabrikam.example", std::to_string(cutter.port()), 1);
  dns.start();
  contoso.configure();
  fabrikam.configure();
  contoso.send(1, 1);
  CHECK(contoso.outcome(1) == "taken");
  constexpr std::uint64_t kRound = 400;
  constexpr std::uint64_t kRounds = 5;
  for (std::uint64_t round = 0; round != kRounds; ++round) {
    const std::uint64_t begin = round * kRound + 2;
    for (std::uint64_t i = begin; i < begin + kRound; i += 20) contoso.send(i, i + 19);
    // Some of them have arrived, some are on their way, some wait.
    wait_until([&] { return fabrikam.gathered->submitted().size() > begin + kRound / 4; });
    cutter.cut();
    wait_until([&] { return contoso.gathered->settled_count() == begin + kRound - 1; });
  }
  const std::uint64_t all = kRounds * kRound + 1;
  std::map<std::string, std::size_t> times;
  std::vector<std::string> first;
  for (const std::string& id : fabrikam.gathered->submitted()) {
    if (++times[id] == 1) first.push_back(id);
  }
  for (std::uint64_t i = 1; i <= all; ++i) {
    const std::string id = "out" + std::to_string(i);
    if (contoso.gathered->settled(i) != "taken") FAIL(id << ": " << contoso.gathered->settled(i));
    if (times[id] == 0) FAIL(id << " was lost");
    if (times[id] > 2) FAIL(id << " came " << times[id] << " times");
    if (first[i - 1] != id) FAIL(id << " is out of order");
  }
  CHECK(cutter.connections() >= 2);
}

TEST_CASE("a stream that is lost makes room for the next one before that is asked for",
          "[s2s][streams]") {
  DnsServer dns;
  Edge contoso("contoso.example", "fabrikam.example", kStrict,
               test::configuration(dns, "contoso.example"));
  Edge fabrikam("fabrikam.example", "contoso.example", kStrict, test::configuration(dns, "good"));
  test::Cutter cutter(std::stoi(fabrikam.port()));
  dns.srv("contoso.example", contoso.port(), 1);
  dns.srv("fabrikam.example", std::to_string(cutter.port()), 1);
  dns.start();
  contoso.snapshot.mutable_partners(0)->set_connection_limit(1);
  contoso.configure();
  fabrikam.configure();
  fabrikam.gathered->hold();
  contoso.send(1, 1);
  wait_until([&] { return fabrikam.gathered->submitted().size() == 1; });
  cutter.cut();
  wait_until([&] { return fabrikam.gathered->submitted().size() == 2; });
  fabrikam.gathered->take(1);
  CHECK(contoso.outcome(1) == "taken");
}

TEST_CASE("a stream that the operator closes is acknowledged first: nothing goes twice",
          "[s2s][streams]") {
  TwoEdges edges(kStrict, "contoso.example", "good", 1);
  edges.contoso.send(1, 1);
  CHECK(edges.contoso.outcome(1) == "taken");
  edges.fabrikam.gathered->hold();
  edges.contoso.send(2, 3);
  wait_until([&] { return edges.fabrikam.gathered->submitted().size() == 3; });
  CHECK(edges.contoso.federation.close(*address::Domain::parse("fabrikam.example")) == 1);
  edges.contoso.send(4, 4);
  edges.fabrikam.gathered->take(1);
  edges.fabrikam.gathered->take(2);
  CHECK(edges.contoso.outcome(3) == "taken");
  wait_until([&] { return edges.fabrikam.gathered->submitted().size() == 4; });
  edges.fabrikam.gathered->take(3);
  CHECK(edges.contoso.outcome(4) == "taken");
  check_in_order(edges.fabrikam, 1, 4);
  CHECK(opened(edges.contoso, StreamEvent::OUTBOUND) == 2);
}

// contoso.example and capulet.example here; fabrikam.example and more.fabrikam.example there.
TEST_CASE("pairs of one partner share a stream that dialback has proved", "[s2s][streams]") {
  const bool same_place = GENERATE(true, false);
  TwoEdges edges(kTlsDialback, "other", "untrusted", 2, false, [&](TwoEdges& two) {
    two.contoso.snapshot.add_hosted_domains()->set_domain("capulet.example");
    two.contoso.snapshot.mutable_partners(0)->add_additional_domains("more.fabrikam.example");
    two.fabrikam.snapshot.add_hosted_domains()->set_domain("more.fabrikam.example");
    two.fabrikam.snapshot.mutable_partners(0)->add_additional_domains("capulet.example");
    two.dns.srv("capulet.example", two.contoso.port(), 10);
    two.dns.srv("more.fabrikam.example", two.fabrikam.port(), 10);
    if (!same_place) {
      two.dns.srv("more.fabrikam.example", std::to_string(test::free_port()), 20);
    }
  });
  const auto send = [&](std::uint64_t number, const std::string& from, const std::string& to) {
    std::vector<causeway::link::Delivery> one;
    one.push_back(test::message(edges.contoso.gathered, number, from, to));
    edges.contoso.federation.send(std::move(one));
    return edges.contoso.outcome(number);
  };
  CHECK(send(1, "contoso.example", "fabrikam.example") == "taken");
  CHECK(send(2, "capulet.example", "fabrikam.example") == "taken");
  CHECK(opened(edges.contoso, StreamEvent::OUTBOUND) == 1);
  CHECK(send(3, "contoso.example", "more.fabrikam.example") == "taken");
  CHECK(opened(edges.contoso, StreamEvent::OUTBOUND) == (same_place ? 1 : 2));
  CHECK(send(4, "capulet.example", "more.fabrikam.example") == "taken");
  CHECK(opened(edges.contoso, StreamEvent::OUTBOUND) == (same_place ? 1 : 2));
  wait_until([&] { return edges.fabrikam.gathered->submitted().size() == 4; });
  // The operator closes what carries a domain, also when the stream was opened for another.
  CHECK(edges.contoso.federation.close(*address::Domain::parse("more.fabrikam.example")) == 1);
  wait_until(
      [&] { return edges.contoso.federation.ledger().streams("more.fabrikam.example").empty(); });
}

TEST_CASE("a pair that the peer does not take gets a stream of its own, and harms nobody",
          "[s2s][streams]") {
  TwoEdges edges(kTlsDialback, "other", "untrusted", 1, false, [&](TwoEdges& two) {
    two.contoso.snapshot.add_hosted_domains()->set_domain("capulet.example");
    two.dns.srv("capulet.example", two.contoso.port(), 10);
  });
  edges.contoso.send(1, 1);
  CHECK(edges.contoso.outcome(1) == "taken");
  std::vector<causeway::link::Delivery> one;  // from a domain that is no partner over there
  one.push_back(test::message(edges.contoso.gathered, 2, "capulet.example", "fabrikam.example"));
  edges.contoso.federation.send(std::move(one));
  CHECK(edges.contoso.outcome(2) == "remote-server-timeout");
  CHECK(edges.contoso.gathered->events(StreamEvent::FAILED).size() == 1);
  edges.contoso.send(3, 3);
  CHECK(edges.contoso.outcome(3) == "taken");
  CHECK(opened(edges.contoso, StreamEvent::OUTBOUND) == 1);
}

TEST_CASE("attack 32: two edges whose back ends are dead send no more than one error",
          "[s2s][streams]") {
  // Whatever is submitted goes back as an error, as when no gateway takes it.
  struct DeadEnd {
    edge::s2s::Federation* federation = nullptr;
    std::atomic<int> stanzas{0};
    edge::s2s::Federation::Uplink uplink() {
      return {.submit =
                  [this](std::vector<causeway::link::Delivery> deliveries) {
                    for (causeway::link::Delivery& delivery : deliveries) {
                      ++stanzas;
                      if (auto answer = stanza::bounce(delivery.stanza,
                                                       stanza::error(v1::REMOTE_SERVER_TIMEOUT))) {
                        federation->send(*std::move(answer));
                      }
                      if (delivery.receipt.owed()) delivery.receipt.taken();
                    }
                  },
              .congested = [] { return false; },
              .report = [](StreamEvent) {}};
    }
  };
  DnsServer dns;
  DeadEnd ends[2];
  edge::s2s::Federation contoso(test::configuration(dns, "contoso.example"), ends[0].uplink());
  edge::s2s::Federation fabrikam(test::configuration(dns, "good"), ends[1].uplink());
  ends[0].federation = &contoso;
  ends[1].federation = &fabrikam;
  REQUIRE(contoso.start().ok());
  REQUIRE(fabrikam.start().ok());
  const auto port = [](const edge::s2s::Federation& federation) {
    const std::string address = federation.addresses().front();
    return address.substr(address.rfind(':') + 1);
  };
  dns.srv("contoso.example", port(contoso), 1);
  dns.srv("fabrikam.example", port(fabrikam), 1);
  dns.start();
  v1::Snapshot snapshot = test::snapshot_of(kStrict);
  contoso.configure(std::make_shared<v1::Snapshot>(snapshot));
  snapshot.mutable_hosted_domains(0)->set_domain("fabrikam.example");
  snapshot.mutable_hosted_domains(1)->set_domain("more.fabrikam.example");
  snapshot.mutable_partners(0)->set_domain("contoso.example");
  snapshot.mutable_partners(0)->clear_additional_domains();
  fabrikam.configure(std::make_shared<v1::Snapshot>(snapshot));

  const auto gathered = std::make_shared<Gathered>();
  std::vector<causeway::link::Delivery> deliveries;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    deliveries.push_back(test::message(gathered, i, "contoso.example", "fabrikam.example"));
  }
  auto& probe = *deliveries[1].stanza.mutable_presence();
  probe.set_type(v1::Presence::PROBE);
  deliveries[2].stanza.mutable_iq()->set_type(v1::Iq::GET);
  deliveries[2].stanza.mutable_iq()->mutable_payload()->set_name("query");
  deliveries[2].stanza.mutable_iq()->mutable_payload()->set_namespace_("jabber:iq:version");
  contoso.send(std::move(deliveries));
  wait_until([&] { return ends[0].stanzas == 3; });  // the errors
  CHECK(ends[1].stanzas == 3);
  // What would come after them would come over the same streams before this.
  std::vector<causeway::link::Delivery> last;
  last.push_back(test::message(gathered, 4, "contoso.example", "fabrikam.example"));
  contoso.send(std::move(last));
  wait_until([&] { return ends[0].stanzas == 4; });
  CHECK(ends[1].stanzas == 4);
  contoso.stop();
  fabrikam.stop();
}
