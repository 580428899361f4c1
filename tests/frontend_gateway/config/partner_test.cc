#include "frontend_gateway/config/partner.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/frontend_gateway/config/mistakes.h"

using namespace causeway;
using namespace causeway::gateway::config;

namespace {

const std::string kBefore =
    "edges: [{address: 10.0.0.1, name: edge.example}]\n"
    "sip: {next_hop: \"sip:10.0.0.2\"}\n"
    "domains: [contoso.example, bücher.example]\n"
    "partners:\n";

// With `partners` from line 5 on.
std::string mistakes_with(const std::string& partners) { return mistakes_in(kBefore + partners); }

}  // namespace

TEST_CASE("a partner's settings reach the edge's words for them", "[config][gateway]") {
  const test::TemporaryDirectory directory;
  const auto config = load(directory.write("gateway.yaml", kBefore + R"(
  - domain: Fabrikam.Example
    additional_domains: [chat.fabrikam.example, xn--strae-oqa.example]
    partner_type: Federated
    tls_negotiation: Optional
    sasl_negotiation: NotSupported
    support_dialback_negotiation: true
    enable_keep_alive: false
    connection_limit: 3
    proxy_fqdn: xmpp.fabrikam.example:5270
  - domain: tailspin.example
    partner_type: PublicVerified
    support_dialback_negotiation: false
)"));
  INFO(config.status());
  REQUIRE(config.ok());
  REQUIRE(config->partners.size() == 2);
  const v1::Partner& first = config->partners[0];
  CHECK(first.domain() == "fabrikam.example");
  REQUIRE(first.additional_domains_size() == 2);
  CHECK(first.additional_domains(1) == "straße.example");
  CHECK(first.type() == v1::FEDERATED);
  CHECK(first.tls() == v1::OPTIONAL);
  CHECK(first.sasl() == v1::NOT_SUPPORTED);
  CHECK(first.dialback());
  CHECK_FALSE(first.keep_alive());
  CHECK(first.connection_limit() == 3);
  CHECK(first.proxy_fqdn() == "xmpp.fabrikam.example:5270");
  const v1::Partner& second = config->partners[1];
  CHECK(second.type() == v1::PUBLIC_VERIFIED);
  CHECK(second.tls() == v1::REQUIRED);
  CHECK(second.sasl() == v1::REQUIRED);
  CHECK_FALSE(second.dialback());
  CHECK(second.keep_alive());
  CHECK(config->warnings.empty());
}

TEST_CASE("settings that nothing can negotiate are mistakes", "[config][gateway]") {
  CHECK(mistakes_with(R"(
  - domain: a.example
    tls_negotiation: NotSupported
    support_dialback_negotiation: false
  - domain: b.example
    sasl_negotiation: NotSupported
    support_dialback_negotiation: false
)") == "7: partners[0].tls_negotiation: SASL needs TLS, and TLS is not supported; TCP dialback is "
       "off too, so no method is left\n"
       "10: partners[1].sasl_negotiation: SASL or dialback must be enabled");
}

TEST_CASE("settings that may fail are warned about", "[config][gateway]") {
  const test::TemporaryDirectory directory;
  const std::string file = directory.write(
      "gateway.yaml", kBefore + "  - {domain: a.example, tls_negotiation: Optional}\n");
  const auto config = load(file);
  REQUIRE(config.ok());
  CHECK(config->warnings ==
        std::vector<std::string>{file +
                                 ":5: a.example: SASL needs TLS: while TLS is not required, the "
                                 "negotiation of a session may fail"});
}

TEST_CASE("a domain belongs to one", "[config][gateway]") {
  CHECK(mistakes_with(R"(
  - {domain: fabrikam.example, additional_domains: [a.example, A.example.]}
  - {domain: FABRIKAM.example}
  - domain: xn--bcher-kva.example
    additional_domains:
      - a.example
      - contoso.example
)") == "6: partners[0].additional_domains[1]: a.example is named by "
       "partners[0].additional_domains[0] in line 6 already\n"
       "7: partners[1].domain: fabrikam.example is named by partners[0].domain in line 6 already\n"
       "8: partners[2].domain: bücher.example is named by domains[1] in line 3 already\n"
       "10: partners[2].additional_domains[0]: a.example is named by "
       "partners[0].additional_domains[0] in line 6 already\n"
       "11: partners[2].additional_domains[1]: contoso.example is named by domains[0] in line 3 "
       "already");
}

TEST_CASE("what is wrong with a partner is told with its line", "[config][gateway]") {
  CHECK(mistakes_with(R"(
  - domain: "fabri kam.example"
    additional_domains: [ok.example, -no.example]
    partner_type: Public
    connection_limit: -1
    proxy_fqdn: "a:b:c"
    enable_keepalive: true
)") == "6: partners[0].domain: must be a domain, like contoso.example: not a host name (IDNA error "
       "0x80)\n"
       "7: partners[0].additional_domains[1]: must be a domain, like contoso.example: not a host "
       "name (IDNA error 0x8)\n"
       "8: partners[0].partner_type: must be one of Federated, PublicVerified, PublicUnverified; "
       "did you mean PublicVerified?\n"
       "9: partners[0].connection_limit: must be between 0 and 100000\n"
       "10: partners[0].proxy_fqdn: must be host or host:port, like edge.contoso.example:5269\n"
       "11: partners[0].enable_keepalive: is not a setting; did you mean enable_keep_alive?");
}
