// Attacks on TLS and certificates that others have suffered.

#include <asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <string_view>

#include "common/text/utf8.h"
#include "edge_proxy/async/task_group.h"
#include "tests/edge_proxy/tls/openssl_client.h"
#include "tests/edge_proxy/tls/pair.h"
#include "tests/support/certificates/certificates.h"
#include "tests/support/process/temporary_directory.h"

using asio::awaitable;
using namespace causeway::edge::tls;
using namespace causeway::test;
using Catch::Matchers::Contains;
using causeway::address::Domain;
using Bytes = std::string;

namespace {

struct World {
  TemporaryDirectory directory;
  Authority ca{directory.path(), "Test CA"};
  CertificateFiles contoso = ca.issue({.dns = {"contoso.example"}});
  CertificateFiles northwind = ca.issue({.dns = {"northwind.example"}});
  std::shared_ptr<const Context> us = load(contoso);

  std::shared_ptr<const Context> load(const CertificateFiles& files) {
    return Context::load({.certificate = files.certificate_file,
                          .private_key = files.private_key_file,
                          .trust_anchors = ca.certificate_file(),
                          .additional_certificates = {{northwind.certificate_file,
                                                       northwind.private_key_file}}})
        .value();
  }
  Seen see_peer(const CertificateRequest& request) { return see(us, load(ca.issue(request))); }
};

World& world() {
  static World only;
  return only;
}

// DER, short or long form.
Bytes tlv(unsigned char tag, std::string_view content) {
  Bytes out(1, static_cast<char>(tag));
  int octets = 0;
  while (content.size() >= 128 && content.size() >> 8 * octets != 0) ++octets;
  if (octets != 0) out += static_cast<char>(0x80 + octets);
  do {
    if (octets != 0) --octets;
    out += static_cast<char>(content.size() >> 8 * octets & 0xff);
  } while (octets != 0);
  return out.append(content);
}

Bytes dns(std::string_view name) { return tlv(0x82, name); }

constexpr std::string_view kXmppAddr{"\x2b\x06\x01\x05\x05\x07\x08\x05", 8};
constexpr std::string_view kSrvName{"\x2b\x06\x01\x05\x05\x07\x08\x07", 8};
constexpr std::string_view kOtherOid{"\x2b\x06\x01\x05\x05\x07\x08\x06", 8};
constexpr unsigned char kUtf8 = 0x0c, kIa5 = 0x16, kOctets = 0x04, kBmp = 0x1e;

Bytes other_name(std::string_view oid, unsigned char type, std::string_view text) {
  return tlv(0xa0, tlv(0x06, oid) + tlv(0xa0, tlv(type, text)));
}

// subjectAltName with these names as they stand.
std::string alternative_names(const Bytes& names) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string line = "subjectAltName=DER";
  for (const unsigned char c : tlv(0x30, names)) line += {':', kHex[c >> 4], kHex[c & 15]};
  return line;
}

}  // namespace

TEST_CASE("attack 6: the subject names nobody, however it is written", "[tls][attacks]") {
  const Domain victim = *Domain::parse("fabrikam.example");
  const std::vector<CertificateRequest> rows{
      {.common_name = "fabrikam.example"},
      {.common_name = "evil.example", .subject = {"OU=CN=fabrikam.example,"}},
      {.common_name = "evil.example", .subject = {"OU=x/CN=fabrikam.example"}},
      {.common_name = "evil.example", .subject = {"1.CN=fabrikam.example"}},
      {.common_name = "fabrikam.example",
       .subject = {"1.CN=evil.example"},
       .dns = {"evil.example"}},
      {.common_name = "evil.example+CN=fabrikam.example"},
      {.common_name = "CN=fabrikam.example", .xmpp_addrs = {"evil.example"}},
  };
  for (const CertificateRequest& row : rows) {
    INFO(row.common_name);
    const Seen seen = world().see_peer(row);
    CHECK(seen.inbound.trusted);
    CHECK_FALSE(names(seen.inbound, victim));
    CHECK_FALSE(names(seen.outbound, victim));
  }
}

