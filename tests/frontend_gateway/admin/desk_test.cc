#include "frontend_gateway/admin/desk.h"

#include <catch2/catch.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/world/world.h"

using namespace causeway;
using namespace causeway::gateway;
using namespace causeway::test;

namespace {

config::Config file() {
  config::Config config;
  config.file = "gateway.yaml";
  config.domains = {*address::Domain::parse("contoso.example")};
  v1::Partner partner;
  partner.set_domain("fabrikam.example");
  partner.add_additional_domains("chat.fabrikam.example");
  config.partners = {partner};
  config.policies = {{"site:Redmond", true, true, ""}};
  config.users = {{"eve@contoso.example", "Redmond", "", false}};
  config.federation.set_connection_limit(500);
  config.declared = {{config::declared_partner("fabrikam.example"), 5},
                     {config::declared_policy("site:Redmond"), 7},
                     {config::declared_user("eve@contoso.example"), 9},
                     {config::declared_setting("connection_limit"), 11}};
  return config;
}

// The store tells the rulebook before it tells who has written.
class Office : public World {
 public:
  void write(std::vector<store::Change> changes, Written written) override {
    World::write(changes,
                 [this, changes, written = std::move(written)](absl::Status status) mutable {
                   if (status.ok()) rulebook.rows_changed(changes);
                   written(std::move(status));
                 });
  }

  // The last answer of the desk to what is set.
  template <typename Response, typename Request>
  absl::StatusOr<Response> set(const Request& request) {
    std::optional<absl::StatusOr<Response>> answer;
    desk.set(request, [&](absl::StatusOr<Response> got) { answer = std::move(got); });
    REQUIRE(answer.has_value());
    return *answer;
  }
  template <typename Response, typename Request>
  absl::StatusOr<Response> remove(const Request& request) {
    std::optional<absl::StatusOr<Response>> answer;
    desk.remove(request, [&](absl::StatusOr<Response> got) { answer = std::move(got); });
    REQUIRE(answer.has_value());
    return *answer;
  }

  int judged = 0;
  policy::Rulebook rulebook{file(), {}, [](const policy::Rules&) {}};
  policy::Contacts contacts;
  admin::Desk desk{{.rulebook = rulebook,
                    .contacts = contacts,
                    .surroundings = *this,
                    .judge_again = [this] { ++judged; },
                    .take_file =
                        [this](config::Config file) {
                          rulebook.file_changed(std::move(file));
                          return std::vector<std::string>{"sip: needs a restart"};
                        },
                    .describe = [](v1::GatewayStatus& status) { status.set_snapshot(7); },
                    .subscriptions =
                        [] {
                          std::vector<v1::PresenceSubscription> all(2);
                          all[0].set_watcher("ann@fabrikam.example");
                          all[1].set_watched("bob@contoso.example");
                          return all;
                        },
                    .withdraw =
                        [this](const std::string& user, const std::string& contact) {
                          withdrawn = user + " " + contact;
                          return contact == "ann@fabrikam.example";
                        }}};
  std::string withdrawn;
};

v1::SetPartnerRequest partner(const std::string& domain) {
  v1::SetPartnerRequest request;
  request.set_domain(domain);
  return request;
}

v1::SetUserRequest user(const std::string& address) {
  v1::SetUserRequest request;
  request.set_address(address);
  return request;
}

}  // namespace

TEST_CASE("a partner is made with the defaults, changed, shown and removed", "[admin]") {
  Office office;
  auto request = partner("Tailspin.Example");
  request.set_description("Tina, 555");
  const auto made = office.set<v1::PartnerChanged>(request);
  REQUIRE(made.ok());
  CHECK(made->partner().partner().domain() == "tailspin.example");
  CHECK(made->partner().partner().type() == v1::PUBLIC_UNVERIFIED);
  CHECK(made->partner().partner().dialback());
  CHECK(made->partner().description() == "Tina, 555");
  CHECK(made->partner().origin().file().empty());
  CHECK(office.written_rows.size() == 1);

  auto change = partner("tailspin.example");
  change.set_type(v1::FEDERATED);
  change.mutable_additional_domains()->add_domains("bücher.example");
  const auto changed = office.set<v1::PartnerChanged>(change);
  REQUIRE(changed.ok());
  CHECK(changed->partner().partner().type() == v1::FEDERATED);
  CHECK(changed->partner().partner().dialback());
  CHECK(changed->partner().description() == "Tina, 555");

  const auto found = office.desk.partners("xn--bcher-kva.example");
  REQUIRE(found.ok());
  REQUIRE(found->partners_size() == 1);
  CHECK(found->partners(0).partner().domain() == "tailspin.example");
  CHECK(office.desk.partners("")->partners_size() == 2);

  v1::RemovePartnerRequest remove;
  remove.set_domain("tailspin.example");
  CHECK(office.remove<v1::PartnerChanged>(remove).ok());
  CHECK(office.desk.partners("")->partners_size() == 1);
  CHECK(absl::IsNotFound(office.remove<v1::PartnerChanged>(remove).status()));
  CHECK(absl::IsNotFound(office.desk.partners("tailspin.example").status()));
}

