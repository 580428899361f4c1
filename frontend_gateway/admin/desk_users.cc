#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "frontend_gateway/admin/desk.h"

namespace causeway::gateway::admin {
namespace {

constexpr char kGlobal[] = "global";

absl::Status check_identity(const std::string& identity) {
  if (identity == kGlobal) return absl::OkStatus();
  const std::string why = config::must_be_policy(identity);
  if (why.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("\"", identity, "\" ", why, "."));
}

const store::Policy* find(const std::vector<store::Policy>& policies, const std::string& identity) {
  const auto found = std::find_if(policies.begin(), policies.end(), [&](const store::Policy& one) {
    return one.identity == identity;
  });
  return found == policies.end() ? nullptr : &*found;
}

const store::User* find(const std::vector<store::User>& users, const std::string& address) {
  const auto found = std::find_if(users.begin(), users.end(),
                                  [&](const store::User& one) { return one.address == address; });
  return found == users.end() ? nullptr : &*found;
}

}  // namespace

v1::PolicyList Desk::policies() const {
  v1::PolicyList list;
  const auto add = [&](const store::Policy& policy) {
    v1::ExternalAccessPolicy& shown = *list.add_policies();
    shown.set_identity(policy.identity);
    shown.set_enable_federation_access(policy.enable_federation_access);
    shown.set_enable_xmpp_access(policy.enable_xmpp_access);
    shown.set_description(policy.description);
    *shown.mutable_origin() = origin(config::declared_policy(policy.identity));
  };
  add(rules().global);
  if (find(subject_.rulebook.rows().policies, kGlobal) == nullptr)
    list.mutable_policies(0)->mutable_origin()->set_file(file().file);
  for (const store::Policy& policy : rules().policies) add(policy);
  return list;
}

void Desk::set(const v1::SetPolicyRequest& request, Done<v1::PolicyList> done) {
  const auto plan = [this, request]() -> absl::StatusOr<Changes> {
    const std::string& identity = request.identity();
    absl::Status status = check_identity(identity);
    if (status.ok()) status = not_declared(config::declared_policy(identity), "Policy " + identity);
    if (!status.ok()) return status;
    const store::Policy* there =
        identity == kGlobal ? &rules().global : find(rules().policies, identity);
    store::Policy policy = there == nullptr ? store::Policy{identity, false, false, ""} : *there;
    if (request.has_enable_federation_access())
      policy.enable_federation_access = request.enable_federation_access();
    if (request.has_enable_xmpp_access()) policy.enable_xmpp_access = request.enable_xmpp_access();
    if (request.has_description()) policy.description = request.description();
    return Changes{{std::move(policy)}};
  };
  change<v1::PolicyList>(plan, std::move(done), [this] { return policies(); });
}

void Desk::remove(const v1::RemovePolicyRequest& request, Done<v1::PolicyList> done) {
  const auto plan = [this, request]() -> absl::StatusOr<Changes> {
    const std::string& identity = request.identity();
    if (const absl::Status status =
            not_declared(config::declared_policy(identity), "Policy " + identity);
        !status.ok())
      return status;
    const store::Policy* row = find(subject_.rulebook.rows().policies, identity);
    if (row == nullptr)
      return absl::NotFoundError(absl::StrCat("There is no policy ", identity, "."));
    // One that is granted and gone would allow nothing.
    for (const store::User& user : rules().users)
      if (user.policy == identity)
        return absl::FailedPreconditionError(
            absl::StrCat("Policy ", identity, " is granted to ", user.address,
                         ": grant that user another first, or global."));
    return Changes{{*row, true}};
  };
  change<v1::PolicyList>(plan, std::move(done), [this] { return policies(); });
}

v1::GatewayUser Desk::describe(const store::User& user) const {
  v1::GatewayUser shown;
  shown.set_address(user.address);
  shown.set_site(user.site);
  shown.set_policy(user.policy);
  shown.set_branch_appliance(user.branch_appliance);
  if (const store::Policy* policy = policy::policy_of(user, rules()))
    shown.set_policy_in_force(policy->identity);
  *shown.mutable_origin() = origin(config::declared_user(user.address));
  return shown;
}

absl::StatusOr<v1::UserList> Desk::users(const std::string& address) const {
  v1::UserList list;
  std::string filter;
  if (!address.empty()) {
    auto one = user_address(address);
    if (!one.ok()) return one.status();
    filter = *std::move(one);
  }
  for (const store::User& user : rules().users)
    if (filter.empty() || user.address == filter) *list.add_users() = describe(user);
  return list;
}

absl::StatusOr<store::User> Desk::planned(const v1::SetUserRequest& request) const {
  const auto address = user_address(request.address());
  if (!address.ok()) return address.status();
  if (const absl::Status status = not_declared(config::declared_user(*address), "User " + *address);
      !status.ok())
    return status;
  const std::string domain = address->substr(address->find('@') + 1);
  if (std::none_of(rules().hosted.begin(), rules().hosted.end(),
                   [&](const address::Domain& hosted) { return hosted.unicode() == domain; }))
    return absl::InvalidArgumentError(absl::StrCat(domain, " is not hosted here."));
  const store::User* there = find(rules().users, *address);
  store::User user = there == nullptr ? store::User{*address, "", "", false} : *there;
  if (request.has_site()) {
    const std::string why = request.site().empty() ? "" : config::must_be_site(request.site());
    if (!why.empty()) return absl::InvalidArgumentError(absl::StrCat("The site ", why, "."));
    user.site = request.site();
  }
  if (request.has_policy()) {
    const std::string& policy = request.policy();
    if (policy.starts_with("site:"))
      return absl::InvalidArgumentError(
          "A site's policy is not granted: say the user's site instead.");
    if (!policy.empty() && policy != kGlobal && find(rules().policies, policy) == nullptr)
      return absl::NotFoundError(absl::StrCat("There is no policy ", policy, "."));
    user.policy = policy == kGlobal ? "" : policy;
  }
  if (request.has_branch_appliance()) user.branch_appliance = request.branch_appliance();
  return user;
}

void Desk::set(const v1::SetUserRequest& request, Done<v1::UserList> done) {
  const auto plan = [this, request]() -> absl::StatusOr<Changes> {
    auto user = planned(request);
    if (!user.ok()) return user.status();
    return Changes{{*std::move(user)}};
  };
  change<v1::UserList>(plan, std::move(done), [this, request] { return users(request.address()); });
}

void Desk::remove(const v1::RemoveUserRequest& request, Done<v1::UserList> done) {
  const auto plan = [this, request]() -> absl::StatusOr<Changes> {
    const auto address = user_address(request.address());
    if (!address.ok()) return address.status();
    if (const absl::Status status =
            not_declared(config::declared_user(*address), "User " + *address);
        !status.ok())
      return status;
    const store::User* row = find(subject_.rulebook.rows().users, *address);
    if (row == nullptr)
      return absl::NotFoundError(absl::StrCat("Nothing is said of user ", *address, "."));
    return Changes{{*row, true}};
  };
  change<v1::UserList>(plan, std::move(done), [this] { return users(""); });
}

}  // namespace causeway::gateway::admin
