#include "frontend_gateway/policy/policy.h"

#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "frontend_gateway/policy/current.h"
#include "tests/frontend_gateway/policy/rules.h"

using namespace causeway;
using namespace causeway::gateway;
using namespace causeway::test;
using policy::Act;

namespace {

const policy::Contacts kNobody;

}  // namespace

TEST_CASE("domains that may write from XMPP", "[policy]") {
  struct Row {
    std::string from, to;
    bool admitted;
    v1::StanzaCondition condition;
  };
  const auto row = GENERATE(values<Row>({
      {"fabrikam.example", "contoso.example", true, {}},
      {"bücher.example", "日本.example", true, {}},
      {"sub.fabrikam.example", "contoso.example", false, v1::FORBIDDEN},
      {"example", "contoso.example", false, v1::FORBIDDEN},
      {"evilfabrikam.example", "contoso.example", false, v1::FORBIDDEN},
      {"contoso.example", "contoso.example", false, v1::FORBIDDEN},
      {"", "contoso.example", false, v1::FORBIDDEN},
      {"fabrikam.example", "fabrikam.example", false, v1::ITEM_NOT_FOUND},
      {"fabrikam.example", "sub.contoso.example", false, v1::ITEM_NOT_FOUND},
      {"fabrikam.example", "", false, v1::ITEM_NOT_FOUND},
  }));
  INFO(row.from << " -> " << row.to);
  const policy::Policy policy(open_rules());
  const auto pair =
      policy.admit_from_xmpp(Act::message, user("x", row.from), user("y", row.to), kNobody);
  REQUIRE(pair.ok() == row.admitted);
  if (row.admitted) {
    CHECK(pair->remote->unicode() == row.from);
    CHECK(pair->local->unicode() == row.to);
    CHECK(pair->type == v1::FEDERATED);
  } else {
    CHECK(pair.refusal().condition() == row.condition);
    CHECK_FALSE(pair.refusal().text().empty());
  }
}

TEST_CASE("domains that may write from SIP", "[policy]") {
  struct Row {
    std::string from, to;
    int status;  // 0: admitted
  };
  const auto row = GENERATE(values<Row>({
      {"contoso.example", "fabrikam.example", 0},
      {"xn--wgv71a.example", "xn--bcher-kva.example", 0},
      {"10.0.0.5", "fabrikam.example", 403},
      {"sub.contoso.example", "fabrikam.example", 403},
      {"fabrikam.example", "contoso.example", 403},
      {"contoso.example", "contoso.example", 482},
      {"contoso.example", "xn--wgv71a.example", 482},
      {"contoso.example", "stranger.example", 404},
      {"contoso.example", "sub.fabrikam.example", 404},
  }));
  INFO(row.from << " -> " << row.to);
  const policy::Policy policy(open_rules());
  const auto pair = policy.admit_from_sip(Act::message, {"x", row.from, ""}, {"y", row.to, ""});
  REQUIRE(pair.ok() == (row.status == 0));
  if (row.status == 0) {
    CHECK(pair->local->ascii() == row.from);
    CHECK(pair->remote->ascii() == row.to);
  } else {
    CHECK(pair.refusal().status == row.status);
  }
}

TEST_CASE("a hosted domain is known in both spellings, and is nobody's partner", "[policy]") {
  policy::Rules rules = open_rules();
  rules.partners.push_back(partner_of("contoso.example", v1::FEDERATED));
  const policy::Policy policy(rules);
  REQUIRE(policy.hosted("日本.example") != nullptr);
  REQUIRE(policy.hosted("xn--wgv71a.example") != nullptr);
  CHECK(policy.hosted("fabrikam.example") == nullptr);
  CHECK(policy.hosted("contoso.example")->ascii() == "contoso.example");
  CHECK(policy.partner("contoso.example") == nullptr);
  CHECK(policy.partner("xn--bcher-kva.example")->unicode() == "bücher.example");
  CHECK(policy.partner("stranger.example") == nullptr);
}

TEST_CASE("the domains of a partner are one partner, in every policy", "[policy]") {
  policy::Rules rules = open_rules();
  rules.partners.push_back(partner_of("tailspin.example", v1::PUBLIC_VERIFIED));
  const policy::Policy one(rules);
  const policy::Policy two(open_rules());
  const auto number = [](const policy::Policy& policy, const std::string& domain) {
    return policy
        .admit_from_xmpp(Act::message, user("x", domain), user("y", "contoso.example"), kNobody)
        ->partner;
  };
  CHECK(number(one, "fabrikam.example") == number(one, "bücher.example"));
  CHECK(number(one, "fabrikam.example") == number(two, "bücher.example"));
  CHECK(number(one, "fabrikam.example") != number(one, "tailspin.example"));
}

