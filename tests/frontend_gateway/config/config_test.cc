#include "frontend_gateway/config/config.h"

#include <google/protobuf/util/message_differencer.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "frontend_gateway/config/partner.h"
#include "tests/frontend_gateway/config/mistakes.h"
#include "tests/support/example/example.h"

using namespace causeway;
using namespace causeway::gateway::config;
using namespace std::chrono_literals;
using google::protobuf::util::MessageDifferencer;

namespace {

const std::string kExample = test::example_file("frontend_gateway.example.yaml");

address::Domain domain(const char* text) { return address::Domain::parse(text).value(); }

}  // namespace

TEST_CASE("the example file holds the defaults", "[config][gateway]") {
  const auto example = load(kExample);
  INFO(example.status());
  REQUIRE(example.ok());
  Config defaults;
  CHECK(example->link == defaults.link);
  CHECK(example->log == defaults.log);
  CHECK(example->session == defaults.session);
  CHECK(example->presence == defaults.presence);
  CHECK(example->store == defaults.store);
  CHECK(example->metrics == defaults.metrics);
  CHECK(MessageDifferencer::Equals(example->federation, defaults.federation));

  defaults.sip.next_hop = "sip:10.0.1.2:5060;transport=tcp";
  SipRoute route;
  route.domain = "branch.contoso.example";
  route.next_hops = {"sip:10.0.1.3:5060;transport=tcp", "sip:10.0.1.4:5060;transport=tcp"};
  defaults.sip.routes = {route};
  CHECK(example->sip == defaults.sip);
  CHECK(example->edges == std::vector<Edge>{{"10.0.0.1:23456", "edge.contoso.example"}});
  CHECK(example->domains == std::vector{domain("contoso.example")});
  CHECK(example->external_access == defaults.external_access);
  CHECK(example->service == defaults.service);
  CHECK(example->admin == defaults.admin);
  CHECK(example->messages == defaults.messages);
  CHECK(example->policies == std::vector<AccessPolicy>{{"site:Redmond"}});
  CHECK(example->users == std::vector<User>{{"bob@contoso.example"}});
  REQUIRE(example->partners.size() == 1);
  v1::Partner partner = default_partner();
  partner.set_domain("fabrikam.example");
  CHECK(MessageDifferencer::Equals(example->partners[0], partner));
}

TEST_CASE("the example file holds every setting", "[config][gateway]") {
  CHECK(keys().size() > 40);
  CHECK(test::keys_missing_from(kExample, keys()) == std::vector<std::string>{});
}

