#include "edge_proxy/s2s/federation.h"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "tests/edge_proxy/s2s/edges.h"

using namespace causeway;
using namespace causeway::edge;
using asio::ip::tcp;
using test::configuration;
using test::DnsServer;
using test::Edge;
using test::free_port;
using test::kPlain;
using test::kStrict;
using test::kTlsDialback;
using test::Settings;
using test::TwoEdges;
using test::wait_until;
using test::world;
using v1::StreamEvent;
using namespace std::chrono_literals;

namespace {

// Accepts, and never says anything.
struct SilentServer {
  asio::io_context io;
  tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  std::string port() const { return std::to_string(acceptor.local_endpoint().port()); }
};

}  // namespace

TEST_CASE("two edges find each other by DNS and prove their domains", "[s2s][federation]") {
  struct Row {
    std::string name;
    Settings settings;
    std::string contoso_certificate;
    std::string fabrikam_certificate;
    std::string outcome;
    StreamEvent::Proof proof;
  };
  const auto row = GENERATE(values<Row>({
      {"SASL EXTERNAL", kStrict, "contoso.example", "good", "taken", StreamEvent::SASL_EXTERNAL},
      {"dialback over TLS", kTlsDialback, "other", "untrusted", "taken", StreamEvent::TLS_DIALBACK},
      {"dialback in clear", kPlain, "other", "other", "taken", StreamEvent::TCP_DIALBACK},
      {"our certificate is refused", kStrict, "other", "good", "remote-server-timeout",
       StreamEvent::NO_PROOF},
      {"theirs is", kStrict, "contoso.example", "other", "remote-server-timeout",
       StreamEvent::NO_PROOF},
  }));
  INFO(row.name);
  TwoEdges edges(row.settings, row.contoso_certificate, row.fabrikam_certificate);
  edges.contoso.send(1, 1);
  CHECK(edges.contoso.outcome(1) == row.outcome);
  if (row.proof == StreamEvent::NO_PROOF) {
    const auto failed = edges.contoso.gathered->events(StreamEvent::FAILED);
    REQUIRE(failed.size() == 1);
    CHECK(failed.front().steps_size() >= 2);  // connected, and why it was of no use
    CHECK(edges.fabrikam.gathered->submitted().empty());
    return;
  }
  wait_until([&] { return edges.fabrikam.gathered->submitted().size() == 1; });
  const auto out = edges.contoso.gathered->events(StreamEvent::ESTABLISHED);
  const auto in = edges.fabrikam.gathered->events(StreamEvent::ESTABLISHED);
  REQUIRE(out.size() == 1);
  REQUIRE(in.size() == 1);
  CHECK(out.front().proof() == row.proof);
  CHECK(in.front().proof() == row.proof);
  CHECK(out.front().direction() == StreamEvent::OUTBOUND);
  CHECK(out.front().remote_domain() == "fabrikam.example");
  CHECK(in.front().direction() == StreamEvent::INBOUND);
  CHECK(in.front().remote_domain() == "contoso.example");
  CHECK(out.front().tls_version().empty() == (row.proof == StreamEvent::TCP_DIALBACK));
}

TEST_CASE("many stanzas both ways over several threads arrive once, in order",
          "[s2s][federation]") {
  TwoEdges edges(kStrict, "contoso.example", "good", 2);
  constexpr std::uint64_t kMany = 2000;
  for (std::uint64_t i = 1; i <= kMany; i += 50) {
    edges.contoso.send(i, i + 49);
    edges.fabrikam.send(i, i + 49);
    // A queue before the stream is up is bounded.
    if (i == 1) edges.contoso.outcome(1);
    if (i == 1) edges.fabrikam.outcome(1);
  }
  for (Edge* const edge : {&edges.contoso, &edges.fabrikam}) {
    wait_until([&] { return edge->gathered->submitted().size() == kMany; });
    wait_until([&] { return edge->gathered->settled_count() == kMany; });
    const std::vector<std::string> ids = edge->gathered->submitted();
    for (std::uint64_t i = 1; i <= kMany; ++i) {
      if (ids[i - 1] != "out" + std::to_string(i) || edge->gathered->settled(i) != "taken") {
        FAIL("stanza " << i << " came as " << ids[i - 1] << ", " << edge->gathered->settled(i));
      }
    }
  }
  // One for both ways; two, if both sides began at the same time.
  CHECK(edges.contoso.gathered->events(StreamEvent::ESTABLISHED).size() <= 2);
}

TEST_CASE("a dead target is passed over", "[s2s][federation]") {
  TwoEdges edges(kStrict, "contoso.example", "good", 1, true);
  edges.contoso.send(1, 1);
  CHECK(edges.contoso.outcome(1) == "taken");
}

TEST_CASE("a domain that the DNS does not know is not found, and not asked for again at once",
          "[s2s][federation]") {
  DnsServer dns;
  dns.start();
  Edge edge("contoso.example", "nowhere.example", kStrict, configuration(dns, "contoso.example"));
  edge.configure();
  edge.send(1, 1);
  CHECK(edge.outcome(1) == "remote-server-not-found");
  const auto before = std::chrono::steady_clock::now();
  edge.send(2, 2);
  CHECK(edge.outcome(2) == "remote-server-not-found");
  CHECK(std::chrono::steady_clock::now() - before < 500ms);
  CHECK(edge.gathered->events(StreamEvent::FAILED).size() == 1);
}