TEST_CASE("settings that may fail are warned about", "[admin]") {
  Office office;
  auto request = partner("tailspin.example");
  request.set_tls(v1::OPTIONAL);
  const auto made = office.set<v1::PartnerChanged>(request);
  REQUIRE(made.ok());
  CHECK(made->warnings_size() > 0);
}

TEST_CASE("what a partner cannot be is refused with a sentence", "[admin]") {
  struct Row {
    std::string what, domain;
    void (*change)(v1::SetPartnerRequest&);
    absl::StatusCode code;
    std::string words;
  };
  const auto row = GENERATE(values<Row>({
      {"declared", "fabrikam.example", [](auto&) {}, absl::StatusCode::kFailedPrecondition,
       "Partner fabrikam.example is declared in gateway.yaml, line 5: change it there, then run "
       "frontend_gateway reload."},
      {"another's", "chat.fabrikam.example", [](auto&) {}, absl::StatusCode::kFailedPrecondition,
       "chat.fabrikam.example is a domain of partner fabrikam.example already."},
      {"another's too", "new.example",
       [](auto& r) { r.mutable_additional_domains()->add_domains("fabrikam.example"); },
       absl::StatusCode::kFailedPrecondition,
       "fabrikam.example is a domain of partner fabrikam.example already."},
      {"ours", "contoso.example", [](auto&) {}, absl::StatusCode::kFailedPrecondition,
       "contoso.example is hosted here."},
      {"no domain", "a b", [](auto&) {}, absl::StatusCode::kInvalidArgument,
       "\"a b\" is no domain"},
      {"no method", "new.example",
       [](auto& r) {
         r.set_sasl(v1::NOT_SUPPORTED);
         r.set_dialback(false);
       },
       absl::StatusCode::kInvalidArgument, ""},
      {"no certificate", "new.example", [](auto& r) { r.set_trust_anchors_pem("x"); },
       absl::StatusCode::kInvalidArgument, "What is given holds no CERTIFICATE in PEM."},
      {"a proxy that is none", "new.example", [](auto& r) { r.set_proxy_fqdn("a b"); },
       absl::StatusCode::kInvalidArgument, "The proxy must be"},
      {"too many", "new.example", [](auto& r) { r.set_connection_limit(100'001); },
       absl::StatusCode::kInvalidArgument, "The connection limit must be between 0 and 100000."},
  }));
  INFO(row.what);
  Office office;
  auto request = partner(row.domain);
  row.change(request);
  const auto refused = office.set<v1::PartnerChanged>(request);
  CHECK(refused.status().code() == row.code);
  CHECK(std::string(refused.status().message()).starts_with(row.words));
  CHECK_FALSE(refused.status().message().empty());
  CHECK(office.written_rows.empty());
}

TEST_CASE("policies are made, granted, and not removed under who has them", "[admin]") {
  Office office;
  v1::SetPolicyRequest policy;
  policy.set_identity("Special");
  policy.set_enable_federation_access(true);
  REQUIRE(office.set<v1::PolicyList>(policy).ok());
  policy.clear_enable_federation_access();
  policy.set_enable_xmpp_access(true);
  const auto changed = office.set<v1::PolicyList>(policy);
  REQUIRE(changed.ok());
  REQUIRE(changed->policies_size() == 3);
  CHECK(changed->policies(0).identity() == "global");
  CHECK(changed->policies(0).origin().file() == "gateway.yaml");
  CHECK(changed->policies(1).origin().line() == 7);
  CHECK(changed->policies(2).enable_federation_access());
  CHECK(changed->policies(2).enable_xmpp_access());

  auto grant = user("Bob@contoso.example");
  grant.set_policy("Special");
  const auto granted = office.set<v1::UserList>(grant);
  REQUIRE(granted.ok());
  REQUIRE(granted->users_size() == 1);
  CHECK(granted->users(0).address() == "bob@contoso.example");
  CHECK(granted->users(0).policy_in_force() == "Special");

  v1::RemovePolicyRequest remove;
  remove.set_identity("Special");
  CHECK(office.remove<v1::PolicyList>(remove).status().message() ==
        "Policy Special is granted to bob@contoso.example: grant that user another first, or "
        "global.");
  grant.set_policy("global");
  CHECK(office.set<v1::UserList>(grant)->users(0).policy_in_force() == "global");
  CHECK(office.remove<v1::PolicyList>(remove).ok());
  CHECK(absl::IsNotFound(office.remove<v1::PolicyList>(remove).status()));
}

TEST_CASE("the global policy is set, and goes back to the file's", "[admin]") {
  Office office;
  v1::SetPolicyRequest policy;
  policy.set_identity("global");
  policy.set_enable_xmpp_access(true);
  const auto set = office.set<v1::PolicyList>(policy);
  REQUIRE(set.ok());
  CHECK(set->policies(0).enable_xmpp_access());
  CHECK(set->policies(0).origin().file().empty());
  v1::RemovePolicyRequest remove;
  remove.set_identity("global");
  CHECK_FALSE(office.remove<v1::PolicyList>(remove)->policies(0).enable_xmpp_access());
}

TEST_CASE("what policies and users cannot be is refused with a sentence", "[admin]") {
  Office office;
  v1::SetPolicyRequest policy;
  policy.set_identity("site:Redmond");
  CHECK(absl::IsFailedPrecondition(office.set<v1::PolicyList>(policy).status()));
  policy.set_identity("a:b");
  CHECK(absl::IsInvalidArgument(office.set<v1::PolicyList>(policy).status()));

  const auto refused = [&](v1::SetUserRequest request) {
    return std::string(office.set<v1::UserList>(request).status().message());
  };
  CHECK(refused(user("eve@contoso.example")) ==
        "User eve@contoso.example is declared in gateway.yaml, line 9: change it there, then run "
        "frontend_gateway reload.");
  CHECK(refused(user("ann@fabrikam.example")) == "fabrikam.example is not hosted here.");
  CHECK(refused(user("contoso.example")) ==
        "\"contoso.example\" is no user's address, like bob@contoso.example.");
  auto bob = user("bob@contoso.example");
  bob.set_policy("Gone");
  CHECK(refused(bob) == "There is no policy Gone.");
  bob.set_policy("site:Redmond");
  CHECK(refused(bob) == "A site's policy is not granted: say the user's site instead.");
  bob.set_policy("");
  bob.set_site("a:b");
  CHECK(refused(bob) == "The site must be the name of a site, without a colon.");
  CHECK(office.written_rows.empty());
}

TEST_CASE("a user's site brings its policy", "[admin]") {
  Office office;
  auto bob = user("bob@contoso.example");
  bob.set_site("Redmond");
  bob.set_branch_appliance(true);
  const auto set = office.set<v1::UserList>(bob);
  REQUIRE(set.ok());
  CHECK(set->users(0).policy_in_force() == "site:Redmond");
  CHECK(set->users(0).branch_appliance());
  CHECK(office.desk.users("")->users_size() == 2);
  v1::RemoveUserRequest remove;
  remove.set_address("bob@contoso.example");
  CHECK(office.remove<v1::UserList>(remove)->users_size() == 1);
  CHECK(absl::IsNotFound(office.remove<v1::UserList>(remove).status()));
}

TEST_CASE("settings are shown with where they come from", "[admin]") {
  Office office;
  std::set<std::string> names;
  const v1::SettingList shown = office.desk.settings();
  for (const auto& setting : shown.settings()) names.insert(setting.name());
  const auto all = config::federation_names();
  CHECK(names == std::set<std::string>(all.begin(), all.end()));

  v1::SetSettingRequest request;
  request.set_name("partner_connection_limit");
  request.set_value("30");
  const auto set = office.set<v1::SettingList>(request);
  REQUIRE(set.ok());
  CHECK(set->settings(0).origin().line() == 11);
  CHECK(set->settings(1).value() == "30");
  CHECK_FALSE(set->settings(1).is_default());
  CHECK(set->settings(2).is_default());
  request.set_value("many");
  CHECK(office.set<v1::SettingList>(request).status().message() ==
        "partner_connection_limit must be a whole number.");
  request.set_value("501");
  CHECK(office.set<v1::SettingList>(request).status().message() ==
        "partner_connection_limit must not exceed connection_limit.");
  request.set_name("connection_limit");
  CHECK(absl::IsFailedPrecondition(office.set<v1::SettingList>(request).status()));
  request.set_name("dialback_passphrase");
  request.set_value("s3cr3t");
  CHECK(office.set<v1::SettingList>(request)->ShortDebugString().find("s3cr3t") ==
        std::string::npos);
  v1::RemoveSettingRequest remove;
  remove.set_name("partner_connection_limit");
  CHECK(office.remove<v1::SettingList>(remove)->settings(1).value() == "20");
  CHECK(absl::IsNotFound(office.remove<v1::SettingList>(remove).status()));
}

TEST_CASE("contacts are added and removed, and then who watches is judged again", "[admin]") {
  Office office;
  v1::AddContactRequest add;
  add.set_user("Bob@contoso.example");
  add.set_contact("ann@fabrikam.example");
  std::optional<absl::StatusOr<v1::ContactList>> answer;
  const auto done = [&](absl::StatusOr<v1::ContactList> got) { answer = std::move(got); };
  office.desk.add(add, done);
  REQUIRE((answer && answer->ok()));
  REQUIRE((*answer)->contacts_size() == 1);
  CHECK((*answer)->contacts(0).made_by() == "operator");
  CHECK(office.contacts.knows("bob@contoso.example", "ann@fabrikam.example"));

  add.set_contact("eve@contoso.example");
  office.desk.add(add, done);
  CHECK(absl::IsInvalidArgument(answer->status()));

  v1::RemoveContactRequest remove;
  remove.set_user("bob@contoso.example");
  remove.set_contact("ann@fabrikam.example");
  CHECK(office.judged == 0);
  CHECK(office.remove<v1::ContactList>(remove)->contacts().empty());
  CHECK(office.judged == 1);
  CHECK_FALSE(office.contacts.knows("bob@contoso.example", "ann@fabrikam.example"));
  CHECK(absl::IsNotFound(office.remove<v1::ContactList>(remove).status()));
}

TEST_CASE("nobody is told that something holds before it is durable", "[admin]") {
  Office office;
  office.slow_database = true;
  std::vector<absl::Status> answers;
  const auto done = [&](absl::StatusOr<v1::PartnerChanged> got) {
    answers.push_back(got.status());
  };
  office.desk.set(partner("tailspin.example"), done);
  auto second = partner("other.example");  // judged when the first holds, and then it is too late
  second.mutable_additional_domains()->add_domains("tailspin.example");
  office.desk.set(second, done);
  CHECK(answers.empty());
  REQUIRE(office.unwritten.size() == 1);
  office.unwritten.front()(absl::OkStatus());
  REQUIRE(answers.size() == 2);
  CHECK(answers[0].ok());
  CHECK(answers[1].message() ==
        "tailspin.example is a domain of partner tailspin.example already.");
}

TEST_CASE("without a database nothing changes, and the next try is one", "[admin]") {
  Office office;
  office.database_away = true;
  const auto refused = office.set<v1::PartnerChanged>(partner("tailspin.example"));
  CHECK(absl::IsAborted(refused.status()));
  CHECK(refused.status().message() == "Nothing was changed: the database is away");
  CHECK(office.desk.partners("")->partners_size() == 1);
  office.database_away = false;
  CHECK(office.set<v1::PartnerChanged>(partner("tailspin.example")).ok());
}

TEST_CASE("what a SIP user has asked of an XMPP user is taken back", "[admin]") {
  Office office;
  v1::RemoveSubscriptionRequest request;
  request.set_user("Bob@contoso.example");
  request.set_contact("ann@fabrikam.example");
  const auto left = office.desk.remove(request);
  REQUIRE(left.ok());
  CHECK(office.withdrawn == "bob@contoso.example ann@fabrikam.example");
  CHECK(left->subscriptions_size() == 1);
  request.set_contact("eve@fabrikam.example");
  CHECK(office.desk.remove(request).status().message() ==
        "bob@contoso.example has not asked to watch eve@fabrikam.example.");
  request.set_contact("@");
  CHECK_FALSE(office.desk.remove(request).ok());
}

TEST_CASE("status, subscriptions and a file that cannot be read", "[admin]") {
  Office office;
  const v1::GatewayStatus status = office.desk.status();
  CHECK(status.snapshot() == 7);
  REQUIRE(status.counts_size() == 4);
  CHECK(status.counts(1).name() == "partners");
  CHECK(status.counts(1).count() == 1);
  CHECK(office.desk.subscriptions("").subscriptions_size() == 2);
  CHECK(office.desk.subscriptions("bob@contoso.example").subscriptions_size() == 1);
  CHECK(office.desk.reload(absl::InvalidArgumentError("gateway.yaml:3: no")).status().message() ==
        "gateway.yaml:3: no");
}

TEST_CASE("a file that is read again holds, and what is doubtful in it is said", "[admin]") {
  Office office;
  config::Config changed = file();
  changed.partners.clear();
  changed.declared.clear();
  changed.warnings = {"gateway.yaml:1: doubtful"};
  const auto done = office.desk.reload(changed);
  REQUIRE(done.ok());
  REQUIRE(done->warnings_size() == 2);
  CHECK(done->warnings(1) == "sip: needs a restart");
  CHECK(office.desk.partners("")->partners().empty());
  CHECK(office.set<v1::PartnerChanged>(partner("fabrikam.example")).ok());
}
