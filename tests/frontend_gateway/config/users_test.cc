#include "frontend_gateway/config/users.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/frontend_gateway/config/mistakes.h"

using namespace causeway;
using namespace causeway::gateway::config;

namespace {

const std::string kBefore =
    "edges: [{address: 10.0.0.1, name: edge.example}]\n"
    "sip: {next_hop: \"sip:10.0.0.2\"}\n"
    "domains: [contoso.example]\n";

}  // namespace

TEST_CASE("mistakes in policies and users are told with their lines", "[config][gateway]") {
  CHECK(mistakes_in(kBefore + R"(external_access:
  enable_xmpp_access: yes
  enable_xmp_access: true
policies:
  - {identity: global}
  - {identity: "site:"}
  - {identity: "team:x"}
  - {identity: "site:Redmond"}
  - {identity: Special, enable_federation_access: 1}
  - {identity: Special}
  - {enable_xmpp_access: true}
users:
  - {address: contoso.example}
  - {address: bob@contoso.example/desk}
  - {address: bob@other.example}
  - {address: bob@contoso.example, site: "site:Redmond", policy: "site:Redmond"}
  - {address: BOB@contoso.example, policy: Spezial}
  - {site: Redmond}
)") == "5: external_access.enable_xmpp_access: must be true or false\n"
       "6: external_access.enable_xmp_access: is not a setting; did you mean enable_xmpp_access?\n"
       "8: policies[0].identity: must not be global: that one is external_access\n"
       "9: policies[1].identity: must be site:<name>, or a name without a colon to grant it by\n"
       "10: policies[2].identity: must be site:<name>, or a name without a colon to grant it by\n"
       "12: policies[4].enable_federation_access: must be true or false\n"
       "13: policies[5].identity: Special stands in line 12 already\n"
       "14: policies[6]: \"identity\" is missing\n"
       "16: users[0].address: must be the address of a user, like bob@contoso.example\n"
       "17: users[1].address: must be the address of a user, like bob@contoso.example\n"
       "18: users[2].address: is of a domain that is not among domains\n"
       "19: users[3].site: must be the name of a site, without a colon\n"
       "19: users[3].policy: a site's policy is not granted: say the site instead\n"
       "20: users[4].address: bob@contoso.example stands in line 19 already\n"
       "20: users[4].policy: no policy \"Spezial\" is among policies\n"
       "21: users[5]: \"address\" is missing");
}

TEST_CASE("what stands in the file is known by its line", "[config][gateway]") {
  const test::TemporaryDirectory directory;
  const std::string file = directory.write("gateway.yaml", kBefore + R"(partners:
  - {domain: fabrikam.example}
policies:
  - {identity: "site:Redmond"}
users:
  - {address: bob@contoso.example}
federation:
  connection_limit: 1000
)");
  const auto config = load(file);
  INFO(config.status());
  REQUIRE(config.ok());
  CHECK(config->file == file);
  CHECK(config->declared == std::map<std::string, int>{
                                {declared_partner("fabrikam.example"), 5},
                                {declared_policy("site:Redmond"), 7},
                                {declared_user("bob@contoso.example"), 9},
                                {declared_setting("connection_limit"), 11},
                            });
}

TEST_CASE("settings of all partners are set one by one", "[config][gateway]") {
  struct Row {
    std::string name, value, mistake;
  };
  const auto row = GENERATE(values<Row>({
      {"partner_connection_limit", "7", ""},
      {"enable_logging_all_message_bodies", "true", ""},
      {"dialback_passphrase", "", ""},
      {"partner_connection_limit", "0", "must be between 1 and 100000"},
      {"partner_connection_limit", "many", "must be a whole number"},
      {"enable_logging_all_message_bodies", "yes", "must be true or false"},
      {"partner_connection_limits", "7",
       "is not a setting; did you mean partner_connection_limit?"},
  }));
  INFO(row.name << " " << row.value);
  v1::FederationSettings settings = default_federation();
  CHECK(set_federation(row.name, row.value, settings).message() == row.mistake);
  if (row.value == "7" && row.mistake.empty()) CHECK(settings.partner_connection_limit() == 7);
}
