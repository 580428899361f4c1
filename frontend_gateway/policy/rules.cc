#include "frontend_gateway/policy/rules.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

namespace causeway::gateway::policy {
namespace {

constexpr char kGlobal[] = "global";

store::Policy row_of(const config::AccessPolicy& policy) {
  return {policy.identity, policy.enable_federation_access, policy.enable_xmpp_access,
          policy.description};
}

const store::Policy* find(const std::vector<store::Policy>& policies, const std::string& identity) {
  const auto found =
      std::find_if(policies.begin(), policies.end(),
                   [&](const store::Policy& policy) { return policy.identity == identity; });
  return found == policies.end() ? nullptr : &*found;
}

// Merges, row by row; each kind says what is already taken.
class Merger {
 public:
  Merger(const config::Config& file, const store::Administration& rows) : file_(file) {
    take_file();
    for (const store::Partner& row : rows.partners) take(row);
    for (const store::Policy& row : rows.policies) take(row);
    for (const store::User& row : rows.users) take(row);
    for (const store::Setting& row : rows.settings) take(row);
  }

  Merged result() && { return std::move(merged_); }

 private:
  Rules& rules() { return merged_.rules; }

  void take_file() {
    rules().hosted = file_.domains;
    rules().partners = file_.partners;
    rules().global = {kGlobal, file_.external_access.enable_federation_access,
                      file_.external_access.enable_xmpp_access, ""};
    for (const config::AccessPolicy& policy : file_.policies)
      rules().policies.push_back(row_of(policy));
    for (const config::User& user : file_.users)
      rules().users.push_back({user.address, user.site, user.policy, user.branch_appliance});
    rules().federation = file_.federation;
    for (const address::Domain& domain : file_.domains) taken_.insert(domain.unicode());
    for (const v1::Partner& partner : file_.partners) claim(partner);
  }

  void take(const store::Partner& row) {
    const v1::Partner& partner = row.partner;
    if (const std::string taken = taken_domain(partner); !taken.empty())
      return warn(absl::StrCat("Partner ", partner.domain(),
                               " of the database is left out: ", taken, " is named already."));
    claim(partner);
    rules().partners.push_back(partner);
  }

  void take(const store::Policy& row) {
    if (row.identity == kGlobal) {
      rules().global = row;
    } else if (find(rules().policies, row.identity) != nullptr) {
      warn(absl::StrCat("Policy ", row.identity,
                        " of the database is left out: ", "the file declares it."));
    } else {
      rules().policies.push_back(row);
    }
  }

  void take(const store::User& row) {
    const bool declared =
        std::any_of(file_.users.begin(), file_.users.end(),
                    [&](const config::User& user) { return user.address == row.address; });
    if (declared)
      return warn(absl::StrCat("User ", row.address,
                               " of the database is left out: ", "the file declares it."));
    rules().users.push_back(row);
  }

  void take(const store::Setting& row) {
    if (file_.declared.contains(config::declared_setting(row.name)))
      return warn(absl::StrCat("Setting ", row.name,
                               " of the database is left out: ", "the file declares it."));
    if (const absl::Status set = config::set_federation(row.name, row.value, rules().federation);
        !set.ok())
      warn(absl::StrCat("Setting ", row.name, " of the database is left out: it ", set.message()));
  }

  // One of the partner's that is somebody else's; empty: none.
  std::string taken_domain(const v1::Partner& partner) const {
    if (taken_.contains(partner.domain())) return partner.domain();
    for (const std::string& domain : partner.additional_domains())
      if (taken_.contains(domain)) return domain;
    return {};
  }

  void claim(const v1::Partner& partner) {
    taken_.insert(partner.domain());
    taken_.insert(partner.additional_domains().begin(), partner.additional_domains().end());
  }

  void warn(std::string sentence) { merged_.warnings.push_back(std::move(sentence)); }

  const config::Config& file_;
  Merged merged_;
  absl::flat_hash_set<std::string> taken_;  // domains, as U-labels
};

}  // namespace

const store::Policy* policy_of(const store::User& user, const Rules& rules) {
  if (!user.policy.empty()) return find(rules.policies, user.policy);
  const store::Policy* of_site =
      user.site.empty() ? nullptr : find(rules.policies, "site:" + user.site);
  return of_site != nullptr ? of_site : &rules.global;
}

Merged merge(const config::Config& file, const store::Administration& rows) {
  return Merger(file, rows).result();
}

v1::Snapshot snapshot(const Rules& rules, std::uint64_t version) {
  v1::Snapshot snapshot;
  snapshot.set_version(version);
  for (const address::Domain& domain : rules.hosted)
    snapshot.add_hosted_domains()->set_domain(domain.unicode());
  for (const v1::Partner& partner : rules.partners) *snapshot.add_partners() = partner;
  *snapshot.mutable_settings() = rules.federation;
  return snapshot;
}

std::uint64_t next_version(std::uint64_t last, absl::Time now) {
  return std::max(last + 1, static_cast<std::uint64_t>(absl::ToUnixMillis(now)));
}

}  // namespace causeway::gateway::policy