// Every partner type, every act, every access a user may have and from where, contact or not.
TEST_CASE("partner types and external access policies together", "[policy]") {
  struct Scope {
    const char* name;
    bool site,
        granted;  // policies the user has beside the global one; the most special one decides
  };
  const auto type = GENERATE(v1::FEDERATED, v1::PUBLIC_VERIFIED, v1::PUBLIC_UNVERIFIED);
  const auto act = GENERATE(Act::message, Act::watch, Act::presence);
  const auto scope = GENERATE(values<Scope>({{"global", false, false},
                                             {"site", true, false},
                                             {"user", false, true},
                                             {"both", true, true}}));
  const bool federation = GENERATE(true, false);
  const bool xmpp = GENERATE(true, false);
  const bool branch = GENERATE(true, false);
  const bool contact = GENERATE(true, false);
  INFO(v1::PartnerType_Name(type) << " act " << static_cast<int>(act) << " scope " << scope.name
                                  << " federation " << federation << " xmpp " << xmpp << " branch "
                                  << branch << " contact " << contact);

  // What does not decide says the contrary.
  const bool open = federation && xmpp;
  const auto deciding = [&](const char* identity) {
    return store::Policy{identity, federation, xmpp, ""};
  };
  const auto other = [&](const char* identity) {
    return store::Policy{identity, !open, !open, ""};
  };
  policy::Rules rules = open_rules();
  rules.partners[0].set_type(type);
  rules.global = scope.site || scope.granted ? other("global") : deciding("global");
  if (scope.site)
    rules.policies.push_back(scope.granted ? other("site:Redmond") : deciding("site:Redmond"));
  if (scope.granted) rules.policies.push_back(deciding("Special"));
  rules.users = {
      {"bob@contoso.example", scope.site ? "Redmond" : "", scope.granted ? "Special" : "", branch}};
  policy::Contacts contacts;
  if (contact)
    contacts.add(
        {"bob@contoso.example", "ann@fabrikam.example", store::Contact::By::operator_, {}});

  const policy::Policy policy(rules);
  const bool reachable = open && !branch;
  const bool stranger = type == v1::PUBLIC_UNVERIFIED && act != Act::presence && !contact;
  const auto inward = policy.admit_from_xmpp(act, user("ann", "fabrikam.example"),
                                             user("bob", "contoso.example"), contacts);
  REQUIRE(inward.ok() == (reachable && !stranger));
  if (!inward.ok()) {
    CHECK(inward.refusal().condition() == (stranger ? v1::FORBIDDEN : v1::NOT_ALLOWED));
    // One sentence for all reasons, which names nobody.
    CHECK(inward.refusal().text() ==
          (stranger ? "Only people whom this user has as contacts may write or subscribe; be added "
                      "first."
                    : "This user is not enabled for communication with your network."));
  }

  const auto outward =
      policy.admit_from_sip(act, {"Bob", "contoso.example", ""}, {"ann", "fabrikam.example", ""});
  REQUIRE(outward.ok() == reachable);
  if (!outward.ok()) {
    CHECK(outward.refusal().status == 403);
    CHECK(outward.refusal().reason == (branch ? "Users Of A Branch Appliance Have No XMPP"
                                       : !federation
                                           ? "External Access Policy: Federation Is Not Enabled"
                                           : "External Access Policy: XMPP Is Not Enabled"));
  }
}

TEST_CASE("strangers of a public service cannot tell users apart", "[policy]") {
  policy::Rules rules = open_rules();
  rules.partners[0].set_type(v1::PUBLIC_UNVERIFIED);
  rules.policies = {{"Closed", false, false, ""}};
  rules.users = {{"closed@contoso.example", "", "Closed", false},
                 {"branch@contoso.example", "", "", true},
                 {"open@contoso.example", "", "", false}};
  const policy::Policy policy(rules);
  const auto act = GENERATE(Act::message, Act::watch);
  std::optional<std::string> first;
  for (const char* name : {"closed", "branch", "open", "nobody", ""}) {
    const auto pair = policy.admit_from_xmpp(act, user("ann", "fabrikam.example"),
                                             user(name, "contoso.example"), kNobody);
    REQUIRE_FALSE(pair.ok());
    const std::string said = pair.refusal().SerializeAsString();
    CHECK(said == first.value_or(said));
    first = said;
  }
}

TEST_CASE("a contact is one user of each side, not their neighbours", "[policy]") {
  policy::Rules rules = open_rules();
  rules.partners[0].set_type(v1::PUBLIC_UNVERIFIED);
  const policy::Policy policy(rules);
  policy::Contacts contacts;
  contacts.add({"bob@contoso.example", "ann@fabrikam.example", store::Contact::By::operator_, {}});
  struct Row {
    v1::Address from, to;
    bool admitted;
  };
  const auto row = GENERATE(values<Row>({
      {user("ann", "fabrikam.example"), user("bob", "contoso.example"), true},
      {user("ann", "fabrikam.example"), user("eve", "contoso.example"), false},
      {user("eve", "fabrikam.example"), user("bob", "contoso.example"), false},
      {user("ann", "bücher.example"), user("bob", "contoso.example"), false},
      {user("", "fabrikam.example"), user("bob", "contoso.example"), false},
  }));
  v1::Address from = row.from;
  from.set_resource("phone");
  CHECK(policy.admit_from_xmpp(Act::message, from, row.to, contacts).ok() == row.admitted);
}

TEST_CASE("a granted policy that does not exist allows nothing", "[policy]") {
  policy::Rules rules = open_rules();
  rules.policies = {{"site:Redmond", true, true, ""}};
  rules.users = {{"bob@contoso.example", "Redmond", "Gone", false}};
  CHECK_FALSE(policy::Policy(rules)
                  .admit_from_sip(Act::message, {"bob", "contoso.example", ""},
                                  {"ann", "fabrikam.example", ""})
                  .ok());
}

TEST_CASE("notes leave for federated partners only", "[policy]") {
  CHECK(policy::Policy::notes_may_leave(v1::FEDERATED));
  CHECK_FALSE(policy::Policy::notes_may_leave(v1::PUBLIC_VERIFIED));
  CHECK_FALSE(policy::Policy::notes_may_leave(v1::PUBLIC_UNVERIFIED));
}

TEST_CASE("what holds changes at once", "[policy]") {
  policy::Rules rules = open_rules();
  policy::Current current(std::make_shared<const policy::Policy>(rules));
  CHECK(current->partner("fabrikam.example") != nullptr);
  rules.partners.clear();
  current.replace(std::make_shared<const policy::Policy>(rules));
  CHECK((*current).partner("fabrikam.example") == nullptr);
}
