// Certificates that are replaced while streams are up.

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

#include "common/log/log.h"
#include "edge_proxy/s2s/certificates.h"
#include "edge_proxy/s2s/federation.h"
#include "edge_proxy/tls/transport.h"
#include "tests/edge_proxy/s2s/world.h"
#include "tests/support/asio/run.h"
#include "tests/support/certificates/certificates.h"

using namespace causeway;
using namespace causeway::edge;
using asio::awaitable;
using asio::ip::tcp;
using test::CertificateFiles;
using test::wait_until;

namespace {

constexpr char kHeader[] =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
    "xmlns:stream='http://etherx.jabber.org/streams' from='fabrikam.example' to='contoso.example' "
    "version='1.0'>";
constexpr char kStartTls[] = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
constexpr char kAuth[] =
    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>";
constexpr char kMessage[] =
    "<message from='bob@fabrikam.example' to='ann@contoso.example' id='m1'><body>Hi</body>"
    "</message>";

// The files of an edge, which others replace.
struct Files {
  test::TemporaryDirectory directory;
  test::Authority ca{directory.path(), "Test CA"};
  CertificateFiles first = ca.issue({.dns = {"first.example", "contoso.example"}});
  CertificateFiles second = ca.issue({.dns = {"second.example", "contoso.example"}});
  config::Config config;

  Files() {
    log::configure(log::Level::error, log::Format::text);
    config.xmpp.listen = {"127.0.0.1:0"};
    config.xmpp.io_threads = 2;
    config.xmpp.certificate = directory.path() / "edge.crt";
    config.xmpp.private_key = directory.path() / "edge.key";
    config.xmpp.trust_anchors = ca.certificate_file();
    config.dns.servers = {"127.0.0.1:1"};
    config.limits.closing = std::chrono::seconds(1);
    put(first);
  }
  // As ACME clients do: a new file takes the place of the old one.
  void put(const CertificateFiles& files) const {
    put_file(files.certificate_file, config.xmpp.certificate);
    put_file(files.private_key_file, config.xmpp.private_key);
  }
  static void put_file(const std::string& from, const std::string& to) {
    std::filesystem::copy_file(from, to + ".new");
    std::filesystem::rename(to + ".new", to);
  }
};

awaitable<void> hear(tls::Transport& peer, std::string_view words) {
  std::string heard;
  std::string buffer(4096, '\0');
  while (heard.find(words) == std::string::npos) {
    const std::size_t count = co_await peer.read(buffer);
    if (count == 0) throw std::runtime_error("the edge has ended the stream: " + heard);
    heard.append(buffer, 0, count);
  }
}

// An edge for contoso.example, and fabrikam.example as its peer.
struct World {
  Files files;
  std::shared_ptr<test::Gathered> gathered = std::make_shared<test::Gathered>();
  s2s::Federation federation{files.config, gathered->uplink()};
  asio::io_context io;
  std::shared_ptr<const tls::Context> fabrikam =
      load(files.ca.issue({.dns = {"fabrikam.example"}}));

  World() {
    REQUIRE(federation.start().ok());
    auto snapshot = std::make_shared<v1::Snapshot>();
    snapshot->add_hosted_domains()->set_domain("contoso.example");
    v1::Partner& partner = *snapshot->add_partners();
    partner.set_domain("fabrikam.example");
    federation.configure(snapshot);
  }
  ~World() { federation.stop(); }

  std::shared_ptr<const tls::Context> load(const CertificateFiles& certificate) const {
    return tls::Context::load({.certificate = certificate.certificate_file,
                               .private_key = certificate.private_key_file,
                               .trust_anchors = files.ca.certificate_file()})
        .value();
  }

  // A stream that has been authenticated.
  tls::Transport stream() {
    tcp::socket socket(io);
    const std::string address = federation.addresses().front();
    const auto port =
        static_cast<unsigned short>(std::stoi(address.substr(address.rfind(':') + 1)));
    socket.connect({asio::ip::address_v4::loopback(), port});
    tls::Transport peer(std::move(socket));
    test::run(io, [](World& w, tls::Transport& peer) -> awaitable<void> {
      co_await peer.write(kHeader);
      co_await hear(peer, "</stream:features>");
      co_await peer.write(kStartTls);
      co_await hear(peer, "<proceed");
      co_await peer.connect_tls(w.fabrikam, "contoso.example");
      co_await peer.write(kHeader);
      co_await hear(peer, "</stream:features>");
      co_await peer.write(kAuth);
      co_await hear(peer, "<success");
      co_await peer.write(kHeader);
      co_await hear(peer, "<stream:features");
    }(*this, peer));
    return peer;
  }
  std::string shown() { return stream().peer_certificate().dns_ids.front(); }
};

}  // namespace

TEST_CASE("new streams get the new certificate, and old ones stay", "[s2s][reload]") {
  World w;
  tls::Transport old = w.stream();
  CHECK(old.peer_certificate().dns_ids.front() == "first.example");
  w.files.put(w.files.second);
  CHECK(w.shown() == "first.example");
  REQUIRE(w.federation.reload().ok());
  CHECK(w.shown() == "second.example");
  test::run(w.io,
            [](tls::Transport& old) -> awaitable<void> { co_await old.write(kMessage); }(old));
  wait_until([&] { return w.gathered->submitted() == std::vector<std::string>{"m1"}; });
}

TEST_CASE("what cannot be loaded changes nothing", "[s2s][reload]") {
  World w;
  std::ofstream(w.files.config.xmpp.certificate) << "no certificate";
  const absl::Status status = w.federation.reload();
  CHECK(std::string(status.message()) ==
        w.files.config.xmpp.certificate + ": holds no certificate in PEM");
  CHECK(w.shown() == "first.example");
}

TEST_CASE("a file that has changed is noticed", "[s2s][reload]") {
  World w;
  w.federation.reload_if_due();
  CHECK(w.shown() == "first.example");
  w.files.put(w.files.second);
  w.federation.reload_if_due();
  CHECK(w.shown() == "second.example");
}

TEST_CASE("when certificates are due", "[s2s][reload]") {
  Files files;
  const auto due = [](const s2s::Certificates& certificates, int in_days = 0) {
    return certificates.due(std::time(nullptr) + in_days * 86'400);
  };
  const CertificateFiles& own = files.first;
  files.config.xmpp.ocsp_response = files.ca.ocsp_response(own);
  files.config.xmpp.additional_certificates = {
      {files.second.certificate_file, files.second.private_key_file, ""}};
  files.config.xmpp.revocation_lists = files.ca.revocation_list();
  s2s::Certificates certificates(files.config.xmpp);
  REQUIRE(certificates.load().ok());
  CHECK_FALSE(due(certificates));
  CHECK(due(certificates, 2));   // the OCSP response is too old then
  CHECK(due(certificates, 31));  // and the certificate

  for (const std::string& file :
       {files.config.xmpp.certificate, files.config.xmpp.private_key, files.ca.certificate_file(),
        files.config.xmpp.ocsp_response, files.config.xmpp.revocation_lists,
        files.second.certificate_file, files.second.private_key_file}) {
    INFO(file);
    Files::put_file(file, file);
    CHECK(due(certificates));
    REQUIRE(certificates.load().ok());
    CHECK_FALSE(due(certificates));
  }

  std::filesystem::remove(files.config.xmpp.private_key);
  CHECK(due(certificates));
  CHECK_FALSE(certificates.load().ok());
  CHECK_FALSE(due(certificates));  // once is enough to say so
  files.put(files.first);
  CHECK(due(certificates));
  CHECK(certificates.load().ok());
}
