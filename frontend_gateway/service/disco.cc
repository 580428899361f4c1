#include "frontend_gateway/service/disco.h"

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace causeway::gateway::service {
namespace {

using Attributes = std::initializer_list<std::pair<std::string_view, std::string_view>>;

void fill(v1::Extension& element, std::string_view ns, std::string_view name,
          Attributes attributes = {}) {
  element.set_namespace_(std::string(ns));
  element.set_name(std::string(name));
  for (const auto& [key, value] : attributes)
    (*element.mutable_attributes())[std::string(key)] = std::string(value);
}

v1::Extension& add(v1::Extension& parent, std::string_view ns, std::string_view name,
                   Attributes attributes = {}) {
  v1::Extension& child = *parent.add_children();
  fill(child, ns, name, attributes);
  return child;
}

void add_identity(v1::Extension& info, std::string_view category, std::string_view type,
                  std::string_view name) {
  v1::Extension& identity =
      add(info, ns::kDiscoInfo, "identity", {{"category", category}, {"type", type}});
  if (!name.empty()) (*identity.mutable_attributes())["name"] = std::string(name);
}

void add_features(v1::Extension& info, std::initializer_list<std::string_view> features) {
  for (const std::string_view feature : features)
    add(info, ns::kDiscoInfo, "feature", {{"var", feature}});
}

void add_field(v1::Extension& form, std::string_view var, std::string_view type,
               const std::vector<std::string>& values) {
  if (values.empty()) return;
  v1::Extension& field = add(form, ns::kDataForms, "field", {{"var", var}, {"type", type}});
  for (const std::string& value : values) add(field, ns::kDataForms, "value").set_text(value);
}

// XEP-0157 section 2.
void add_contacts(v1::Extension& info, const config::ContactAddresses& contacts) {
  if (contacts == config::ContactAddresses()) return;
  v1::Extension& form = add(info, ns::kDataForms, "x", {{"type", "result"}});
  add_field(form, "FORM_TYPE", "hidden", {"http://jabber.org/network/serverinfo"});
  add_field(form, "abuse-addresses", "list-multi", contacts.abuse);
  add_field(form, "admin-addresses", "list-multi", contacts.admin);
  add_field(form, "feedback-addresses", "list-multi", contacts.feedback);
  add_field(form, "sales-addresses", "list-multi", contacts.sales);
  add_field(form, "security-addresses", "list-multi", contacts.security);
  add_field(form, "status-addresses", "list-multi", contacts.status);
  add_field(form, "support-addresses", "list-multi", contacts.support);
}

}  // namespace

v1::Extension domain_info(const config::Service& settings) {
  v1::Extension info;
  fill(info, ns::kDiscoInfo, "query");
  add_identity(info, "server", "im", "Causeway");
  add_identity(info, "gateway", "simple", "Causeway");
  add_features(info, {ns::kDiscoInfo, ns::kDiscoItems, ns::kPing});
  if (settings.answer_version) add_features(info, {ns::kVersion});
  add_contacts(info, settings.contact_addresses);
  return info;
}

v1::Extension account_info() {
  v1::Extension info;
  fill(info, ns::kDiscoInfo, "query");
  add_identity(info, "account", "registered", {});
  add_features(info, {ns::kDiscoInfo, ns::kDiscoItems, ns::kPing});
  return info;
}

v1::Extension no_items() {
  v1::Extension items;
  fill(items, ns::kDiscoItems, "query");
  return items;
}

v1::Extension version() {
  v1::Extension answer;
  fill(answer, ns::kVersion, "query");
  add(answer, ns::kVersion, "name").set_text("Causeway");
  add(answer, ns::kVersion, "version").set_text(CAUSEWAY_VERSION);
  return answer;
}

}  // namespace causeway::gateway::service
