// Both ends of the link in one process, over gRPC, TCP and mutual TLS on loopback.

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "tests/link/cutter.h"
#include "tests/link/ends.h"

namespace causeway::test {
namespace {

using namespace std::chrono_literals;

Ids numbers(int first, int last, const std::string& prefix = "") {
  Ids ids;
  for (int i = first; i <= last; ++i) ids.push_back(absl::StrCat(prefix, i));
  return ids;
}

// Without the snapshots.
Ids stanzas(const Ids& delivered) {
  Ids ids;
  for (const std::string& id : delivered)
    if (id.rfind("configure", 0) != 0) ids.push_back(id);
  return ids;
}

Ids sorted(Ids ids) {
  std::sort(ids.begin(), ids.end());
  return ids;
}

template <typename End>
bool has_settled(End& end, std::size_t count) {
  return end.watched.wait([&] { return end.settled.size() >= count; });
}

template <typename End>
bool has_delivered(End& end, std::size_t count) {
  return end.watched.wait([&] { return stanzas(end.delivered).size() >= count; });
}

TEST_CASE_METHOD(Organisation, "stanzas and refusals cross both ways, the configuration first") {
  Edge edge_end(edge());
  Gateway gateway_end(gateway(edge_end.link->port()), 7);
  gateway_end.submit("1");
  REQUIRE(has_settled(gateway_end, 1));
  CHECK(gateway_end.settlements() == Ids{"1"});
  CHECK(edge_end.deliveries() == Ids{"configure 7", "1"});

  edge_end.submit("2");
  REQUIRE(has_delivered(gateway_end, 1));
  gateway_end.submit("bad 3");
  edge_end.submit("bad 4");
  REQUIRE(has_settled(gateway_end, 2));
  CHECK(gateway_end.settlements().back() == "bad 3 ITEM_NOT_FOUND");
  REQUIRE(edge_end.watched.wait([&] { return !edge_end.returned.empty(); }));
  CHECK(edge_end.returns() == Ids{"bad 4 ITEM_NOT_FOUND"});
  CHECK(gateway_end.deliveries() == Ids{"2", "bad 4"});
}

TEST_CASE_METHOD(Organisation, "whoever waits to be told learns that a stanza is dealt with") {
  Edge edge_end(edge());
  Gateway gateway_end(gateway(edge_end.link->port()), 7);
  gateway_end.judgement = Judgement::keep;
  edge_end.submit_with_receipt("1");
  REQUIRE(has_delivered(gateway_end, 1));
  CHECK(edge_end.returns().empty());
  gateway_end.watched.read([&] { return std::move(gateway_end.kept.front()); }).taken();
  REQUIRE(edge_end.watched.wait([&] { return edge_end.returned.size() == 1; }));
  CHECK(edge_end.returns() == Ids{"1 settled"});
  gateway_end.judgement = Judgement::take;
  edge_end.submit_with_receipt("bad 2");
  REQUIRE(edge_end.watched.wait([&] { return edge_end.returned.size() == 3; }));
  CHECK(edge_end.returns() == Ids{"1 settled", "bad 2 ITEM_NOT_FOUND", "bad 2 settled"});
}

TEST_CASE_METHOD(Organisation, "stream events and new configurations reach the other end") {
  Edge edge_end(edge());
  Gateway gateway_end(gateway(edge_end.link->port()), 1);
  REQUIRE(edge_end.watched.wait([&] { return edge_end.delivered == Ids{"configure 1"}; }));
  v1::StreamEvent event;
  event.set_remote_domain("fabrikam.example");
  edge_end.link->report(event);
  REQUIRE(gateway_end.watched.wait([&] { return gateway_end.events.size() == 1; }));
  CHECK(gateway_end.events[0].remote_domain() == "fabrikam.example");
  v1::Snapshot snapshot;
  snapshot.set_version(2);
  gateway_end.link->configure(snapshot);
  CHECK(edge_end.watched.wait([&] { return edge_end.delivered.back() == "configure 2"; }));
}

// What one end cannot read ends the connection, not the link.
TEST_CASE_METHOD(Organisation, "after a frame that cannot be read the gateway attaches again") {
  LogCapture log;
  Edge edge_end(edge());
  Gateway gateway_end(gateway(edge_end.link->port()), 7);
  REQUIRE(edge_end.watched.wait([&] { return edge_end.delivered == Ids{"configure 7"}; }));
  v1::StreamEvent event;
  event.set_reason("not UTF-8: \xc3");
  edge_end.link->report(event);
  REQUIRE(log.has_line({"link.detached", "edge=", "could not read"}));
  gateway_end.submit("1");
  REQUIRE(has_settled(gateway_end, 1));
  CHECK(stanzas(edge_end.deliveries()) == Ids{"1"});
}

TEST_CASE_METHOD(Organisation, "connections cut during traffic: all is delivered once, in order") {
  constexpr int kStanzas = 3000, kCuts = 12;
  Edge edge_end(edge());
  Cutter cutter(edge_end.link->port());
  Gateway gateway_end(gateway(cutter.port()));
  for (int i = 1; i <= kStanzas; ++i) {
    edge_end.submit(std::to_string(i));
    gateway_end.submit(std::to_string(i));
    if (i % (kStanzas / kCuts) == 0) {
      REQUIRE(has_delivered(edge_end, i / 2));
      cutter.cut();
    }
  }
  REQUIRE(has_settled(gateway_end, kStanzas));
  REQUIRE(has_delivered(gateway_end, kStanzas));
  CHECK(sorted(gateway_end.settlements()) == sorted(numbers(1, kStanzas)));
  CHECK(stanzas(edge_end.deliveries()) == numbers(1, kStanzas));
  CHECK(gateway_end.deliveries() == numbers(1, kStanzas));
  CHECK(edge_end.returns().empty());
  CHECK(cutter.connections() > 2);
}

// From the gateway's side a process that is killed is one that cannot be reached any more and whose
// place another takes.
TEST_CASE_METHOD(Organisation,
                 "an edge killed and started again loses no stanza it had not taken") {
  constexpr int kStanzas = 1000;
  const auto settings = edge();
  Edge before(settings);
  Cutter cutter(before.link->port());
  Gateway gateway_end(gateway(cutter.port()));
  for (int i = 1; i <= kStanzas / 2; ++i) gateway_end.submit(std::to_string(i));
  REQUIRE(has_settled(gateway_end, 1));
  before.judgement = Judgement::keep;
  cutter.lead_to(0);
  cutter.cut();
  for (int i = kStanzas / 2 + 1; i <= kStanzas; ++i) gateway_end.submit(std::to_string(i));
  Edge after(settings);
  cutter.lead_to(after.link->port());
  REQUIRE(has_settled(gateway_end, kStanzas));
  CHECK(sorted(gateway_end.settlements()) == sorted(numbers(1, kStanzas)));

  const Ids first = stanzas(before.deliveries()), second = stanzas(after.deliveries());
  std::set<std::string> all(first.begin(), first.end());
  all.insert(second.begin(), second.end());
  CHECK(all.size() == kStanzas);
  const auto in_order = [](const std::string& a, const std::string& b) {
    return std::stoi(a) < std::stoi(b);
  };
  CHECK(std::is_sorted(first.begin(), first.end(), in_order));
  CHECK(std::is_sorted(second.begin(), second.end(), in_order));
  CHECK(after.deliveries().front() == "configure 1");
}

TEST_CASE_METHOD(Organisation,
                 "a gateway killed and started again is given what it had not taken") {
  constexpr int kStanzas = 1000;
  Edge edge_end(edge());
  Cutter cutter(edge_end.link->port());
  Gateway before(gateway(cutter.port()));
  for (int i = 1; i <= kStanzas / 2; ++i) edge_end.submit(std::to_string(i));
  REQUIRE(has_delivered(before, 1));
  cutter.lead_to(0);
  cutter.cut();
  for (int i = kStanzas / 2 + 1; i <= kStanzas; ++i) edge_end.submit(std::to_string(i));
  Gateway after(gateway(edge_end.link->port()));
  REQUIRE(after.watched.wait([&] {
    return !after.delivered.empty() && after.delivered.back() == std::to_string(kStanzas);
  }));
  const Ids second = after.deliveries();
  std::set<std::string> all(second.begin(), second.end());
  CHECK(all.size() == second.size());
  before.watched.read([&] { all.insert(before.delivered.begin(), before.delivered.end()); });
  CHECK(all.size() == kStanzas);
  CHECK(edge_end.returns().empty());
}

TEST_CASE_METHOD(Organisation, "a receiver that settles nothing holds no more than its credit") {
  auto settings = edge();
  settings.credit = 10;
  Edge edge_end(settings);
  edge_end.judgement = Judgement::keep;
  auto config = gateway(edge_end.link->port());
  Gateway gateway_end(config);
  for (int i = 1; i <= 50; ++i) gateway_end.submit(std::to_string(i), 1000);
  // The deadline of the last has passed: whatever could come has come.
  REQUIRE(has_settled(gateway_end, 50));
  CHECK(stanzas(edge_end.deliveries()) == numbers(1, 10));
  for (const std::string& each : gateway_end.settlements())
    CHECK_THAT(each, Catch::EndsWith(" REMOTE_SERVER_TIMEOUT"));
}

TEST_CASE_METHOD(Organisation, "patience ends on time, when nobody is attached") {
  auto settings = edge();
  settings.patience = 1s;
  Edge edge_end(settings);
  Gateway gateway_end(gateway(1));  // no edge there
  const auto start = std::chrono::steady_clock::now();
  edge_end.submit("1");
  gateway_end.submit("2", 1000);
  REQUIRE(edge_end.watched.wait([&] { return edge_end.returned.size() == 1; }));
  REQUIRE(has_settled(gateway_end, 1));
  const auto passed = std::chrono::steady_clock::now() - start;
  CHECK(edge_end.returns() == Ids{"1 REMOTE_SERVER_TIMEOUT"});
  CHECK(gateway_end.settlements() == Ids{"2 REMOTE_SERVER_TIMEOUT"});
  CHECK(passed >= 1s);
  CHECK(passed < 3s);
}

TEST_CASE_METHOD(Organisation, "two gateways share the users; when one is lost the other has all") {
  constexpr int kUsers = 40;
  auto settings = edge();
  settings.resume_grace = 200ms;
  Edge edge_end(settings);
  Cutter cutter(edge_end.link->port());
  auto one = std::make_unique<Gateway>(gateway(cutter.port(), "gw1.contoso.example"));
  Gateway two(gateway(edge_end.link->port(), "gw2.contoso.example"));
  one->judgement = Judgement::keep;
  LogCapture log;
  one->submit("a"), two.submit("b");  // both are attached
  REQUIRE(has_settled(*one, 1));
  REQUIRE(has_settled(two, 1));

  for (int i = 0; i < kUsers; ++i) edge_end.submit(std::to_string(i), absl::StrCat("user", i));
  REQUIRE(one->watched.wait([&] {
    return one->delivered.size() + two.watched.read([&] { return two.delivered.size(); }) == kUsers;
  }));
  CHECK(one->deliveries().size() > kUsers / 4);
  CHECK(two.deliveries().size() > kUsers / 4);
  const Ids lost = one->watched.read([&] { return one->delivered; });

  cutter.lead_to(0);
  cutter.cut();
  REQUIRE(has_delivered(two, kUsers));
  Ids all = two.watched.read([&] { return two.delivered; });
  CHECK(sorted(all) == sorted(numbers(0, kUsers - 1)));
  CHECK(Ids(all.end() - static_cast<std::ptrdiff_t>(lost.size()), all.end()) == lost);
}

TEST_CASE_METHOD(Organisation, "a gateway that stops says so, and is not waited for") {
  auto settings = edge();
  settings.resume_grace = 1h;
  Edge edge_end(settings);
  LogCapture log;
  auto one = std::make_unique<Gateway>(gateway(edge_end.link->port(), "gw1.contoso.example"));
  one->judgement = Judgement::keep;
  one->submit("a");
  REQUIRE(has_settled(*one, 1));
  edge_end.submit("1");
  REQUIRE(has_delivered(*one, 1));
  Gateway two(gateway(edge_end.link->port(), "gw2.contoso.example"));
  two.submit("b");
  REQUIRE(has_settled(two, 1));
  one->link->stop();
  CHECK(has_delivered(two, 1));
  CHECK(log.has_line({"link.detached", "gateway=gw1.contoso.example", "the gateway is stopping"}));
}

TEST_CASE_METHOD(Organisation, "an edge that stops returns what is unsettled") {
  Edge edge_end(edge());
  Gateway gateway_end(gateway(edge_end.link->port()));
  LogCapture log;
  gateway_end.judgement = Judgement::keep;
  edge_end.submit("1");
  REQUIRE(has_delivered(gateway_end, 1));
  edge_end.link->stop();
  CHECK(edge_end.returns() == Ids{"1 REMOTE_SERVER_TIMEOUT"});
  edge_end.submit("2");
  CHECK(edge_end.returns().back() == "2 REMOTE_SERVER_TIMEOUT");
  CHECK(log.has_line({"link.detached", "edge=", "the edge is stopping"}));
}

TEST_CASE_METHOD(Organisation, "an edge that cannot listen says why") {
  auto settings = edge();
  const Edge first(settings);
  settings.listen = absl::StrCat("127.0.0.1:", first.link->port());
  edge::link::Gateways second(settings, {});
  CHECK_THAT(std::string(second.start().message()), Catch::Contains(settings.listen));
  settings.private_key = "/nowhere/link.key";
  edge::link::Gateways third(settings, {});
  CHECK(std::string(third.start().message()) ==
        "cannot read /nowhere/link.key: No such file or directory");
}

}  // namespace
}  // namespace causeway::test
