// What we make of certificates of every kind, over a real handshake in both directions.

#include "tests/support/certificates/kinds.h"

#include <asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <string>

#include "tests/edge_proxy/tls/pair.h"
#include "tests/support/asio/run.h"

using namespace causeway::edge::tls;
using namespace causeway::test;
using causeway::address::Domain;

namespace {

struct Row {
  Kind kind;
  bool trusted;
  bool named;
  std::string problem;
};

const std::string kPeer = "im.fabrikam.example";

const std::vector<Row> kRows{
    {Kind::valid, true, true, ""},
    {Kind::expired, false, true, "certificate expired on 2021-03-04"},
    {Kind::not_yet_valid, false, true, "certificate is not valid before 2049-05-06"},
    {Kind::wrong_name, true, false, ""},
    {Kind::self_signed, false, true, "certificate is self-signed"},
    {Kind::unknown_authority, false, true,
     "certificate comes from an unknown authority (CN=Unknown CA)"},
    {Kind::server_auth_only, true, true, ""},
    {Kind::client_auth_only, false, true, "certificate may not authenticate a server"},
    {Kind::srv_id_only, true, true, ""},
    {Kind::xmpp_addr_only, true, true, ""},
    {Kind::wildcard, true, true, ""},
    {Kind::common_name_only, true, false, ""},
    {Kind::revoked, false, true, "certificate was revoked on 2025-01-02"},
};

std::shared_ptr<const Context> context(CertificateCabinet& cabinet, Kind kind,
                                       const std::string& domain) {
  const CertificateFiles files = cabinet.files(kind, domain);
  return Context::load({.certificate = files.certificate_file,
                        .private_key = files.private_key_file,
                        .trust_anchors = cabinet.trust_anchors(),
                        .revocation_lists = cabinet.revocation_lists()})
      .value();
}

}  // namespace

TEST_CASE("certificates of every kind, in both directions", "[tls][kinds]") {
  CertificateCabinet cabinet;
  for (const Kind kind : kAllKinds) cabinet.files(kind, kPeer);
  const auto us = context(cabinet, Kind::valid, "contoso.example");
  REQUIRE(kRows.size() == kAllKinds.size());
  for (const Row& row : kRows) {
    INFO(words_of(row.kind));
    const auto peer = context(cabinet, row.kind, kPeer);
    const Seen both_ways = see(us, peer);
    for (const PeerCertificate& seen : {both_ways.inbound, both_ways.outbound}) {
      CHECK(seen.present);
      CHECK(seen.trusted == row.trusted);
      CHECK(names(seen, *Domain::parse(kPeer)) == row.named);
      CHECK(seen.problem == row.problem);
    }
  }
}

TEST_CASE(
    "attack 8: a usage that public authorities no longer give is not asked for, and the other "
    "one is not enough",
    "[tls][kinds]") {
  CertificateCabinet cabinet;
  const auto us = context(cabinet, Kind::valid, "contoso.example");
  const Domain peer = *Domain::parse(kPeer);
  const Seen server_auth = see(us, context(cabinet, Kind::server_auth_only, kPeer));
  CHECK(proves(server_auth.inbound, peer));
  CHECK(proves(server_auth.outbound, peer));
  const Seen client_auth = see(us, context(cabinet, Kind::client_auth_only, kPeer));
  CHECK_FALSE(proves(client_auth.inbound, peer));
  CHECK_FALSE(proves(client_auth.outbound, peer));
}

TEST_CASE("who connects need not have a certificate", "[tls][kinds]") {
  CertificateCabinet cabinet;
  const auto us = context(cabinet, Kind::valid, "contoso.example");
  const auto bare =
      Context::load(
          {.certificate = "", .private_key = "", .trust_anchors = cabinet.trust_anchors()})
          .value();
  CHECK(bare->warnings().empty());
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  run(io, secure(pair, bare, us));
  CHECK(pair.client.peer_certificate().trusted);
  CHECK_FALSE(pair.server.peer_certificate().present);
}
