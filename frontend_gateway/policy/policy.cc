#include "frontend_gateway/policy/policy.h"

#include "absl/hash/hash.h"
#include "absl/status/statusor.h"
#include "common/stanza/conditions.h"
#include "frontend_gateway/address/mapping.h"

namespace causeway::gateway::policy {
namespace {

using causeway::address::Domain;

std::string bare(std::string_view local_part, const std::string& domain) {
  std::string address;
  address.reserve(local_part.size() + 1 + domain.size());
  if (!local_part.empty()) address.append(local_part).append(1, '@');
  return address.append(domain);
}

std::string bare(const v1::Address& address) { return bare(address.local(), address.domain()); }

}  // namespace

Policy::Policy(const Rules& rules)
    : everybody_(access(&rules.global)),
      log_message_bodies_(rules.federation.log_message_bodies()) {
  // What is hosted goes first and stays: it is never a partner's as well.
  for (const Domain& domain : rules.hosted) add(domain, {domain, Side::hosted, {}, 0});
  for (const v1::Partner& partner : rules.partners) add(partner);
  for (const store::User& user : rules.users) add(user, rules);
}

Outcome<Pair, v1::StanzaError> Policy::admit_from_xmpp(Act act, const v1::Address& from,
                                                       const v1::Address& to,
                                                       const Contacts& contacts) const {
  const Known* remote = find(from.domain(), Side::partner);
  if (remote == nullptr)
    return stanza::error(v1::FORBIDDEN, "Your domain is not allowed to send to this one.");
  const Known* local = find(to.domain(), Side::hosted);
  if (local == nullptr) return stanza::error(v1::ITEM_NOT_FOUND, "The domain is not served here.");
  // Before what depends on the user: a stranger cannot tell users by their answers.
  if (remote->type == v1::PUBLIC_UNVERIFIED && act != Act::presence &&
      !contacts.knows(bare(to), bare(from)))
    return stanza::error(v1::FORBIDDEN,
                         "Only people whom this user has as contacts may write or subscribe; "
                         "be added first.");
  if (access(to.local(), local->domain.unicode()) != Access::granted)
    return stanza::error(v1::NOT_ALLOWED,
                         "This user is not enabled for communication with your network.");
  return Pair{&local->domain, &remote->domain, remote->type, remote->partner};
}

Outcome<Pair, SipRefusal> Policy::admit_from_sip(Act, const mapping::SipUri& from,
                                                 const mapping::SipUri& to) const {
  const Known* local = find(from.host, Side::hosted);
  if (local == nullptr) return SipRefusal{403, "Sender's Domain Is Not Hosted Here"};
  if (find(to.host, Side::hosted) != nullptr)
    return SipRefusal{482, "Recipient's Domain Is Served By SIP"};
  const Known* remote = find(to.host, Side::partner);
  if (remote == nullptr) return SipRefusal{404, "Recipient's Domain Is Not An Allowed Partner"};
  Access granted = everybody_;
  if (!users_.empty()) {
    // By the JID, since that is prepared: "sip:BOB@" is no way around what is said of bob.
    const auto jid = mapping::to_jid(from);
    if (!jid.ok()) return jid.refusal();
    granted = access(jid->local(), local->domain.unicode());
  }
  if (granted != Access::granted) return SipRefusal{403, std::string(words(granted))};
  return Pair{&local->domain, &remote->domain, remote->type, remote->partner};
}

const Domain* Policy::hosted(const std::string& name) const {
  const Known* known = find(name, Side::hosted);
  return known == nullptr ? nullptr : &known->domain;
}

const Domain* Policy::partner(const std::string& name) const {
  const Known* known = find(name, Side::partner);
  return known == nullptr ? nullptr : &known->domain;
}

Policy::Access Policy::access(const store::Policy* policy) {
  if (policy == nullptr || !policy->enable_federation_access) return Access::no_federation;
  return policy->enable_xmpp_access ? Access::granted : Access::no_xmpp;
}

Policy::Access Policy::access(std::string_view local_part, const std::string& domain) const {
  if (users_.empty()) return everybody_;
  const auto user = users_.find(bare(local_part, domain));
  return user == users_.end() ? everybody_ : user->second;
}

std::string_view Policy::words(Access access) {
  switch (access) {
    case Access::no_federation:
      return "External Access Policy: Federation Is Not Enabled";
    case Access::no_xmpp:
      return "External Access Policy: XMPP Is Not Enabled";
    case Access::branch_appliance:
      return "Users Of A Branch Appliance Have No XMPP";
    case Access::granted:
      break;
  }
  return "OK";
}

void Policy::add(const Domain& domain, Known known) {
  known_.try_emplace(domain.unicode(), known);
  known_.try_emplace(domain.ascii(), std::move(known));
}

void Policy::add(const v1::Partner& partner) {
  const std::uint64_t number = absl::HashOf(partner.domain());
  const auto add_domain = [&](const std::string& name) {
    if (const absl::StatusOr<Domain> domain = Domain::parse(name); domain.ok())
      add(*domain, {*domain, Side::partner, partner.type(), number});
  };
  add_domain(partner.domain());
  for (const std::string& additional : partner.additional_domains()) add_domain(additional);
}

void Policy::add(const store::User& user, const Rules& rules) {
  const Access granted =
      user.branch_appliance ? Access::branch_appliance : access(policy_of(user, rules));
  users_.try_emplace(user.address, granted);
}

const Policy::Known* Policy::find(const std::string& name, Side side) const {
  const auto known = known_.find(name);
  return known == known_.end() || known->second.side != side ? nullptr : &known->second;
}

}  // namespace causeway::gateway::policy
