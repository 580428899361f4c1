#include "frontend_gateway/config/checks.h"

#include <catch2/catch.hpp>
#include <string_view>

using namespace causeway::gateway::config;

TEST_CASE("SIP listeners", "[config][gateway]") {
  const auto good = GENERATE(values<std::string_view>(
      {"udp:0.0.0.0:5060", "tcp:[::]:5060", "tls:10.0.0.1:5061", "tcp:127.0.0.1:0"}));
  const auto bad = GENERATE(values<std::string_view>(
      {"", "udp", "udp:", "0.0.0.0:5060", "sctp:0.0.0.0:5060", "udp:0.0.0.0", "UDP:0.0.0.0:5060",
       "udp:sip.example:5060", "udp::::5060", "udp:0.0.0.0:99999"}));
  CHECK(must_be_sip_listener(good) == "");
  CHECK(must_be_sip_listener(bad) ==
        "must be udp:, tcp: or tls: and address:port, like udp:0.0.0.0:5060");
}

TEST_CASE("databases", "[config][gateway]") {
  const auto good = GENERATE(values<std::string_view>(
      {"sqlite:/var/lib/causeway/gateway.sqlite",
       "postgresql://gateway@db.contoso.example/causeway",
       "postgres:///causeway?host=/run/postgresql", "postgresql://u:p%20w@[2001:db8::1]:5433/c"}));
  const auto bad = GENERATE(values<std::string_view>(
      {"", "sqlite:", "sqlite:gateway.sqlite", "sqlite:/var/lib/causeway/", "sqlite:/",
       "/var/lib/x", "sqlite:/var/lib/my gateway", "sqlite:/a\"b", "mysql://db/causeway",
       "postgresql://", "postgresql:host=db", "host=db dbname=causeway", "sqlite::memory:"}));
  CHECK(must_be_database(good) == "");
  CHECK(must_be_database(bad) ==
        "must be sqlite: and the full path of a file, or like postgresql://user@host/name, without "
        "spaces and quotes");
}

TEST_CASE("next hops", "[config][gateway]") {
  const auto good = GENERATE(values<std::string_view>(
      {"sip:10.0.0.5:5060;transport=tcp", "sip:10.0.0.5", "sip:[2001:db8::5]:5060",
       "sip:proxy.contoso.example", "sip:proxy.contoso.example;transport=udp",
       "sip:proxy:5061;transport=tls"}));
  const auto bad = GENERATE(values<std::string_view>(
      {"", "sip:", "10.0.0.5:5060", "tel:+15551234", "sip:user@10.0.0.5", "sip:10.0.0.5:0",
       "sip:10.0.0.5;transport=sctp", "sip:10.0.0.5;transport=", "sip:10.0.0.5;lr",
       "sip:10.0.0.5;transport=tcp;lr", "sip:10.0.0.5:5060\r\nRoute: x", "sip:a b"}));
  CHECK(must_be_next_hop(good) == "");
  CHECK(must_be_next_hop(bad) ==
        "must be a SIP URI of a host, like sip:10.0.0.5:5060;transport=tcp");
  CHECK(must_be_next_hop("sips:proxy.contoso.example") ==
        "must be a sip: URI; for TLS give it ;transport=tls");
}

TEST_CASE("contact addresses are URIs", "[config][gateway]") {
  for (const char* good : {"mailto:abuse@contoso.example", "xmpp:admin@contoso.example",
                           "https://contoso.example/support?a=b", "tel:+1-555-0100"}) {
    INFO(good);
    CHECK(must_be_contact(good) == "");
  }
  for (const char* bad : {"", "abuse@contoso.example", ":x", "mailto:", "mailto:a b", "x:<y>"}) {
    INFO(bad);
    CHECK(must_be_contact(bad).starts_with("must be a URI"));
  }
}
