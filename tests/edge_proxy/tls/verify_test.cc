#include "edge_proxy/tls/verify.h"

#include <catch2/catch.hpp>
#include <deque>
#include <string>

#include "tests/edge_proxy/tls/pair.h"
#include "tests/support/certificates/certificates.h"
#include "tests/support/process/temporary_directory.h"

using namespace causeway::edge::tls;
using namespace causeway::test;
using namespace std::chrono_literals;
using causeway::address::Domain;
using Names = std::vector<std::string>;

namespace {

const std::chrono::sys_seconds kPast = std::chrono::sys_days(std::chrono::year(2021) / 3 / 4);
const std::chrono::sys_seconds kFuture = std::chrono::sys_days(std::chrono::year(2049) / 5 / 6);

std::shared_ptr<const Context> load(const CertificateFiles& files, const std::string& anchors) {
  auto loaded = Context::load({.certificate = files.certificate_file,
                               .private_key = files.private_key_file,
                               .trust_anchors = anchors});
  if (!loaded.ok()) throw std::runtime_error(std::string(loaded.status().message()));
  return *std::move(loaded);
}

// One world for all rows: making certificates is what takes the time.
struct World {
  TemporaryDirectory directory;
  Authority ca{directory.path(), "Test CA"};
  Authority unknown{directory.path(), "Unknown CA"};
  Authority between{directory.path(), "Between", &ca};
  Authority for_clients{directory.path(), "For clients", &ca, {"extendedKeyUsage=clientAuth"}};
  Authority constrained{
      directory.path(), "Constrained", &ca, {"nameConstraints=permitted;DNS:partner.example"}};
  std::shared_ptr<const Context> us =
      load(ca.issue({.dns = {"contoso.example"}}), ca.certificate_file());

  Seen see_peer(const CertificateFiles& files) {
    return see(us, load(files, ca.certificate_file()));
  }
};

// subjectAltName with one dNSName of any bytes.
std::string raw_dns_name(std::string_view bytes) {
  std::string der{'\x30', static_cast<char>(bytes.size() + 2), '\x82',
                  static_cast<char>(bytes.size())};
  der += bytes;
  std::string line = "subjectAltName=DER";
  for (const unsigned char c : der) {
    constexpr char kHex[] = "0123456789abcdef";
    line += {':', kHex[c >> 4], kHex[c & 15]};
  }
  return line;
}

Names many_names(int count) {
  Names names;
  for (int i = 0; i < count; ++i) names.push_back("h" + std::to_string(i) + ".fabrikam.example");
  return names;
}

}  // namespace

TEST_CASE("what certificates say and whether they are believed, in both directions",
          "[tls][verify]") {
  World world;
  Authority* const ca = &world.ca;
  struct Row {
    std::string what;
    Authority* issuer;  // none: self-signed
    CertificateRequest request;
    bool trusted;
    bool named;  // as fabrikam.example
    std::string problem;
  };
  const std::vector<Row> rows{
      {"valid", ca, {.dns = {"fabrikam.example"}}, true, true, ""},
      {"valid, from below the root", &world.between, {.dns = {"fabrikam.example"}}, true, true, ""},
      {"valid, RSA", ca, {.dns = {"fabrikam.example"}, .key = "rsa:2048"}, true, true, ""},
      {"valid, P-384", ca, {.dns = {"fabrikam.example"}, .key = "ec:secp384r1"}, true, true, ""},
      {"valid, Ed25519", ca, {.dns = {"fabrikam.example"}, .key = "ed25519"}, true, true, ""},
      {"upper case", ca, {.dns = {"FABRIKAM.Example"}}, true, true, ""},
      {"SRV-ID only", ca, {.srv = {"_xmpp-server.fabrikam.example"}}, true, true, ""},
      {"xmppAddr only", ca, {.xmpp_addrs = {"fabrikam.example"}}, true, true, ""},
      {"wrong name", ca, {.dns = {"northwind.example"}}, true, false, ""},
      {"common name only", ca, {.common_name = "fabrikam.example"}, true, false, ""},
      {"an embedded NUL",
       ca,
       {.extensions = {raw_dns_name(std::string_view("fabrikam.example\0.evil.example", 30))}},
       true,
       false,
       ""},
      {"expired",
       ca,
       {.dns = {"fabrikam.example"}, .not_before = kPast - 24h, .not_after = kPast},
       false,
       true,
       "certificate expired on 2021-03-04"},
      {"not yet valid",
       ca,
       {.dns = {"fabrikam.example"}, .not_before = kFuture, .not_after = kFuture + 24h},
       false,
       true,
       "certificate is not valid before 2049-05-06"},
      {"self-signed",
       nullptr,
       {.dns = {"fabrikam.example"}},
       false,
       true,
       "certificate is self-signed"},
      {"an unknown authority",
       &world.unknown,
       {.dns = {"fabrikam.example"}},
       false,
       true,
       "certificate comes from an unknown authority (CN=Unknown CA)"},
      {"serverAuth only", ca, {.dns = {"fabrikam.example"}, .eku = {"serverAuth"}}, true, true, ""},
      {"any usage",
       ca,
       {.dns = {"fabrikam.example"}, .eku = {"anyExtendedKeyUsage"}},
       true,
       true,
       ""},
      {"no usage named", ca, {.dns = {"fabrikam.example"}, .eku = {}}, true, true, ""},
      {"clientAuth only",
       ca,
       {.dns = {"fabrikam.example"}, .eku = {"clientAuth"}},
       false,
       true,
       "certificate may not authenticate a server"},
      {"an authority for clients",
       &world.for_clients,
       {.dns = {"fabrikam.example"}},
       false,
       true,
       "certificate may not authenticate a server (authority CN=For clients)"},
      {"outside its authority's constraints",
       &world.constrained,
       {.dns = {"fabrikam.example"}},
       false,
       true,
       "certificate: permitted subtree violation"},
      {"inside them, with other names beside",
       &world.constrained,
       {.dns = {"im.partner.example"}, .xmpp_addrs = {"fabrikam.example"}},
       true,
       false,
       ""},
      {"an RSA key that is too short",
       ca,
       {.dns = {"fabrikam.example"}, .key = "rsa:1024"},
       false,
       true,
       "certificate has an RSA key of 1024 bits, not of 2048 to 8192"},
      {"signed with SHA-1",
       ca,
       {.dns = {"fabrikam.example"}, .digest = "sha1"},
       false,
       true,
       "certificate is signed with a broken digest"},
      {"a critical extension that nobody knows",
       ca,
       {.dns = {"fabrikam.example"}, .extensions = {"1.2.3.4=critical,ASN1:NULL"}},
       false,
       true,
       "certificate: unhandled critical extension"},
      {"a policy that its path does not have",
       ca,
       {.dns = {"fabrikam.example"},
        .extensions = {"policyConstraints=critical,requireExplicitPolicy:0"}},
       false,
       true,
       "certificate: no explicit policy"},
      {"as many names as may be", ca, {.dns = many_names(256)}, true, false, ""},
      {"more names than that",
       ca,
       {.dns = many_names(257)},
       false,
       false,
       "certificate has 257 names, more than 256"},
  };
  const Domain fabrikam = *Domain::parse("fabrikam.example");
  for (const Row& row : rows) {
    INFO(row.what);
    const Seen seen = world.see_peer(row.issuer ? row.issuer->issue(row.request)
                                                : self_signed(world.directory.path(), row.request));
    for (const PeerCertificate* peer : {&seen.inbound, &seen.outbound}) {
      CHECK(peer->present);
      CHECK(peer->trusted == row.trusted);
      CHECK(names(*peer, fabrikam) == row.named);
      CHECK(peer->problem == row.problem);
    }
  }
}

