#include "frontend_gateway/admin/client.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "causeway/v1/admin.grpc.pb.h"
#include "common/admin/client.h"
#include "frontend_gateway/admin/tables.h"
#include "frontend_gateway/admin/words.h"

namespace causeway::gateway::admin {
namespace {

using command_line::Argument;
using command_line::Asked;
using command_line::Verb;
using Stub = v1::GatewayAdmin::Stub;

constexpr char kDaemon[] = "frontend_gateway";
const std::vector<std::string> kYesNo = {"yes", "no"};

// --- From the command line to a request. Each says what is wrong with it, or nothing.

using Wrong = std::string;

Wrong no_arguments(const Asked&, auto&) { return {}; }

bool is_yes(const std::string& word) { return word == "yes"; }

std::string read_file(const std::string& path, Wrong& wrong) {
  if (path.empty()) return {};
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) wrong = path + " cannot be read.";
  return text.str();
}

Wrong fill(const Asked& asked, v1::ListPartnersRequest& request) {
  request.set_domain(asked.domain);
  return {};
}

Wrong fill(const Asked& asked, v1::RemovePartnerRequest& request) {
  request.set_domain(asked.domain);
  return {};
}

Wrong fill(const Asked& asked, v1::SetPartnerRequest& request) {
  Wrong wrong;
  request.set_domain(asked.domain);
  if (const auto value = asked.value("--additional-domains")) {
    auto& domains = *request.mutable_additional_domains();
    for (const auto domain : absl::StrSplit(*value, ',', absl::SkipEmpty()))
      domains.add_domains(std::string(domain));
  }
  if (const auto value = asked.value("--type")) request.set_type(*value_of(kTypes, *value));
  if (const auto value = asked.value("--tls")) request.set_tls(*value_of(kNegotiations, *value));
  if (const auto value = asked.value("--sasl")) request.set_sasl(*value_of(kNegotiations, *value));
  if (const auto value = asked.value("--dialback")) request.set_dialback(is_yes(*value));
  if (const auto value = asked.value("--keep-alive")) request.set_keep_alive(is_yes(*value));
  if (const auto value = asked.value("--connection-limit")) {
    std::uint32_t limit = 0;
    if (!absl::SimpleAtoi(*value, &limit)) wrong = "--connection-limit must be a whole number.";
    request.set_connection_limit(limit);
  }
  if (const auto value = asked.value("--proxy")) request.set_proxy_fqdn(*value);
  if (const auto value = asked.value("--trust-anchors"))
    request.set_trust_anchors_pem(read_file(*value, wrong));
  if (const auto value = asked.value("--revocation-lists"))
    request.set_revocation_lists_pem(read_file(*value, wrong));
  if (const auto value = asked.value("--description")) request.set_description(*value);
  return wrong;
}

Wrong fill(const Asked& asked, v1::SetPolicyRequest& request) {
  request.set_identity(*asked.value("policy"));
  if (const auto value = asked.value("--federation"))
    request.set_enable_federation_access(is_yes(*value));
  if (const auto value = asked.value("--xmpp")) request.set_enable_xmpp_access(is_yes(*value));
  if (const auto value = asked.value("--description")) request.set_description(*value);
  return {};
}

Wrong fill(const Asked& asked, v1::RemovePolicyRequest& request) {
  request.set_identity(*asked.value("policy"));
  return {};
}

Wrong fill(const Asked& asked, v1::ListUsersRequest& request) {
  request.set_address(asked.value("user").value_or(""));
  return {};
}

// `policy grant` and `user set`.
Wrong fill(const Asked& asked, v1::SetUserRequest& request) {
  request.set_address(*asked.value("user"));
  if (const auto value = asked.value("policy")) request.set_policy(*value);
  if (const auto value = asked.value("--policy")) request.set_policy(*value);
  if (const auto value = asked.value("--site")) request.set_site(*value);
  if (const auto value = asked.value("--branch-appliance"))
    request.set_branch_appliance(is_yes(*value));
  return {};
}

Wrong fill(const Asked& asked, v1::RemoveUserRequest& request) {
  request.set_address(*asked.value("user"));
  return {};
}

Wrong fill(const Asked& asked, v1::SetSettingRequest& request) {
  request.set_name(*asked.value("setting"));
  request.set_value(*asked.value("value"));
  return {};
}

Wrong fill(const Asked& asked, v1::RemoveSettingRequest& request) {
  request.set_name(*asked.value("setting"));
  return {};
}

Wrong fill(const Asked& asked, v1::ListContactsRequest& request) {
  request.set_user(asked.value("user").value_or(""));
  return {};
}

Wrong fill(const Asked& asked, v1::AddContactRequest& request) {
  request.set_user(*asked.value("user"));
  request.set_contact(*asked.value("contact"));
  return {};
}

Wrong fill(const Asked& asked, v1::RemoveContactRequest& request) {
  request.set_user(*asked.value("user"));
  request.set_contact(*asked.value("contact"));
  return {};
}

Wrong fill(const Asked& asked, v1::ListSubscriptionsRequest& request) {
  request.set_user(asked.value("user").value_or(""));
  return {};
}

Wrong fill(const Asked& asked, v1::RemoveSubscriptionRequest& request) {
  request.set_user(*asked.value("user"));
  request.set_contact(*asked.value("contact"));
  return {};
}

Wrong fill(const Asked& asked, v1::GetGatewayStatusRequest& request) {
  return no_arguments(asked, request);
}
Wrong fill(const Asked& asked, v1::ReloadGatewayRequest& request) {
  return no_arguments(asked, request);
}
Wrong fill(const Asked& asked, v1::ListPoliciesRequest& request) {
  return no_arguments(asked, request);
}
Wrong fill(const Asked& asked, v1::ListSettingsRequest& request) {
  return no_arguments(asked, request);
}

template <typename Response>
std::string in_words(const Response& response) {
  return to_text(response);
}

template <typename Request, typename Response,
          grpc::Status (Stub::*kMethod)(grpc::ClientContext*, const Request&, Response*),
          std::string (*kText)(const Response&) = in_words<Response>>
int call(Stub& stub, const Asked& asked) {
  Request request;
  if (const Wrong wrong = fill(asked, request); !wrong.empty()) {
    std::fprintf(stderr, "%s\n", wrong.c_str());
    return command_line::kWrong;
  }
  return causeway::admin::call<Response>(
      kDaemon, asked,
      [&](grpc::ClientContext* context, Response* response) {
        return (stub.*kMethod)(context, request, response);
      },
      kText);
}

// --- The verbs.

Argument needs(std::string name, std::string what) {
  return {std::move(name), std::move(what), Argument::Kind::required};
}
Argument may_have(std::string name, std::string what) {
  return {std::move(name), std::move(what), Argument::Kind::optional};
}
Argument option(std::string name, std::string what, std::vector<std::string> words = {}) {
  return {std::move(name), std::move(what), Argument::Kind::option, std::move(words)};
}

struct Row {
  Verb verb;
  int (*call)(Stub& stub, const Asked& asked);
};

std::vector<Argument> partner_options() {
  return {
      option("--additional-domains", "all of them, with commas between; \"\" for none"),
      option("--type", "how far its users are trusted", words_of(kTypes)),
      option("--tls", "TLS negotiation", words_of(kNegotiations)),
      option("--sasl", "SASL negotiation", words_of(kNegotiations)),
      option("--dialback", "support dialback", kYesNo),
      option("--keep-alive", "be heard on idle streams", kYesNo),
      option("--connection-limit", "streams at once, each way; 0: as all partners"),
      option("--proxy", "host or host:port to connect to; \"\" asks DNS"),
      option("--trust-anchors", "PEM file with its only authorities; \"\" for the edges' own"),
      option("--revocation-lists", "PEM file with what these have revoked; \"\" for none"),
      option("--description", "for people"),
  };
}

const std::vector<Row>& rows() {
  constexpr Verb::Domain none = Verb::Domain::none;
  constexpr Verb::Domain domain = Verb::Domain::required;
  static const std::vector<Row> kRows = {
      {{"partner list", "the allowed partners", none, {}, "--json"},
       call<v1::ListPartnersRequest, v1::PartnerList, &Stub::ListPartners>},
      {{"partner show", "all there is of a partner", domain, {}, "fabrikam.example"},
       call<v1::ListPartnersRequest, v1::PartnerList, &Stub::ListPartners, details>},
      {{"partner set", "allow a partner, or change what is said of it", domain, partner_options(),
        "fabrikam.example --type Federated --sasl Optional"},
       call<v1::SetPartnerRequest, v1::PartnerChanged, &Stub::SetPartner>},
      {{"partner remove",
        "allow it no more; its streams are closed",
        domain,
        {},
        "fabrikam.example"},
       call<v1::RemovePartnerRequest, v1::PartnerChanged, &Stub::RemovePartner>},
      {{"policy list", "the external access policies", none, {}, "--json"},
       call<v1::ListPoliciesRequest, v1::PolicyList, &Stub::ListPolicies>},
      {{"policy set",
        "make a policy, or change one",
        none,
        {needs("policy", "global, site:<name>, or a name to grant it by"),
         option("--federation", "may communicate with federated users", kYesNo),
         option("--xmpp", "may communicate with XMPP users; needs --federation yes too", kYesNo),
         option("--description", "for people")},
        "site:Redmond --federation yes --xmpp yes"},
       call<v1::SetPolicyRequest, v1::PolicyList, &Stub::SetPolicy>},
      {{"policy remove",
        "remove one that nobody is granted; global goes back to the file's",
        none,
        {needs("policy", "its identity")},
        "site:Redmond"},
       call<v1::RemovePolicyRequest, v1::PolicyList, &Stub::RemovePolicy>},
      {{"policy grant",
        "let a policy hold for a user, before that of the site",
        none,
        {needs("user", "SIP user, as bob@contoso.example"),
         needs("policy", "its name; global takes the grant back")},
        "bob@contoso.example \"No XMPP\""},
       call<v1::SetUserRequest, v1::UserList, &Stub::SetUser>},
      {{"user list",
        "the users of whom something is said",
        none,
        {may_have("user", "of one")},
        "bob@contoso.example"},
       call<v1::ListUsersRequest, v1::UserList, &Stub::ListUsers>},
      {{"user set",
        "say a user's site, granted policy or branch appliance",
        none,
        {needs("user", "SIP user, as bob@contoso.example"), option("--site", "\"\" for none"),
         option("--policy", "to grant; \"\" for none"),
         option("--branch-appliance", "homed on one, and so without XMPP", kYesNo)},
        "bob@contoso.example --site Redmond"},
       call<v1::SetUserRequest, v1::UserList, &Stub::SetUser>},
      {{"user remove",
        "forget what was said of a user",
        none,
        {needs("user", "SIP user, as bob@contoso.example")},
        "bob@contoso.example"},
       call<v1::RemoveUserRequest, v1::UserList, &Stub::RemoveUser>},
      {{"setting list", "what holds for all partners together", none, {}, "--json"},
       call<v1::ListSettingsRequest, v1::SettingList, &Stub::ListSettings>},
      {{"setting set",
        "set one of the section federation",
        none,
        {needs("setting", "its name"), needs("value", "as in the configuration file")},
        "partner_connection_limit 30"},
       call<v1::SetSettingRequest, v1::SettingList, &Stub::SetSetting>},
      {{"setting remove",
        "back to the default",
        none,
        {needs("setting", "its name")},
        "partner_connection_limit"},
       call<v1::RemoveSettingRequest, v1::SettingList, &Stub::RemoveSetting>},
      {{"contact list",
        "whom PublicUnverified partners' users may reach",
        none,
        {may_have("user", "SIP user, as bob@contoso.example")},
        "bob@contoso.example"},
       call<v1::ListContactsRequest, v1::ContactList, &Stub::ListContacts>},
      {{"contact add",
        "let an XMPP user reach a SIP user",
        none,
        {needs("user", "SIP user, as bob@contoso.example"),
         needs("contact", "XMPP user, as ann@fabrikam.example")},
        "bob@contoso.example ann@fabrikam.example"},
       call<v1::AddContactRequest, v1::ContactList, &Stub::AddContact>},
      {{"contact remove",
        "let him reach her no more",
        none,
        {needs("user", "SIP user, as bob@contoso.example"),
         needs("contact", "XMPP user, as ann@fabrikam.example")},
        "bob@contoso.example ann@fabrikam.example"},
       call<v1::RemoveContactRequest, v1::ContactList, &Stub::RemoveContact>},
      {{"subscriptions",
        "who may see whose presence, and who waits for it",
        none,
        {may_have("user", "of either side")},
        "bob@contoso.example"},
       call<v1::ListSubscriptionsRequest, v1::SubscriptionList, &Stub::ListSubscriptions>},
      {{"subscription remove",
        "end what a SIP user has asked of an XMPP user, or was granted by him",
        none,
        {needs("user", "SIP user, as bob@contoso.example"),
         needs("contact", "XMPP user, as ann@fabrikam.example")},
        "bob@contoso.example ann@fabrikam.example"},
       call<v1::RemoveSubscriptionRequest, v1::SubscriptionList, &Stub::RemoveSubscription>},
      {{"status", "edges, database, and how much there is of what", none, {}, "--json"},
       call<v1::GetGatewayStatusRequest, v1::GatewayStatus, &Stub::GetStatus>},
      {{"reload", "read the configuration file again", none, {}, "--json"},
       call<v1::ReloadGatewayRequest, v1::ReloadGatewayResponse, &Stub::Reload>},
  };
  return kRows;
}

}  // namespace

std::vector<Verb> verbs() {
  std::vector<Verb> out;
  for (const Row& row : rows()) out.push_back(row.verb);
  return out;
}

int ask(const std::string& socket, const Asked& asked) {
  const auto channel = causeway::admin::connect(kDaemon, socket);
  if (channel == nullptr) return command_line::kNotRunning;
  const std::unique_ptr<Stub> stub = v1::GatewayAdmin::NewStub(channel);
  const auto row = std::find_if(rows().begin(), rows().end(),
                                [&](const Row& r) { return r.verb.name == asked.verb; });
  return row->call(*stub, asked);
}

}  // namespace causeway::gateway::admin
