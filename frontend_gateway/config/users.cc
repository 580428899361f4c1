#include "frontend_gateway/config/users.h"

#include <algorithm>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/config/checks.h"

namespace causeway::gateway::config {
namespace {

using namespace ::causeway::config;

constexpr std::string_view kSite = "site:";
constexpr std::size_t kMaxName = 255;  // what a database keeps of it, and a table shows

// Printable, without what would make two names look the same.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxName && text.front() != ' ' && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F && c != ':';
         });
}

void read_address(const Value& value, User& user) {
  const auto text = value.text();
  if (!text) return;
  const auto jid = address::Jid::parse(*text);
  if (!jid.ok()) return value.mistake(std::string(jid.status().message()));
  if (jid->local().empty() || !jid->is_bare())
    return value.mistake("must be the address of a user, like bob@contoso.example");
  user.address = jid->bare();
}

// What stands there twice.
class Names {
 public:
  explicit Names(Report& report) : report_(report) {}
  void take(const std::string& name, const std::string& path) {
    if (name.empty()) return;
    if (const auto [first, fresh] = first_.emplace(name, path); !fresh)
      report_.mistake(
          path, absl::StrCat(name, " stands in line ", report_.line_of(first->second), " already"));
  }
  bool has(const std::string& name) const { return first_.contains(name); }

 private:
  Report& report_;
  absl::flat_hash_map<std::string, std::string> first_;
};

bool is_hosted(const Config& config, const std::string& user) {
  const auto at = user.find('@');
  return std::any_of(
      config.domains.begin(), config.domains.end(),
      [&](const address::Domain& domain) { return user.substr(at + 1) == domain.unicode(); });
}

}  // namespace

std::string must_be_site(std::string_view site) {
  return is_name(site) ? "" : "must be the name of a site, without a colon";
}

std::string must_be_policy(std::string_view identity) {
  if (identity == "global") return "must not be global: that one is external_access";
  if (identity.starts_with(kSite)) identity.remove_prefix(kSite.size());
  return is_name(identity) ? "" : "must be site:<name>, or a name without a colon to grant it by";
}

const Settings<ExternalAccess>& external_access_settings() {
  static const Settings<ExternalAccess> settings = {
      flag("enable_federation_access", &ExternalAccess::enable_federation_access),
      flag("enable_xmpp_access", &ExternalAccess::enable_xmpp_access),
  };
  return settings;
}

const Settings<AccessPolicy>& policy_settings() {
  static const Settings<AccessPolicy> settings = {
      required(text("identity", &AccessPolicy::identity, must_be_policy)),
      flag("enable_federation_access", &AccessPolicy::enable_federation_access),
      flag("enable_xmpp_access", &AccessPolicy::enable_xmpp_access),
      text("description", &AccessPolicy::description),
  };
  return settings;
}

const Settings<User>& user_settings() {
  static const Settings<User> settings = {
      required(Setting<User>{"address", read_address}),
      text("site", &User::site,
           [](std::string_view site) { return site.empty() ? std::string() : must_be_site(site); }),
      text("policy", &User::policy),
      flag("branch_appliance", &User::branch_appliance),
  };
  return settings;
}

void check_users(const Config& config, Report& report) {
  Names policies(report);
  for (std::size_t i = 0; i < config.policies.size(); ++i)
    policies.take(config.policies[i].identity, absl::StrCat("policies[", i, "].identity"));
  Names users(report);
  for (std::size_t i = 0; i < config.users.size(); ++i) {
    const User& user = config.users[i];
    const std::string path = absl::StrCat("users[", i, "]");
    users.take(user.address, path + ".address");
    if (!user.address.empty() && !is_hosted(config, user.address))
      report.mistake(path + ".address", "is of a domain that is not among domains");
    if (user.policy.starts_with(kSite))
      report.mistake(path + ".policy", "a site's policy is not granted: say the site instead");
    else if (!user.policy.empty() && !policies.has(user.policy))
      report.mistake(path + ".policy",
                     absl::StrCat("no policy \"", user.policy, "\" is among policies"));
  }
}

}  // namespace causeway::gateway::config
