#include "edge_proxy/ledger/ledger.h"

#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace causeway;
using edge::ledger::Ledger;
using edge::ledger::Page;
using v1::StreamEvent;

namespace {

v1::LiveStream stream(const std::string& remote, StreamEvent::Direction direction,
                      const std::string& tls = "TLSv1.3") {
  v1::LiveStream out;
  out.set_direction(direction);
  out.set_proof(tls.empty() ? StreamEvent::TCP_DIALBACK : StreamEvent::SASL_EXTERNAL);
  out.set_tls_version(tls);
  out.add_local_domains("contoso.example");
  out.add_remote_domains(remote);
  return out;
}

v1::StreamFailure failure(const std::string& remote, int second,
                          StreamEvent::Direction direction = StreamEvent::OUTBOUND,
                          const std::string& condition = "timeout") {
  v1::StreamFailure out;
  out.set_direction(direction);
  out.set_remote_domain(remote);
  out.set_condition(condition);
  out.mutable_time()->set_seconds(second);
  out.add_steps()->set_words("step of " + std::to_string(second));
  return out;
}

std::vector<std::string> remotes(const std::vector<v1::LiveStream>& streams) {
  std::vector<std::string> out;
  for (const v1::LiveStream& one : streams) out.push_back(one.remote_domains(0));
  return out;
}

// "fabrikam.example 7", newest first.
std::vector<std::string> listed(const std::vector<v1::StreamFailure>& failures) {
  std::vector<std::string> out;
  for (const v1::StreamFailure& one : failures)
    out.push_back(one.remote_domain() + " " + std::to_string(one.time().seconds()));
  return out;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("streams are listed as long as their pages live, oldest first", "[ledger]") {
  Ledger ledger({});
  Page first = ledger.opened(stream("a.example", StreamEvent::INBOUND));
  {
    const Page second = ledger.opened(stream("b.example", StreamEvent::OUTBOUND));
    CHECK(remotes(ledger.streams()) == Names{"a.example", "b.example"});
    CHECK(remotes(ledger.streams("b.example")) == Names{"b.example"});
  }
  CHECK(remotes(ledger.streams()) == Names{"a.example"});
  first = {};
  CHECK(ledger.streams().empty());
}

TEST_CASE("a page counts, and tells what else was proved", "[ledger]") {
  Ledger ledger({});
  Page page = ledger.opened(stream("a.example", StreamEvent::INBOUND));
  page.count_in(3);
  page.count_in(4);
  page.count_out(2);
  page.set_unacknowledged(5);
  page.set_bytes(1000, 200);
  page.add_remote("b.example");
  page.add_remote("b.example");
  page.add_local("capulet.example");
  page.add_feature("bidi");
  const std::vector<v1::LiveStream> streams = ledger.streams("b.example");
  REQUIRE(streams.size() == 1);
  const v1::LiveStream& one = streams.front();
  CHECK(one.stanzas_in() == 7);
  CHECK(one.stanzas_out() == 2);
  CHECK(one.unacknowledged() == 5);
  CHECK(one.bytes_in() == 1000);
  CHECK(one.bytes_out() == 200);
  CHECK(one.remote_domains_size() == 2);
  CHECK(one.local_domains_size() == 2);
  CHECK(one.features_size() == 1);
}

TEST_CASE("a page that has moved ends its stream once; one without a ledger keeps nothing",
          "[ledger]") {
  Ledger ledger({});
  Page page;
  page.count_in(1);
  page.add_feature("sm");
  CHECK_FALSE(page);
  page = ledger.opened(stream("a.example", StreamEvent::INBOUND));
  Page other = std::move(page);
  CHECK(other);
  CHECK_FALSE(page);
  other = ledger.opened(stream("b.example", StreamEvent::INBOUND));
  page = {};
  CHECK(remotes(ledger.streams()).back() == "b.example");
  { const Page gone = std::move(other); }
  for (const auto& entry : ledger.up()) CHECK(entry.second == 0);
}

TEST_CASE("what is up and what came up is told by direction, proof and TLS version", "[ledger]") {
  Ledger ledger({});
  const Ledger::Key secure{StreamEvent::INBOUND, StreamEvent::SASL_EXTERNAL, "TLSv1.3"};
  const Ledger::Key plain{StreamEvent::OUTBOUND, StreamEvent::TCP_DIALBACK, ""};
  const Page stays = ledger.opened(stream("a.example", StreamEvent::INBOUND));
  { const Page goes = ledger.opened(stream("a.example", StreamEvent::INBOUND)); }
  { const Page goes = ledger.opened(stream("a.example", StreamEvent::OUTBOUND, "")); }
  CHECK(ledger.up() == std::map<Ledger::Key, std::uint64_t>{{secure, 1}, {plain, 0}});
  CHECK(ledger.established() == std::map<Ledger::Key, std::uint64_t>{{secure, 2}, {plain, 1}});
}

TEST_CASE("the last failures of each partner and direction are kept, newest first", "[ledger]") {
  Ledger ledger({.failures = 2, .partners = 10});
  for (int second = 1; second <= 3; ++second) {
    ledger.failed(failure("a.example", second), true);
    ledger.failed(failure("b.example", second + 10), true);
  }
  CHECK(listed(ledger.failures("a.example")) == Names{"a.example 3", "a.example 2"});
  CHECK(listed(ledger.failures()) ==
        Names{"b.example 13", "b.example 12", "a.example 3", "a.example 2"});
  CHECK(ledger.failures("c.example").empty());
  CHECK(ledger.failures("a.example").front().steps(0).words() == "step of 3");
}

TEST_CASE("whoever calls himself a partner does not push out what we tried", "[ledger]") {
  Ledger ledger({.failures = 2, .partners = 10});
  ledger.failed(failure("a.example", 1), true);
  for (int second = 2; second <= 100; ++second)
    ledger.failed(failure("a.example", second, StreamEvent::INBOUND), true);
  CHECK(listed(ledger.failures()) == Names{"a.example 100", "a.example 99", "a.example 1"});
}

TEST_CASE("the partner who has not failed for longest is forgotten first", "[ledger]") {
  Ledger ledger({.failures = 2, .partners = 2});
  ledger.failed(failure("a.example", 1), true);
  ledger.failed(failure("b.example", 2), true);
  ledger.failed(failure("a.example", 3), true);
  ledger.failed(failure("c.example", 4), true);
  CHECK(listed(ledger.failures()) == Names{"c.example 4", "a.example 3", "a.example 1"});
}

TEST_CASE("who is no partner is a number", "[ledger]") {
  Ledger ledger({});
  ledger.failed(failure("nobody.example", 1, StreamEvent::INBOUND, "policy-violation"), false);
  ledger.stranger();
  CHECK(ledger.failures().empty());
  CHECK(ledger.strangers() == 1);
  const Ledger::FailureKey key{StreamEvent::INBOUND, "policy-violation"};
  CHECK(ledger.failed() == std::map<Ledger::FailureKey, std::uint64_t>{{key, 1}});
}

TEST_CASE("several threads begin and end streams while another looks", "[ledger]") {
  Ledger ledger({});
  const auto work = [&ledger] {
    for (int i = 0; i != 500; ++i) {
      Page page = ledger.opened(stream("a.example", StreamEvent::INBOUND));
      page.count_in(1);
      ledger.failed(failure("a.example", i), true);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i != 3; ++i) threads.emplace_back(work);
  for (int i = 0; i != 100; ++i) CHECK(ledger.streams().size() <= 3);
  for (std::thread& thread : threads) thread.join();
  CHECK(ledger.streams().empty());
  CHECK(ledger.established().begin()->second == 1500);
}