TEST_CASE("attack 7: alternative names of every kind and form", "[tls][attacks]") {
  const std::string victim = "fabrikam.example";
  const std::string nul("\0", 1);
  struct Row {
    std::string what;
    Bytes names;
    std::string domain;
    bool match;
  };
  const std::vector<Row> rows{
      {"otherName of another kind", other_name(kOtherOid, kUtf8, victim), victim, false},
      {"xmppAddr", other_name(kXmppAddr, kUtf8, victim), victim, true},
      {"xmppAddr as IA5String", other_name(kXmppAddr, kIa5, victim), victim, false},
      {"xmppAddr as octets", other_name(kXmppAddr, kOctets, victim), victim, false},
      {"xmppAddr as BMPString", other_name(kXmppAddr, kBmp, victim), victim, false},
      {"xmppAddr, upper case", other_name(kXmppAddr, kUtf8, "FABRIKAM.Example"), victim, true},
      {"xmppAddr with a NUL", other_name(kXmppAddr, kUtf8, victim + nul + ".evil.example"), victim,
       false},
      {"xmppAddr that ends with a NUL", other_name(kXmppAddr, kUtf8, victim + nul), victim, false},
      {"xmppAddr of a user", other_name(kXmppAddr, kUtf8, "root@" + victim), victim, false},
      {"xmppAddr with a resource", other_name(kXmppAddr, kUtf8, victim + "/x"), victim, false},
      {"xmppAddr with a wildcard", other_name(kXmppAddr, kUtf8, "*.fabrikam.example"),
       "im.fabrikam.example", false},
      {"xmppAddr that is no UTF-8", other_name(kXmppAddr, kUtf8, victim + "\xff"), victim, false},
      {"xmppAddr in U-labels",
       other_name(kXmppAddr, kUtf8,
                  "b\xc3\xbc"
                  "cher.example"),
       "b\xc3\xbc"
       "cher.example",
       true},
      {"SRVName", other_name(kSrvName, kIa5, "_xmpp-server." + victim), victim, true},
      {"SRVName, upper case", other_name(kSrvName, kIa5, "_XMPP-Server.Fabrikam.EXAMPLE"), victim,
       true},
      {"SRVName as UTF8String", other_name(kSrvName, kUtf8, "_xmpp-server." + victim), victim,
       false},
      {"SRVName of clients", other_name(kSrvName, kIa5, "_xmpp-client." + victim), victim, false},
      {"SRVName without service", other_name(kSrvName, kIa5, victim), victim, false},
      {"SRVName with a NUL",
       other_name(kSrvName, kIa5, "_xmpp-server." + victim + nul + ".evil.example"), victim, false},
      {"SRVName with a wildcard", other_name(kSrvName, kIa5, "_xmpp-server.*.example"), victim,
       false},
      {"dNSName", dns(victim), victim, true},
      {"dNSName, upper case", dns("FABRIKAM.EXAMPLE"), victim, true},
      {"dNSName with a NUL", dns(victim + nul + ".evil.example"), victim, false},
      {"dNSName that ends with a NUL", dns(victim + nul), victim, false},
      {"dNSName with a trailing dot", dns(victim + "."), victim, false},
      {"dNSName with a leading dot", dns("." + victim), victim, false},
      {"dNSName in U-labels",
       dns("b\xc3\xbc"
           "cher.example"),
       "b\xc3\xbc"
       "cher.example",
       false},
      {"dNSName in A-labels", dns("xn--bcher-kva.example"),
       "b\xc3\xbc"
       "cher.example",
       true},
      {"*", dns("*"), victim, false},
      {"*.*", dns("*.*"), victim, false},
      {"*.example", dns("*.example"), victim, false},
      {"*.com", dns("*.com"), "fabrikam.com", false},
      {"*.*.example", dns("*.*.example"), "im.fabrikam.example", false},
      {"one label", dns("*.fabrikam.example"), "im.fabrikam.example", true},
      {"two labels", dns("*.fabrikam.example"), "a.im.fabrikam.example", false},
      {"no label", dns("*.fabrikam.example"), victim, false},
      {"part of a label", dns("f*.fabrikam.example"), "f1.fabrikam.example", false},
      {"a wildcard inside", dns("im.*.example"), "im.fabrikam.example", false},
      {"e-mail", tlv(0x81, victim), victim, false},
      {"URI", tlv(0x86, "xmpp:" + victim), victim, false},
      {"the good one behind a broken one", dns(victim + nul) + dns(victim), victim, true},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    const Seen seen = world().see_peer({.extensions = {alternative_names(row.names)}});
    const Domain domain = *Domain::parse(row.domain);
    CHECK(proves(seen.inbound, domain) == row.match);
    CHECK(proves(seen.outbound, domain) == row.match);
  }
}