TEST_CASE("settings reach their members", "[config][gateway]") {
  const test::TemporaryDirectory directory;
  const auto config = load(directory.write("gateway.yaml", R"(
edges:
  - {address: edge1.contoso.example, name: edge1.contoso.example}
  - {address: "[2001:db8::1]:7", name: edge2.contoso.example}
link: {name: gw1, reconnect_least_ms: 10, reconnect_most_ms: 100, resume_grace_ms: 0, credit: 2}
sip: {listen: ["tls:127.0.0.1:0"], next_hop: "sip:127.0.0.1:5070", error_wait_ms: 0,
      patience_ms: 2000, message_bytes: 2000, queued_per_pair: 3, pending: 4, mode: auto,
      routes: [{domain: Bücher.example, next_hops: ["sip:a.example"], mode: session, realm: r,
                username: u, password: p, html: true, notifications: true, typing: true,
                ms_imdn: true, largest_request: 1400}],
      trusted_peers: [10.0.0.0/8, "2001:db8::1", sip.contoso.example],
      health_period_ms: 0, health_patience_ms: 100, failover_after_ms: 500}
domains: [Contoso.Example, xn--bcher-kva.example]
federation: {connection_limit: 7, partner_connection_limit: 5, keep_alive_interval_seconds: 11,
             stream_establishment_timeout_seconds: 12, stream_inactivity_timeout_seconds: 13,
             dialback_passphrase: s3cr3t, enable_logging_all_message_bodies: true}
store: {database: "postgresql://gateway:pw@db.contoso.example/causeway", patience_ms: 100,
        waiting_bytes: 1048576}
external_access: {enable_federation_access: true, enable_xmpp_access: true}
session: {sessions: 11, per_partner: 12, per_user: 13, queued_texts: 14, queued_bytes: 1500,
          invite_timeout_ms: 1600, idle_close_seconds: 17, session_expires_seconds: 180,
          remember_seconds: 19, remembered: 20}
presence: {subscription_least_seconds: 21, subscription_most_seconds: 1800, notify_interval_ms: 23,
           peer_grace_seconds: 24, pending_days: 25, unused_days: 26, subscriptions: 27,
           subscriptions_per_user: 28, requests: 29, requests_per_user: 30,
           requests_per_partner: 31, probes_per_second: 32, deactivate_on_stop: true}
admin: {socket: /run/gateway.sock}
service:
  answer_version: false
  contact_addresses: {abuse: ["mailto:a@b"], admin: ["mailto:c@d"], feedback: ["xmpp:e@f"],
                      sales: ["mailto:g@h"], security: ["mailto:i@j", "https://k"],
                      status: ["https://l"], support: ["tel:1"]}
policies:
  - {identity: "site:Redmond", enable_federation_access: true, description: building 7}
  - {identity: No XMPP, enable_xmpp_access: true}
users:
  - {address: Bob@Contoso.Example, site: Redmond, policy: No XMPP, branch_appliance: true}
messages: {rfc7572_normal: true, correction_prefix: "[new] ", typing_refresh_seconds: 60,
           pending_per_sender: 5, pending_per_partner: 6}
metrics: {listen: "127.0.0.1:0"}
log: {level: error, format: json}
)"));
  INFO(config.status());
  REQUIRE(config.ok());
  CHECK(config->messages == Messages{true, "[new] ", std::chrono::seconds(60), 5, 6});
  CHECK(config->edges == std::vector<Edge>{{"edge1.contoso.example:23456", "edge1.contoso.example"},
                                           {"[2001:db8::1]:7", "edge2.contoso.example"}});
  Link link;
  link.name = "gw1";
  link.reconnect_least = 10ms;
  link.reconnect_most = 100ms;
  link.resume_grace = 0ms;
  link.credit = 2;
  CHECK(config->link == link);
  Sip sip;
  sip.listen = {"tls:127.0.0.1:0"};
  sip.next_hop = "sip:127.0.0.1:5070";
  sip.error_wait = 0ms;
  sip.patience = 2000ms;
  sip.message_bytes = 2000;
  sip.queued_per_pair = 3;
  sip.mode = SipMode::automatic;
  sip.routes = {{"xn--bcher-kva.example",
                 {"sip:a.example"},
                 SipMode::session,
                 "r",
                 "u",
                 "p",
                 true,
                 true,
                 true,
                 true,
                 1400}};
  sip.trusted_peers = {"10.0.0.0/8", "2001:db8::1", "sip.contoso.example"};
  sip.health_period = 0ms;
  sip.health_patience = 100ms;
  sip.failover_after = 500ms;
  sip.pending = 4;
  CHECK(config->sip == sip);
  CHECK(config->domains == std::vector{domain("contoso.example"), domain("bücher.example")});
  CHECK(config->federation.ShortDebugString() ==
        "connection_limit: 7 partner_connection_limit: 5 stream_establishment_timeout: 12 "
        "stream_inactivity_timeout: 13 keep_alive_interval: 11 dialback_passphrase: \"s3cr3t\" "
        "log_message_bodies: true");
  CHECK(config->external_access == ExternalAccess{true, true});
  CHECK(config->session == Session{11, 12, 13, 14, 1500, 1600ms, 17s, 180s, 19s, 20});
  CHECK(config->presence ==
        Presence{21s, 1800s, 23ms, 24s, Days(25), Days(26), 27, 28, 29, 30, 31, 32, true});
  CHECK(config->admin.socket == "/run/gateway.sock");
  CHECK_FALSE(config->service.answer_version);
  const ContactAddresses& contacts = config->service.contact_addresses;
  CHECK(contacts.abuse == std::vector<std::string>{"mailto:a@b"});
  CHECK(contacts.admin == std::vector<std::string>{"mailto:c@d"});
  CHECK(contacts.feedback == std::vector<std::string>{"xmpp:e@f"});
  CHECK(contacts.sales == std::vector<std::string>{"mailto:g@h"});
  CHECK(contacts.security == std::vector<std::string>{"mailto:i@j", "https://k"});
  CHECK(contacts.status == std::vector<std::string>{"https://l"});
  CHECK(contacts.support == std::vector<std::string>{"tel:1"});
  CHECK(config->policies == std::vector<AccessPolicy>{{"site:Redmond", true, false, "building 7"},
                                                      {"No XMPP", false, true, ""}});
  CHECK(config->users == std::vector<User>{{"bob@contoso.example", "Redmond", "No XMPP", true}});
  CHECK(config->store ==
        Store{"postgresql://gateway:pw@db.contoso.example/causeway", 100ms, 1048576});
  CHECK(config->metrics == Metrics{"127.0.0.1:0"});
  CHECK(config->log == Log{log::Level::error, log::Format::json});
}

TEST_CASE("what a gateway must be told", "[config][gateway]") {
  CHECK(mistakes_in("") ==
        "1: \"edges\" is missing\n1: \"sip\" is missing\n1: \"domains\" is missing");
  CHECK(mistakes_in("edges: []\nsip:\ndomains: []\n") ==
        "1: edges: must not be empty\n"
        "2: sip: \"next_hop\" is missing\n"
        "3: domains: must not be empty");
  CHECK(mistakes_in(kRequired + "}") == "");
}

TEST_CASE("settings must fit each other", "[config][gateway]") {
  CHECK(mistakes_in(R"(edges:
  - {address: 10.0.0.1, name: a.example}
  - {address: "10.0.0.1:23456", name: b.example}
link: {reconnect_least_ms: 200, reconnect_most_ms: 100}
sip: {next_hop: "sip:10.0.0.2", patience_ms: 31000}
domains: [contoso.example]
federation:
  connection_limit: 10
)") == "3: edges[1].address: is that of another edge too\n"
       "4: link.reconnect_least_ms: must not exceed link.reconnect_most_ms\n"
       "5: sip.patience_ms: together with sip.error_wait_ms must not exceed 31000\n"
       "7: federation.partner_connection_limit: must not exceed federation.connection_limit");
}

TEST_CASE("what the edges may send should fit what may be pending", "[config][gateway]") {
  struct Row {
    std::string more;
    bool warned;
  };
  const auto row = GENERATE(values<Row>(
      {{"}", false}, {"link: {credit: 20000}}", false}, {"link: {credit: 20001}}", true}}));
  const test::TemporaryDirectory directory;
  const std::string file = directory.write("gateway.yaml", kRequired + row.more);
  const auto config = load(file);
  REQUIRE(config.ok());
  CHECK(config->warnings.empty() == !row.warned);
  if (row.warned)
    CHECK(config->warnings[0] ==
          file +
              ":1: sip.pending, 20000, is less than link.credit for each edge, 20001 in all: "
              "when SIP is slow, stanzas are refused instead of waiting");
}

TEST_CASE("a next hop that cannot be is told with its line", "[config][gateway]") {
  CHECK(mistakes_in(R"(edges: [{address: 10.0.0.1, name: a.example}]
sip:
  next_hop: sips:10.0.0.2
domains: [contoso.example]
)") == "3: sip.next_hop: must be a sip: URI; for TLS give it ;transport=tls");
}

TEST_CASE("a route of SIP is told what it lacks", "[config][gateway]") {
  CHECK(mistakes_in(R"(edges: [{address: 10.0.0.1, name: a.example}]
sip:
  next_hop: sip:10.0.0.1
  trusted_peers: [10.0.0.0/33, "10.0.0.1/", "a b", 10.0.0.1/8]
  routes:
    - {domain: a.example, next_hops: []}
    - {domain: A.example, next_hops: ["tel:1"], realm: x}
    - {domain: b.example, next_hops: ["sip:b.example"], realm: r, username: u}
    - {domain: c.example, next_hops: ["sip:c.example"], username: u, password: p}
domains: [contoso.example]
)") == "4: sip.trusted_peers[0]: must be an address, a network like 10.0.1.0/24, or the name in a "
       "certificate\n"
       "4: sip.trusted_peers[1]: must be an address, a network like 10.0.1.0/24, or the name in a "
       "certificate\n"
       "4: sip.trusted_peers[2]: must be a DNS name, like gateway.contoso.example\n"
       "6: sip.routes[0].next_hops: must not be empty\n"
       "7: sip.routes[1].next_hops[0]: must be a SIP URI of a host, like "
       "sip:10.0.0.5:5060;transport=tcp\n"
       "7: sip.routes[1].domain: has a route already\n"
       "7: sip.routes[1].realm: must have username and password beside it, and a username its "
       "realm\n"
       "8: sip.routes[2].username: must have a password beside it, and a password a username\n"
       "9: sip.routes[3].realm: must have username and password beside it, and a username its "
       "realm");
}

TEST_CASE("all mistakes of a file are told at once", "[config][gateway]") {
  CHECK(mistakes_in(R"(edges: [{address: "10.0.0.1:0", name: 10.0.0.1, port: 1}]
sip:
  listen: [0.0.0.0:5060]
  nexthop: sip:10.0.0.2
domains: [contoso.example, "con toso.example"]
partners: [{tls_negotiation: required}]
)") == "1: edges[0].port: is not a setting\n"
       "1: edges[0].address: must be host or host:port, like edge.contoso.example:5269\n"
       "1: edges[0].name: must be a DNS name, like gateway.contoso.example\n"
       "2: sip: \"next_hop\" is missing\n"
       "3: sip.listen[0]: must be udp:, tcp: or tls: and address:port, like udp:0.0.0.0:5060\n"
       "4: sip.nexthop: is not a setting; did you mean next_hop?\n"
       "5: domains[1]: must be a domain, like contoso.example: not a host name (IDNA error 0x80)\n"
       "6: partners[0]: \"domain\" is missing\n"
       "6: partners[0].tls_negotiation: must be one of Required, Optional, NotSupported; did you "
       "mean Required?");
}

TEST_CASE("a partner's own anchors are read from their files", "[config][gateway]") {
  const test::TemporaryDirectory directory;
  const std::string certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
  const std::string list = "-----BEGIN X509 CRL-----\nMIIC\n-----END X509 CRL-----\n";
  const std::string key = "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n";
  const std::string anchors =
      directory.write("anchors.pem", "A comment\n" + certificate + key + certificate);
  const std::string lists = directory.write("lists.pem", list);
  const auto with =
      [&](const std::string& settings) {
        return load(directory.write("gateway.yaml", R"(
edges: [{address: edge1.contoso.example, name: edge1.contoso.example}]
sip: {next_hop: "sip:127.0.0.1:5070"}
domains: [contoso.example]
partners: [{domain: fabrikam.example, )" + settings + "}]\n"));
      };
  const auto good = with("trust_anchors: " + anchors + ", revocation_lists: " + lists);
  INFO(good.status());
  REQUIRE(good.ok());
  CHECK(good->partners[0].trust_anchors_pem() == certificate + certificate);
  CHECK(good->partners[0].revocation_lists_pem() == list);
  const auto none = with("trust_anchors: \"\"");
  REQUIRE(none.ok());
  CHECK(none->partners[0].trust_anchors_pem().empty());

  const auto mistake = [&](const std::string& settings) {
    return std::string(with(settings).status().message());
  };
  const std::string missing = directory.path() / "missing.pem";
  const std::string large = directory.write("large.pem", std::string(2 << 20, ' ') + certificate);
  CHECK_THAT(
      mistake("trust_anchors: " + missing),
      Catch::Contains("partners[0].trust_anchors: " + missing + " cannot be opened: No such"));
  CHECK_THAT(mistake("trust_anchors: " + lists),
             Catch::Contains(lists + " holds no CERTIFICATE in PEM"));
  CHECK_THAT(mistake("trust_anchors: " + large), Catch::Contains(large + " is larger than 1 MiB"));
  CHECK_THAT(mistake("revocation_lists: " + lists),
             Catch::Contains("partners[0].revocation_lists: needs trust_anchors beside it"));
}
