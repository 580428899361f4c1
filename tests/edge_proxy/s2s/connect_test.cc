#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <atomic>
#include <catch2/catch.hpp>
#include <list>
#include <string>
#include <thread>

#include "tests/edge_proxy/s2s/edges.h"

using namespace causeway;
using namespace causeway::edge;
using asio::ip::tcp;
using test::configuration;
using test::DnsServer;
using test::Edge;
using test::kPlain;
using test::kStrict;
using test::kTlsDialback;
using test::Settings;
using test::wait_until;
using v1::StreamEvent;

// Where the DNS leads, between whole edges.

namespace {

// Says its piece to whoever connects, whatever it hears.
class Talker {
 public:
  explicit Talker(std::string piece) : piece_(std::move(piece)) {
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Talker() {
    io_.stop();
    thread_.join();
  }
  std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }
  int calls() const { return calls_; }

 private:
  void accept() {
    acceptor_.async_accept([this](std::error_code error, tcp::socket caller) {
      if (error) return;
      ++calls_;
      std::error_code gone;
      asio::write(callers_.emplace_back(std::move(caller)), asio::buffer(piece_), gone);
      accept();
    });
  }

  const std::string piece_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  std::list<tcp::socket> callers_;
  std::atomic<int> calls_{0};
  std::thread thread_;
};

const char kInClear[] =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
    "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
    "<stream:error><not-well-formed xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
    "</stream:stream>";

// The edges of contoso.example and fabrikam.example, before the DNS knows where they are.
struct Pair {
  DnsServer dns;
  Edge contoso;
  Edge fabrikam;

  Pair(const Settings& settings, const std::string& contoso_certificate,
       const std::string& fabrikam_certificate)
      : contoso("contoso.example", "fabrikam.example", settings,
                configuration(dns, contoso_certificate)),
        fabrikam("fabrikam.example", "contoso.example", settings,
                 configuration(dns, fabrikam_certificate)) {}

  // What becomes of a message from contoso.example.
  std::string outcome() {
    dns.start();
    contoso.configure();
    fabrikam.configure();
    contoso.send(1, 1);
    return contoso.outcome(1);
  }
};

bool tells(const StreamEvent& failure, const std::string& words) {
  return std::any_of(failure.steps().begin(), failure.steps().end(),
                     [&](const std::string& step) { return step.find(words) != step.npos; });
}

}  // namespace

TEST_CASE("direct TLS, where the DNS names nothing else", "[s2s][connect]") {
  struct Row {
    std::string name;
    Settings settings;
    std::string contoso_certificate, fabrikam_certificate;
    StreamEvent::Proof proof;
  };
  const auto row = GENERATE(values<Row>({
      {"SASL EXTERNAL", kStrict, "contoso.example", "good", StreamEvent::SASL_EXTERNAL},
      {"dialback, asked over direct TLS, too", kTlsDialback, "other", "untrusted",
       StreamEvent::TLS_DIALBACK},
  }));
  INFO(row.name);
  Pair edges(row.settings, row.contoso_certificate, row.fabrikam_certificate);
  edges.dns.direct("contoso.example", edges.contoso.port(), 10);
  edges.dns.direct("fabrikam.example", edges.fabrikam.port(), 10);
  CHECK(edges.outcome() == "taken");
  const auto up = edges.contoso.gathered->events(StreamEvent::ESTABLISHED);
  REQUIRE_FALSE(up.empty());
  CHECK(up.front().proof() == row.proof);
  CHECK_FALSE(up.front().tls_version().empty());
}

TEST_CASE("a record for direct TLS that leads to a port for STARTTLS is passed over",
          "[s2s][connect]") {
  const Talker talker(kInClear);
  Pair edges(kStrict, "contoso.example", "good");
  edges.dns.direct("fabrikam.example", talker.port(), 1);
  edges.dns.srv("fabrikam.example", edges.fabrikam.port(), 10);
  CHECK(edges.outcome() == "taken");
  CHECK(talker.calls() == 1);
}

TEST_CASE("a record for direct TLS that leads to a port for STARTTLS is told as such",
          "[s2s][connect]") {
  const Talker talker(kInClear);
  Pair edges(kStrict, "contoso.example", "good");
  edges.dns.direct("fabrikam.example", talker.port(), 1);
  CHECK(edges.outcome() == "remote-server-timeout");
  const auto failed = edges.contoso.gathered->events(StreamEvent::FAILED);
  REQUIRE(failed.size() == 1);
  CHECK(tells(failed.front(), "SRV: 1 target, 1 with direct TLS"));
  CHECK(tells(failed.front(), "127.0.0.1:" + talker.port() + " connected in "));
  CHECK(tells(failed.front(), "answered in clear: the _xmpps-server record"));
}

TEST_CASE("a partner without TLS is not sought behind direct TLS", "[s2s][connect]") {
  const Talker talker(kInClear);
  Pair edges(kPlain, "other", "other");
  edges.dns.direct("fabrikam.example", talker.port(), 1);
  edges.dns.direct("contoso.example", talker.port(), 1);
  edges.dns.srv("fabrikam.example", edges.fabrikam.port(), 10);
  edges.dns.srv("contoso.example", edges.contoso.port(), 10);
  CHECK(edges.outcome() == "taken");
  CHECK(talker.calls() == 0);
}

TEST_CASE("who cannot prove the domain is passed over, and so is who talks nonsense",
          "[s2s][connect]") {
  const Talker nonsense("220 mail.fabrikam.example ESMTP\r\n");
  Pair edges(kStrict, "contoso.example", "good");
  Edge impostor("fabrikam.example", "contoso.example", kStrict, configuration(edges.dns, "other"));
  impostor.configure();
  edges.dns.srv("fabrikam.example", nonsense.port(), 1);
  edges.dns.srv("fabrikam.example", impostor.port(), 2);
  edges.dns.srv("fabrikam.example", edges.fabrikam.port(), 3);
  CHECK(edges.outcome() == "taken");
  CHECK(nonsense.calls() == 1);
  CHECK(impostor.gathered->submitted().empty());
  wait_until([&] { return edges.fabrikam.gathered->submitted().size() == 1; });
}
