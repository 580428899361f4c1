#include "frontend_gateway/policy/partners.h"

#include "absl/status/statusor.h"
#include "common/stanza/conditions.h"

namespace causeway::gateway::policy {

using causeway::address::Domain;

Partners::Partners(const std::vector<Domain>& hosted, const std::vector<v1::Partner>& partners) {
  // What is hosted goes first and stays: it is never a partner's as well.
  for (const Domain& domain : hosted) add(domain, Side::hosted);
  const auto add_partner = [this](const std::string& name) {
    if (const absl::StatusOr<Domain> domain = Domain::parse(name); domain.ok())
      add(*domain, Side::partner);
  };
  for (const v1::Partner& partner : partners) {
    add_partner(partner.domain());
    for (const std::string& additional : partner.additional_domains()) add_partner(additional);
  }
}

Outcome<Pair, v1::StanzaError> Partners::admit_from_xmpp(const v1::Address& from,
                                                         const v1::Address& to) const {
  const Domain* remote = find(from.domain(), Side::partner);
  if (remote == nullptr)
    return stanza::error(v1::FORBIDDEN, "Your domain is not allowed to send to this one.");
  const Domain* local = find(to.domain(), Side::hosted);
  if (local == nullptr) return stanza::error(v1::ITEM_NOT_FOUND, "The domain is not served here.");
  return Pair{local, remote};
}

Outcome<Pair, SipRefusal> Partners::admit_from_sip(const mapping::SipUri& from,
                                                   const mapping::SipUri& to) const {
  const Domain* local = find(from.host, Side::hosted);
  if (local == nullptr) return SipRefusal{403, "Sender's Domain Is Not Hosted Here"};
  if (find(to.host, Side::hosted) != nullptr)
    return SipRefusal{482, "Recipient's Domain Is Served By SIP"};
  const Domain* remote = find(to.host, Side::partner);
  if (remote == nullptr) return SipRefusal{404, "Recipient's Domain Is Not An Allowed Partner"};
  return Pair{local, remote};
}

const Domain* Partners::hosted(const std::string& name) const { return find(name, Side::hosted); }

void Partners::add(const Domain& domain, Side side) {
  known_.try_emplace(domain.unicode(), Known{domain, side});
  known_.try_emplace(domain.ascii(), Known{domain, side});
}

const Domain* Partners::find(const std::string& name, Side side) const {
  const auto known = known_.find(name);
  return known == known_.end() || known->second.side != side ? nullptr : &known->second.domain;
}

}  // namespace causeway::gateway::policy
