#include "edge_proxy/tls/identity.h"

#include <catch2/catch.hpp>
#include <string>

using causeway::address::Domain;
using causeway::edge::tls::names;
using causeway::edge::tls::PeerCertificate;
using causeway::edge::tls::proves;

TEST_CASE("whom a certificate names", "[tls][identity]") {
  struct Row {
    std::string what;
    PeerCertificate certificate;
    std::string domain;
    bool named;
  };
  const auto dns = [](std::string id) { return PeerCertificate{.dns_ids = {std::move(id)}}; };
  const auto srv = [](std::string id) { return PeerCertificate{.srv_ids = {std::move(id)}}; };
  const auto xmpp = [](std::string id) { return PeerCertificate{.xmpp_addrs = {std::move(id)}}; };
  const auto row = GENERATE_COPY(values<Row>({
      {"DNS-ID", dns("fabrikam.example"), "fabrikam.example", true},
      {"DNS-ID in another case", dns("Fabrikam.EXAMPLE"), "fabrikam.example", true},
      {"DNS-ID of a host below", dns("xmpp.fabrikam.example"), "fabrikam.example", false},
      {"DNS-ID of the domain above", dns("fabrikam.example"), "im.fabrikam.example", false},
      {"DNS-ID with the domain as its beginning", dns("fabrikam.example.evil.example"),
       "fabrikam.example", false},
      {"wildcard", dns("*.fabrikam.example"), "im.fabrikam.example", true},
      {"wildcard for no label", dns("*.fabrikam.example"), "fabrikam.example", false},
      {"wildcard for two labels", dns("*.fabrikam.example"), "a.im.fabrikam.example", false},
      {"wildcard for a top-level domain", dns("*.example"), "fabrikam.example", false},
      {"wildcard that is part of a label", dns("f*.fabrikam.example"), "f1.fabrikam.example",
       false},
      {"wildcard in the middle", dns("im.*.example"), "im.fabrikam.example", false},
      {"wildcard alone", dns("*"), "fabrikam.example", false},
      {"wildcard and nothing", dns("*."), "fabrikam.example", false},
      {"A-label", dns("xn--bcher-kva.example"), "bücher.example", true},
      {"wildcard for an A-label", dns("*.fabrikam.example"), "bücher.fabrikam.example", true},
      {"SRV-ID", srv("_xmpp-server.fabrikam.example"), "fabrikam.example", true},
      {"SRV-ID in another case", srv("_XMPP-Server.Fabrikam.example"), "fabrikam.example", true},
      {"SRV-ID of an A-label", srv("_xmpp-server.xn--bcher-kva.example"), "bücher.example", true},
      {"SRV-ID of another service", srv("_xmpp-client.fabrikam.example"), "fabrikam.example",
       false},
      {"SRV-ID with a wildcard", srv("_xmpp-server.*.fabrikam.example"), "im.fabrikam.example",
       false},
      {"SRV-ID without a service", srv("fabrikam.example"), "fabrikam.example", false},
      {"a DNS-ID that looks like an SRV-ID", dns("_xmpp-server.fabrikam.example"),
       "fabrikam.example", false},
      {"xmppAddr", xmpp("fabrikam.example"), "fabrikam.example", true},
      {"xmppAddr in another case", xmpp("FABRIKAM.example"), "fabrikam.example", true},
      {"xmppAddr in U-labels", xmpp("BÜCHER.example"), "bücher.example", true},
      {"xmppAddr in A-labels", xmpp("xn--bcher-kva.example"), "bücher.example", true},
      {"xmppAddr with a wildcard", xmpp("*.fabrikam.example"), "im.fabrikam.example", false},
      {"xmppAddr of a user", xmpp("romeo@fabrikam.example"), "fabrikam.example", false},
      {"xmppAddr that is no domain", xmpp("fabrikam..example"), "fabrikam.example", false},
      {"an address spelt as a DNS-ID", dns("192.0.2.1"), "192.0.2.1", false},
      {"an address under a wildcard", dns("*.0.2.1"), "192.0.2.1", false},
      {"nothing", {}, "fabrikam.example", false},
      {"several, the last one fits",
       {.dns_ids = {"a.example", "b.example", "fabrikam.example"}},
       "fabrikam.example",
       true},
  }));
  INFO(row.what);
  const absl::StatusOr<Domain> domain = Domain::parse(row.domain);
  REQUIRE(domain.ok());
  CHECK(names(row.certificate, *domain) == row.named);
}

TEST_CASE("no domain has no name", "[tls][identity]") {
  CHECK_FALSE(names({.dns_ids = {""}}, Domain()));
}

TEST_CASE("a proof is a name and trust", "[tls][identity]") {
  const Domain domain = *Domain::parse("fabrikam.example");
  CHECK(proves({.present = true, .trusted = true, .dns_ids = {"fabrikam.example"}}, domain));
  CHECK_FALSE(proves({.present = true, .trusted = false, .dns_ids = {"fabrikam.example"}}, domain));
  CHECK_FALSE(proves({.present = true, .trusted = true, .dns_ids = {"other.example"}}, domain));
}
