// Partners with trust anchors of their own.

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <string>

#include "common/log/log.h"
#include "edge_proxy/s2s/directory.h"
#include "edge_proxy/s2s/federation.h"
#include "edge_proxy/s2s/outbound.h"
#include "edge_proxy/tls/transport.h"
#include "tests/edge_proxy/s2s/fake_stream.h"
#include "tests/edge_proxy/s2s/settings.h"
#include "tests/edge_proxy/s2s/world.h"
#include "tests/support/asio/run.h"
#include "tests/support/certificates/certificates.h"

using namespace causeway;
using namespace causeway::edge;
using asio::awaitable;
using asio::ip::tcp;
using test::CertificateFiles;

namespace {

constexpr char kHeader[] =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
    "xmlns:stream='http://etherx.jabber.org/streams' from='fabrikam.example' to='contoso.example' "
    "id='s1' version='1.0'>";
constexpr char kStartTls[] = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

std::string contents(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

v1::Partner& partner(v1::Snapshot& snapshot, const std::string& domain, const std::string& pem) {
  v1::Partner& partner = *snapshot.add_partners();
  partner.set_domain(domain);
  partner.set_trust_anchors_pem(pem);
  return partner;
}

struct World {
  test::TemporaryDirectory directory;
  test::Authority common{directory.path(), "Common CA"};
  test::Authority own{directory.path(), "Fabrikam CA"};
  CertificateFiles contoso = common.issue({.dns = {"contoso.example"}});
  CertificateFiles by_common = common.issue({.dns = {"fabrikam.example"}});
  CertificateFiles by_own = own.issue({.dns = {"fabrikam.example"}});

  World() { log::configure(log::Level::error, log::Format::text); }
};

World& world() {
  static World only;
  return only;
}

}  // namespace

TEST_CASE("a partner's list that was to be renewed is doubtful from then on", "[s2s][anchors]") {
  const std::string pem = contents(world().own.certificate_file());
  const std::chrono::sys_seconds due = std::chrono::sys_days(std::chrono::year(2049) / 1 / 2);
  v1::Snapshot snapshot;
  v1::Partner& entry = partner(snapshot, "fabrikam.example", pem);
  entry.set_revocation_lists_pem(contents(world().own.revocation_list(due)));
  entry.add_additional_domains("more.fabrikam.example");
  partner(snapshot, "other.example", pem);
  const s2s::Directory directory(snapshot, dialback::Secret("unused"));
  const std::int64_t then = due.time_since_epoch().count();
  CHECK(directory.doubts(then).empty());
  const auto doubts = directory.doubts(then + 1);
  REQUIRE(doubts.size() == 1);
  CHECK(doubts.front().partner == "fabrikam.example");
  CHECK_THAT(doubts.front().words, Catch::EndsWith("was to be renewed on 2049-01-02"));
}

TEST_CASE("the directory knows whose anchors are whose", "[s2s][anchors]") {
  const std::string pem = contents(world().own.certificate_file());
  v1::Snapshot snapshot;
  partner(snapshot, "none.example", "");
  partner(snapshot, "a.example", pem).add_additional_domains("more.a.example");
  partner(snapshot, "b.example", pem);
  partner(snapshot, "c.example", pem)
      .set_revocation_lists_pem(contents(world().own.revocation_list()));
  const std::string list = snapshot.partners(3).revocation_lists_pem();
  partner(snapshot, "both.example", pem + list);  // what is no certificate is passed over
  partner(snapshot, "broken.example", "-----BEGIN CERTIFICATE-----\n");
  partner(snapshot, "list.example", pem).set_revocation_lists_pem("nothing");
  const s2s::Directory directory(snapshot, dialback::Secret("unused"));
  const auto anchors = [&](const char* domain) { return directory.partner(domain)->anchors; };
  CHECK(anchors("none.example") == nullptr);
  REQUIRE(anchors("a.example") != nullptr);
  CHECK(anchors("more.a.example") == anchors("a.example"));
  CHECK(anchors("b.example") == anchors("a.example"));
  CHECK(anchors("c.example") != anchors("a.example"));
  CHECK(anchors("both.example") != anchors("c.example"));  // the same text, but no list
  CHECK(anchors("broken.example") != nullptr);             // nobody is believed, not everybody
  CHECK(anchors("list.example") != nullptr);
}

namespace {

// What comes of a stream from fabrikam.example that shows this certificate: "success", or the end
// of what the edge says instead.
awaitable<void> authenticate(tls::Transport& peer, std::shared_ptr<const tls::Context> context,
                             std::string& outcome) {
  std::string buffer(4096, '\0');
  std::string heard;
  const auto hear = [&](std::string_view words) { return heard.find(words) != std::string::npos; };
  co_await peer.write(kHeader);
  while (!hear("</stream:features>")) {
    const std::size_t count = co_await peer.read(buffer);
    heard.append(buffer, 0, count);
  }
  co_await peer.write(kStartTls);
  while (!hear("<proceed")) {
    const std::size_t count = co_await peer.read(buffer);
    heard.append(buffer, 0, count);
  }
  co_await peer.connect_tls(context, "contoso.example");
  co_await peer.write(kHeader);
  heard.clear();
  while (!hear("</stream:features>") && !hear("</stream:stream>")) {
    const std::size_t count = co_await peer.read(buffer);
    heard.append(buffer, 0, count);
  }
  outcome = hear(">EXTERNAL<") ? "offered" : heard;
}

std::string outcome_of(const std::string& pem, const CertificateFiles& shown) {
  World& w = world();
  config::Config config;
  config.xmpp.listen = {"127.0.0.1:0"};
  config.xmpp.io_threads = 1;
  config.xmpp.certificate = w.contoso.certificate_file;
  config.xmpp.private_key = w.contoso.private_key_file;
  config.xmpp.trust_anchors = w.common.certificate_file();
  config.dns.servers = {"127.0.0.1:1"};
  config.limits.closing = std::chrono::seconds(1);
  auto gathered = std::make_shared<test::Gathered>();
  s2s::Federation federation(config, gathered->uplink());
  REQUIRE(federation.start().ok());
  auto snapshot = std::make_shared<v1::Snapshot>();
  snapshot->add_hosted_domains()->set_domain("contoso.example");
  partner(*snapshot, "fabrikam.example", pem);
  federation.configure(snapshot);

  asio::io_context io;
  tcp::socket socket(io);
  const std::string address = federation.addresses().front();
  const int port = std::stoi(address.substr(address.rfind(':') + 1));
  socket.connect({asio::ip::address_v4::loopback(), static_cast<unsigned short>(port)});
  tls::Transport peer(std::move(socket));
  const auto context = tls::Context::load({.certificate = shown.certificate_file,
                                           .private_key = shown.private_key_file,
                                           .trust_anchors = w.common.certificate_file()})
                           .value();
  std::string outcome;
  test::run(io, authenticate(peer, context, outcome));
  peer.close();
  federation.stop();
  return outcome;
}

}  // namespace

TEST_CASE("who connects is believed by the partner's own anchors alone", "[s2s][anchors]") {
  World& w = world();
  const std::string own = contents(w.own.certificate_file());
  CHECK(outcome_of("", w.by_common) == "offered");
  CHECK_THAT(outcome_of("", w.by_own), Catch::Contains("unknown authority (CN=Fabrikam CA)"));
  CHECK(outcome_of(own, w.by_own) == "offered");
  CHECK_THAT(outcome_of(own, w.by_common), Catch::Contains("unknown authority (CN=Common CA)"));
  CHECK(outcome_of(contents(w.by_own.certificate_file), w.by_own) == "offered");  // pinned
  CHECK_THAT(outcome_of("broken", w.by_common), Catch::Contains("<not-authorized"));
}

namespace {

// A receiving server that takes EXTERNAL, or ends.
std::string responder(const std::string& said) {
  static const std::string kOpen = std::string(kHeader) + "<stream:features>";
  static bool secure = false;
  if (said == "(open)") secure = false;
  if (said == "(tls)") secure = true;
  if (said.rfind("<starttls", 0) == 0) return "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
  if (said.rfind("<auth", 0) == 0) return "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
  if (said.rfind("<?xml", 0) != 0) return {};
  return kOpen +
         (secure ? "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL"
                   "</mechanism></mechanisms>"
                 : kStartTls) +
         "</stream:features>";
}

awaitable<void> negotiate(s2s::Outbound& outbound, std::string& refused) {
  try {
    (void)co_await s2s::negotiate(outbound);
  } catch (const std::runtime_error& error) {
    refused = error.what();
  }
}

}  // namespace

TEST_CASE("whom we connect to is believed by the partner's own anchors alone", "[s2s][anchors]") {
  const bool own = GENERATE(true, false);
  CAPTURE(own);
  v1::Snapshot snapshot = test::snapshot_of({});
  snapshot.mutable_partners(0)->set_trust_anchors_pem(contents(world().own.certificate_file()));
  const s2s::Directory directory(snapshot, dialback::Secret("unused"));
  tls::PeerCertificate by_default = test::certificate_for("fabrikam.example");
  tls::PeerCertificate by_own = by_default;
  (own ? by_default : by_own).trusted = false;
  test::FakeStream stream(responder, by_default);
  stream.by_other_anchors = by_own;
  stream::Steps steps;
  s2s::Outbound outbound{.stream = stream,
                         .partner = *directory.partner("fabrikam.example"),
                         .secret = directory.secret(),
                         .local = *address::Domain::parse("contoso.example"),
                         .remote = *address::Domain::parse("fabrikam.example"),
                         .steps = steps};
  asio::io_context io;
  std::string refused;
  test::run(io, negotiate(outbound, refused));
  CHECK(refused.empty() == own);
  CHECK(stream.shown_for == "contoso.example");
  if (own) CHECK(stream.chain_forgotten);
}