TEST_CASE("attack 19: who asks for renegotiation is cut off", "[tls][attacks][openssl]") {
  const OpensslClient client = connect_openssl(world().us, {"-tls1_2"}, Direct::no, "R\n");
  CHECK_THAT(client.failure, Contains("the peer asked for renegotiation"));
  CHECK(client.heard.empty());
}

TEST_CASE("compression is never chosen", "[tls][attacks][openssl]") {
  const OpensslClient client = connect_openssl(world().us, {"-tls1_2", "-comp"});
  CHECK(client.failure.empty());
  CHECK_THAT(client.log, Contains("Compression: NONE"));
}

TEST_CASE("no session is there to be resumed, under any name", "[tls][attacks][openssl]") {
  const std::string version = GENERATE("-tls1_3", "-tls1_2");
  CAPTURE(version);
  const std::string saved = world().directory.path() / ("session" + version);
  // All messages are shown; in TLS 1.2 with a session id if there was one.
  const OpensslClient first = connect_openssl(
      world().us, {version, "-msg", "-sess_out", saved, "-servername", "contoso.example"});
  CHECK(first.failure.empty());
  CHECK_THAT(first.log, Contains("CertificateVerify") || Contains("ServerKeyExchange"));
  CHECK_THAT(first.log, !Contains("NewSessionTicket"));
  if (!std::filesystem::exists(saved)) return;  // openssl found nothing worth keeping
  for (const std::string name : {"contoso.example", "northwind.example"}) {
    const OpensslClient second =
        connect_openssl(world().us, {version, "-sess_in", saved, "-servername", name});
    CHECK_THAT(second.log, !Contains("Reused"));
    if (second.failure.empty()) {
      CHECK_THAT(second.log, Contains("New, "));
    }
  }
}

TEST_CASE("attack 31: many names are counted, not looked at", "[tls][attacks]") {
  Bytes short_names;
  for (int i = 0; i < 10'000; ++i) short_names += dns("a");
  const Seen seen = world().see_peer({.extensions = {alternative_names(short_names)}});
  for (const PeerCertificate* peer : {&seen.inbound, &seen.outbound}) {
    CHECK_FALSE(peer->trusted);
    CHECK(peer->problem == "certificate has 10000 names, more than 256");
    CHECK(peer->dns_ids.empty());
  }
}

TEST_CASE("attack 31: a certificate that is too long is not even received", "[tls][attacks]") {
  Bytes names;
  for (int i = 0; i < 10'000; ++i) names += dns("h" + std::to_string(i) + ".fabrikam.example");
  const auto peer = world().load(world().ca.issue({.extensions = {alternative_names(names)}}));
  const bool inbound = GENERATE(true, false);
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  run(io, [](Pair& pair, std::shared_ptr<const Context> peer, bool inbound) -> awaitable<void> {
    const std::shared_ptr<const Context> us = world().us;
    causeway::edge::async::TaskGroup theirs(co_await asio::this_coro::executor,
                                            [](std::exception_ptr) {});
    theirs.spawn(inbound ? pair.client.connect_tls(peer, "contoso.example")
                         : pair.server.accept_tls(peer));
    awaitable<void> ours =
        inbound ? pair.server.accept_tls(us) : pair.client.connect_tls(us, "fabrikam.example");
    try {
      co_await std::move(ours);
      FAIL("the handshake went on");
    } catch (const asio::system_error& error) {
      CHECK_THAT(error.what(), Contains("the peer's certificate chain is too large"));
    }
    pair.client.close();
    pair.server.close();
    co_await theirs.stop();
  }(pair, peer, inbound));
}

TEST_CASE("an authority's long name is cut between characters", "[tls][attacks]") {
  World& w = world();
  const TemporaryDirectory elsewhere;
  std::string letters;
  for (int i = 0; i < 63; ++i) letters += "é";
  for (const char* const before : {"", "a"}) {  // one of them puts the cut into a character
    Authority stranger(elsewhere.path(), before + letters);
    const Seen seen = see(w.us, w.load(stranger.issue({.dns = {"fabrikam.example"}})));
    CHECK_FALSE(seen.inbound.trusted);
    CHECK_THAT(seen.inbound.problem, Contains("unknown authority (CN="));
    CHECK(causeway::text::well_formed(seen.inbound.problem) == seen.inbound.problem);
  }
}