TEST_CASE("a silent target is a time-out, sooner for an impatient sender", "[s2s][federation]") {
  SilentServer silent;
  DnsServer dns;
  dns.srv("fabrikam.example", silent.port(), 1);
  dns.start();
  config::Config config = configuration(dns, "contoso.example");
  config.limits.queued_stanzas_per_pair = 3;
  Edge edge("contoso.example", "fabrikam.example", kStrict, config);
  edge.configure();
  const auto before = std::chrono::steady_clock::now();
  edge.send(1, 1);
  edge.send(2, 2, 300);
  edge.send(3, 4);
  CHECK(edge.outcome(4) == "resource-constraint");
  CHECK(edge.outcome(2) == "remote-server-timeout");
  CHECK(edge.gathered->settled(1).empty());
  CHECK(edge.outcome(1) == "remote-server-timeout");
  CHECK(std::chrono::steady_clock::now() - before > 2s);
  CHECK(edge.outcome(3) == "remote-server-timeout");
}

TEST_CASE("a partner that is taken away loses its streams", "[s2s][federation]") {
  TwoEdges edges(kStrict, "contoso.example", "good");
  edges.contoso.send(1, 1);
  CHECK(edges.contoso.outcome(1) == "taken");
  edges.fabrikam.snapshot.clear_partners();
  edges.fabrikam.configure();
  wait_until([&] { return edges.contoso.gathered->events(StreamEvent::CLOSED).size() == 1; });
  CHECK(edges.contoso.gathered->events(StreamEvent::CLOSED).front().reason() ==
        "the peer says policy-violation: no longer an allowed partner");
  wait_until([&] { return edges.fabrikam.gathered->events(StreamEvent::CLOSED).size() == 1; });
  edges.contoso.snapshot.mutable_partners(0)->set_domain("other.example");
  edges.contoso.configure();
  edges.contoso.federation.send([&] {
    std::vector<causeway::link::Delivery> one;
    one.push_back(test::message(edges.contoso.gathered, 2, "contoso.example", "fabrikam.example"));
    return one;
  }());
  CHECK(edges.contoso.outcome(2) == "policy-violation");
}

TEST_CASE("idle streams are closed, unless white space keeps them", "[s2s][federation]") {
  const bool keep_alive = GENERATE(false, true);
  DnsServer dns;
  Edge contoso("contoso.example", "fabrikam.example", kStrict,
               configuration(dns, "contoso.example"));
  Edge fabrikam("fabrikam.example", "contoso.example", kStrict, configuration(dns, "good"));
  dns.srv("fabrikam.example", fabrikam.port(), 1);
  dns.start();
  contoso.snapshot.mutable_partners(0)->set_keep_alive(keep_alive);
  contoso.snapshot.mutable_settings()->set_keep_alive_interval(1);
  fabrikam.snapshot.mutable_settings()->set_stream_inactivity_timeout(1);
  contoso.configure();
  fabrikam.configure();
  contoso.send(1, 1);
  CHECK(contoso.outcome(1) == "taken");
  const auto closed = [&] { return !contoso.gathered->events(StreamEvent::CLOSED).empty(); };
  if (keep_alive) {
    CHECK_THROWS(wait_until(closed, 2500ms));
  } else {
    wait_until(closed);
    CHECK(contoso.gathered->events(StreamEvent::CLOSED).front().reason() ==
          "the peer says connection-timeout: nothing was heard for too long");
  }
}

TEST_CASE("stopping says goodbye, and forgets no stanza", "[s2s][federation]") {
  SilentServer silent;
  DnsServer dns;
  dns.srv("fabrikam.example", silent.port(), 1);
  dns.start();
  Edge edge("contoso.example", "fabrikam.example", kStrict, configuration(dns, "contoso.example"));
  edge.configure();
  edge.send(1, 100);
  edge.federation.stop();
  CHECK(edge.gathered->settled_count() == 100);
  edge.send(101, 101);
  CHECK(edge.gathered->settled(101) == "internal-server-error");
}

TEST_CASE("strangers are counted by their address", "[s2s][federation]") {
  config::Config config = world().config();
  config.limits.unauthenticated_streams_per_address = 2;
  Edge edge("contoso.example", "fabrikam.example", kStrict, config);
  edge.configure();
  asio::io_context io;
  const tcp::endpoint address(asio::ip::address_v4::loopback(),
                              static_cast<std::uint16_t>(std::stoi(edge.port())));
  std::vector<tcp::socket> sockets;
  for (int i = 0; i != 3; ++i) sockets.emplace_back(io).connect(address);
  char byte = 0;
  std::error_code ended;
  asio::read(sockets.back(), asio::buffer(&byte, 1), ended);
  CHECK(ended == asio::error::eof);
  sockets.front().non_blocking(true);
  sockets.front().read_some(asio::buffer(&byte, 1), ended);
  CHECK(ended == asio::error::would_block);
}

TEST_CASE("an address that is taken, and a certificate that is not there, are named",
          "[s2s][federation]") {
  asio::io_context io;
  const tcp::acceptor taken(io, {asio::ip::address_v4::loopback(), 0});
  const std::string address = "127.0.0.1:" + std::to_string(taken.local_endpoint().port());
  config::Config config = world().config();
  config.xmpp.listen = {address};
  test::Gathered gathered;
  s2s::Federation occupied(config, gathered.uplink());
  CHECK_THAT(std::string(occupied.start().message()), Catch::Contains(address));
  config.xmpp.certificate = "/nonexistent.crt";
  s2s::Federation uncertified(config, gathered.uplink());
  CHECK_THAT(std::string(uncertified.start().message()), Catch::Contains("/nonexistent.crt"));
}
