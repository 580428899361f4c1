#include "frontend_gateway/admin/tables.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/admin/table.h"
#include "frontend_gateway/admin/words.h"

namespace causeway::gateway::admin {
namespace {

using causeway::admin::or_dash;
using causeway::admin::printable;
using causeway::admin::Row;
using causeway::admin::table;
using causeway::admin::time_of;

std::string yes_no(bool flag) { return flag ? "yes" : "no"; }

std::string words(const v1::Origin& origin) {
  if (origin.file().empty()) return "database";
  if (origin.line() == 0) return origin.file();
  return absl::StrCat(origin.file(), ":", origin.line());
}

std::string words(const google::protobuf::RepeatedPtrField<std::string>& domains) {
  return or_dash(absl::StrJoin(domains, ","));
}

std::string warnings_of(const google::protobuf::RepeatedPtrField<std::string>& warnings) {
  std::string out;
  for (const std::string& warning : warnings)
    absl::StrAppend(&out, "Warning: ", printable(warning), "\n");
  return out;
}

std::string details(const v1::DescribedPartner& described) {
  const v1::Partner& partner = described.partner();
  return table({{"domain", partner.domain()},
                {"additional domains", words(partner.additional_domains())},
                {"type", std::string(word(partner.type()))},
                {"TLS", std::string(word(partner.tls()))},
                {"SASL", std::string(word(partner.sasl()))},
                {"dialback", yes_no(partner.dialback())},
                {"keep-alive", yes_no(partner.keep_alive())},
                {"connection limit", partner.connection_limit() == 0
                                         ? "that of all partners"
                                         : absl::StrCat(partner.connection_limit())},
                {"proxy", or_dash(partner.proxy_fqdn())},
                {"own trust anchors", yes_no(!partner.trust_anchors_pem().empty())},
                {"own revocation lists", yes_no(!partner.revocation_lists_pem().empty())},
                {"description", or_dash(printable(described.description()))},
                {"said in", words(described.origin())}});
}

}  // namespace

std::string to_text(const v1::GatewayStatus& status) {
  std::vector<Row> rows = {{"software", status.software()},
                           {"running since", time_of(status.since())},
                           {"configuration", absl::StrCat("version ", status.snapshot())},
                           {"database", status.database().empty() ? "well" : status.database()}};
  for (const v1::Edge& edge : status.edges())
    rows.push_back({absl::StrCat("edge ", edge.name()),
                    absl::StrCat(edge.address(), edge.attached() ? " attached" : " away: ",
                                 edge.attached() ? "" : printable(edge.last_failure()))});
  for (const v1::Count& count : status.counts())
    rows.push_back({count.name(), absl::StrCat(count.count())});
  return table(rows) + warnings_of(status.warnings());
}

std::string to_text(const v1::ReloadGatewayResponse& done) {
  return "Loaded: domains, partners, policies, users and federation settings hold as they are "
         "now.\n" +
         warnings_of(done.warnings());
}

std::string to_text(const v1::PartnerList& partners) {
  if (partners.partners().empty()) return "No partner is allowed.\n";
  std::vector<Row> rows = {
      {"DOMAIN", "ADDITIONAL", "TYPE", "TLS", "SASL", "DIALBACK", "SAID IN", "DESCRIPTION"}};
  for (const v1::DescribedPartner& described : partners.partners()) {
    const v1::Partner& partner = described.partner();
    rows.push_back({partner.domain(), words(partner.additional_domains()),
                    std::string(word(partner.type())), std::string(word(partner.tls())),
                    std::string(word(partner.sasl())), yes_no(partner.dialback()),
                    words(described.origin()), or_dash(printable(described.description()))});
  }
  return table(rows);
}

std::string details(const v1::PartnerList& partners) {
  std::string out;
  for (const v1::DescribedPartner& partner : partners.partners())
    out += (out.empty() ? "" : "\n") + details(partner);
  return out;
}

std::string to_text(const v1::PartnerChanged& changed) {
  if (!changed.has_partner()) return "Removed: its streams are closed.\n";
  return details(changed.partner()) + warnings_of(changed.warnings());
}

std::string to_text(const v1::PolicyList& policies) {
  std::vector<Row> rows = {{"POLICY", "FEDERATION", "XMPP", "SAID IN", "DESCRIPTION"}};
  for (const v1::ExternalAccessPolicy& policy : policies.policies())
    rows.push_back({policy.identity(), yes_no(policy.enable_federation_access()),
                    yes_no(policy.enable_xmpp_access()), words(policy.origin()),
                    or_dash(printable(policy.description()))});
  return table(rows);
}

std::string to_text(const v1::UserList& users) {
  if (users.users().empty()) return "Nothing is said of any user: the global policy holds.\n";
  std::vector<Row> rows = {
      {"USER", "SITE", "GRANTED", "BRANCH APPLIANCE", "POLICY IN FORCE", "SAID IN"}};
  for (const v1::GatewayUser& user : users.users())
    rows.push_back({user.address(), or_dash(user.site()), or_dash(user.policy()),
                    yes_no(user.branch_appliance()), or_dash(user.policy_in_force()),
                    words(user.origin())});
  return table(rows);
}

std::string to_text(const v1::SettingList& settings) {
  std::vector<Row> rows = {{"SETTING", "VALUE", "SAID IN"}};
  for (const v1::GatewaySetting& setting : settings.settings())
    rows.push_back({setting.name(), or_dash(setting.value()),
                    setting.is_default() ? "default" : words(setting.origin())});
  return table(rows);
}

std::string to_text(const v1::ContactList& contacts) {
  if (contacts.contacts().empty()) return "No contact.\n";
  std::vector<Row> rows = {{"USER", "CONTACT", "MADE BY", "SINCE"}};
  for (const v1::Contact& contact : contacts.contacts())
    rows.push_back(
        {contact.user(), contact.contact(), contact.made_by(), time_of(contact.since())});
  return table(rows);
}

std::string to_text(const v1::SubscriptionList& subscriptions) {
  if (subscriptions.subscriptions().empty()) return "No subscription.\n";
  std::vector<Row> rows = {{"WATCHER", "WATCHED", "DIRECTION", "STATE", "SINCE"}};
  for (const v1::PresenceSubscription& one : subscriptions.subscriptions())
    rows.push_back({one.watcher(), one.watched(),
                    one.watcher_is_sip() ? "SIP to XMPP" : "XMPP to SIP", one.state(),
                    time_of(one.since())});
  return table(rows);
}

}  // namespace causeway::gateway::admin
