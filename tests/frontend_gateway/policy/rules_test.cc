#include "frontend_gateway/policy/rules.h"

#include <google/protobuf/util/message_differencer.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/frontend_gateway/policy/rules.h"

using namespace causeway;
using namespace causeway::gateway;
using namespace causeway::test;
using google::protobuf::util::MessageDifferencer;

namespace {

// As if read from a file.
config::Config file() {
  config::Config config;
  config.domains = {*address::Domain::parse("contoso.example")};
  config.partners = {partner_of("fabrikam.example", v1::FEDERATED)};
  config.partners[0].add_additional_domains("chat.fabrikam.example");
  config.external_access = {true, true};
  config.policies = {{"site:Redmond", true, true, "of the file"}};
  config.users = {{"bob@contoso.example", "Redmond", "", false}};
  config.federation.set_connection_limit(7);
  config.declared = {{config::declared_setting("connection_limit"), 3}};
  return config;
}

}  // namespace

TEST_CASE("file and database make rules together", "[policy]") {
  store::Administration rows;
  rows.partners = {{partner_of("tailspin.example", v1::PUBLIC_VERIFIED), ""}};
  rows.policies = {{"global", true, false, ""}, {"Special", true, true, ""}};
  rows.users = {{"eve@contoso.example", "", "Special", false}};
  rows.settings = {{"partner_connection_limit", "5"}};
  const policy::Merged merged = policy::merge(file(), rows);
  CHECK(merged.warnings == std::vector<std::string>{});
  const policy::Rules& rules = merged.rules;
  REQUIRE(rules.partners.size() == 2);
  CHECK(rules.partners[1].domain() == "tailspin.example");
  CHECK(rules.global.enable_federation_access);
  CHECK_FALSE(rules.global.enable_xmpp_access);
  REQUIRE(rules.policies.size() == 2);
  REQUIRE(rules.users.size() == 2);
  CHECK(rules.federation.connection_limit() == 7);
  CHECK(rules.federation.partner_connection_limit() == 5);

  CHECK(policy::policy_of(rules.users[0], rules)->identity == "site:Redmond");
  CHECK(policy::policy_of(rules.users[1], rules)->identity == "Special");
  CHECK(policy::policy_of({"x@contoso.example", "Oslo", "", false}, rules)->identity == "global");
  CHECK(policy::policy_of({"x@contoso.example", "Redmond", "Gone", false}, rules) == nullptr);
}

TEST_CASE("what the file declares holds against the database", "[policy]") {
  store::Administration rows;
  rows.partners = {{partner_of("fabrikam.example", v1::PUBLIC_UNVERIFIED), ""},
                   {partner_of("chat.fabrikam.example", v1::PUBLIC_UNVERIFIED), ""},
                   {partner_of("contoso.example", v1::FEDERATED), ""},
                   {partner_of("one.example", v1::FEDERATED), ""},
                   {partner_of("two.example", v1::FEDERATED), ""}};
  rows.partners[4].partner.add_additional_domains("one.example");
  rows.policies = {{"site:Redmond", false, false, ""}};
  rows.users = {{"bob@contoso.example", "", "", true}};
  rows.settings = {
      {"connection_limit", "9"}, {"no_such", "1"}, {"keep_alive_interval_seconds", "x"}};
  const policy::Merged merged = policy::merge(file(), rows);
  const policy::Rules& rules = merged.rules;
  REQUIRE(rules.partners.size() == 2);
  CHECK(rules.partners[0].type() == v1::FEDERATED);
  CHECK(rules.partners[1].domain() == "one.example");
  REQUIRE(rules.policies.size() == 1);
  CHECK(rules.policies[0].description == "of the file");
  REQUIRE(rules.users.size() == 1);
  CHECK_FALSE(rules.users[0].branch_appliance);
  CHECK(rules.federation.connection_limit() == 7);
  CHECK(merged.warnings.size() == 9);
  for (const std::string& warning : merged.warnings)
    CHECK(warning.find(" of the database is left out: ") != warning.npos);
}

TEST_CASE("a snapshot is what the edges need", "[policy]") {
  const policy::Rules rules = policy::merge(file(), {}).rules;
  const v1::Snapshot snapshot = policy::snapshot(rules, 42);
  CHECK(snapshot.version() == 42);
  REQUIRE(snapshot.hosted_domains_size() == 1);
  CHECK(snapshot.hosted_domains(0).domain() == "contoso.example");
  REQUIRE(snapshot.partners_size() == 1);
  CHECK(MessageDifferencer::Equals(snapshot.partners(0), rules.partners[0]));
  CHECK(MessageDifferencer::Equals(snapshot.settings(), rules.federation));
}

TEST_CASE("versions grow, with the clock or without it", "[policy]") {
  CHECK(policy::next_version(0, absl::FromUnixSeconds(1'700'000'000)) == 1'700'000'000'000);
  CHECK(policy::next_version(1'700'000'000'000, absl::FromUnixSeconds(1'700'000'000)) ==
        1'700'000'000'001);
  CHECK(policy::next_version(1'700'000'000'000, absl::FromUnixSeconds(5)) == 1'700'000'000'001);
}