TEST_CASE("names are copied as they are compared", "[tls][verify]") {
  World world;
  const Seen seen = world.see_peer(world.ca.issue({
      .common_name = "not copied",
      .dns = {"Fabrikam.Example", "*.Fabrikam.example", "a_b.example"},
      .srv = {"_xmpp-server.Fabrikam.example", "_imap.fabrikam.example"},
      .xmpp_addrs = {"Fabrikam.example", "bücher.example"},
      .ips = {"192.0.2.1"},
  }));
  CHECK(seen.inbound.dns_ids == Names{"fabrikam.example", "*.fabrikam.example", "a_b.example"});
  CHECK(seen.inbound.srv_ids == Names{"_xmpp-server.fabrikam.example", "_imap.fabrikam.example"});
  CHECK(seen.inbound.xmpp_addrs == Names{"Fabrikam.example", "bücher.example"});
}

TEST_CASE("DNS names that are none are left out", "[tls][verify]") {
  World world;
  for (const std::string_view name :
       {"", ".", "a..example", ".a.example", "a.example.", "a b.example", "a*.example", "*",
        "b\xc3\xbc"
        "cher.example",
        "a.example/b", "user@a.example"}) {
    INFO(name);
    const Seen seen = world.see_peer(world.ca.issue({.extensions = {raw_dns_name(name)}}));
    CHECK(seen.inbound.dns_ids.empty());
  }
}

TEST_CASE("a chain that is too long is not climbed", "[tls][verify]") {
  World world;
  std::deque<Authority> authorities;
  Authority* parent = &world.ca;
  for (int i = 0; i < 10; ++i) {
    parent = &authorities.emplace_back(world.directory.path(), "CA " + std::to_string(i), parent);
    if (i == 8) {
      CHECK(world.see_peer(parent->issue({.dns = {"fabrikam.example"}})).inbound.trusted);
    }
  }
  const Seen seen = world.see_peer(parent->issue({.dns = {"fabrikam.example"}}));
  CHECK_FALSE(seen.inbound.trusted);
  CHECK(seen.inbound.problem == "certificate chain has 11 members, more than 10");
  CHECK_FALSE(seen.outbound.trusted);
}

TEST_CASE("an expired authority is named", "[tls][verify]") {
  World world;
  // The anchors of whoever trusts only an expired root.
  const CertificateRequest root{.common_name = "Old root",
                                .dns = {"fabrikam.example"},
                                .eku = {},
                                .not_before = kPast - 24h,
                                .not_after = kPast};
  const CertificateFiles files = self_signed(world.directory.path(), root);
  const auto us = load(world.ca.issue({}), files.certificate_file);
  const Seen seen = see(us, load(files, world.ca.certificate_file()));
  CHECK(seen.inbound.problem == "certificate expired on 2021-03-04");
}
