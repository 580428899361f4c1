// Which of our certificates a peer is shown.

#include <asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <string>

#include "tests/edge_proxy/tls/pair.h"
#include "tests/support/certificates/certificates.h"
#include "tests/support/process/temporary_directory.h"

using asio::awaitable;
using namespace causeway::edge::tls;
using namespace causeway::test;

namespace {

// Four certificates, told apart by their first names.
struct World {
  TemporaryDirectory directory;
  Authority ca{directory.path(), "Test CA"};
  std::shared_ptr<const Context> edge = load();
  std::shared_ptr<const Context> peer = load_one({.dns = {"peer.example"}});

  std::shared_ptr<const Context> load() {
    const CertificateFiles first = ca.issue({.dns = {"contoso.example", "*.contoso.example"}});
    const CertificateFiles second =
        ca.issue({.dns = {"northwind.example", "chat.contoso.example", "contoso.example"}});
    const CertificateFiles third =
        ca.issue({.dns = {"third.example"},
                  .srv = {"_xmpp-server.srv.example", "_imap.no.example"},
                  .xmpp_addrs = {"bücher.example"}});
    const CertificateFiles fourth = ca.issue({.dns = {"fourth.example", "*.northwind.example"}});
    return Context::load(
               {.certificate = first.certificate_file,
                .private_key = first.private_key_file,
                .trust_anchors = ca.certificate_file(),
                .additional_certificates = {{second.certificate_file, second.private_key_file},
                                            {third.certificate_file, third.private_key_file},
                                            {fourth.certificate_file, fourth.private_key_file}}})
        .value();
  }
  std::shared_ptr<const Context> load_one(const CertificateRequest& request) {
    const CertificateFiles files = ca.issue(request);
    return Context::load({.certificate = files.certificate_file,
                          .private_key = files.private_key_file,
                          .trust_anchors = ca.certificate_file()})
        .value();
  }
};

World& world() {
  static World only;
  return only;
}

std::string shown(const PeerCertificate& certificate) {
  return certificate.dns_ids.empty() ? "" : certificate.dns_ids.front();
}

std::string shown_to_client(const std::string& sni, const std::string& ours) {
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  run(io, [](Pair& pair, const std::string& sni, const std::string& ours) -> awaitable<void> {
    const Endings endings = co_await both(pair.client.connect_tls(world().peer, sni),
                                          pair.server.accept_tls(world().edge, Direct::no, ours));
    endings.rethrow();
  }(pair, sni, ours));
  CHECK(pair.client.peer_certificate().trusted);
  return shown(pair.client.peer_certificate());
}

std::string shown_to_server(const std::string& ours) {
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  run(io, [](Pair& pair, const std::string& ours) -> awaitable<void> {
    const Endings endings =
        co_await both(pair.client.connect_tls(world().edge, "peer.example", Direct::no, ours),
                      pair.server.accept_tls(world().peer));
    endings.rethrow();
  }(pair, ours));
  CHECK(pair.server.peer_certificate().trusted);
  return shown(pair.server.peer_certificate());
}

}  // namespace

TEST_CASE("a client is shown the certificate of the domain it asks for", "[tls][selection]") {
  struct Row {
    std::string sni, ours, first_name;
  };
  const std::vector<Row> rows{
      {"contoso.example", "", "contoso.example"},  // the default comes before others that have it
      {"im.contoso.example", "", "contoso.example"},
      {"chat.contoso.example", "", "northwind.example"},  // the name comes before the wildcard
      {"CHAT.Contoso.EXAMPLE", "", "northwind.example"},
      {"a.b.contoso.example", "", "contoso.example"},  // nobody's, so the default
      {"northwind.example", "", "northwind.example"},
      {"im.northwind.example", "", "fourth.example"},
      {"third.example", "", "third.example"},
      {"srv.example", "", "third.example"},
      {"no.example", "", "contoso.example"},
      {"xn--bcher-kva.example", "", "third.example"},
      {"unknown.example", "", "contoso.example"},
      {"localhost", "", "contoso.example"},
      // Without a name, or with one that is nobody's, the domain of the stream's header counts.
      {"", "", "contoso.example"},
      {"", "northwind.example", "northwind.example"},
      {"unknown.example", "northwind.example", "northwind.example"},
      {"third.example", "northwind.example", "third.example"},
      {"contoso.example", "northwind.example", "contoso.example"},
      {"", "unknown.example", "contoso.example"},
      {"", std::string(300, 'a'), "contoso.example"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.sni, row.ours);
    CHECK(shown_to_client(row.sni, row.ours) == row.first_name);
  }
}

TEST_CASE("a server is shown the certificate of the domain we speak for", "[tls][selection]") {
  CHECK(shown_to_server("") == "contoso.example");
  CHECK(shown_to_server("northwind.example") == "northwind.example");
  CHECK(shown_to_server("srv.example") == "third.example");
  CHECK(shown_to_server("unknown.example") == "contoso.example");
}

TEST_CASE("mistakes in all certificates are told at once", "[tls][selection]") {
  const CertificateFiles good = world().ca.issue({.dns = {"good.example"}});
  const CertificateFiles other = world().ca.issue({.dns = {"other.example"}});
  const std::string missing = world().directory.path() / "missing";
  const auto loaded = Context::load(
      {.certificate = good.certificate_file,
       .private_key = other.private_key_file,
       .trust_anchors = missing + ".ca",
       .additional_certificates = {{missing + ".crt", missing}, {good.certificate_file, missing}},
       .revocation_lists = missing});
  REQUIRE_FALSE(loaded.ok());
  CHECK(std::string(loaded.status().message()) ==
        other.private_key_file + ": is not the key of " + good.certificate_file + "; " + missing +
            ".crt: cannot be opened: No such file or directory; " + missing +
            ": cannot be opened: No such file or directory; " + missing +
            ".ca: cannot be opened: No such file or directory");
}
