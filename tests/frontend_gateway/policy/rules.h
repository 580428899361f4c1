#pragma once

#include <string>

#include "common/address/jid.h"
#include "frontend_gateway/policy/policy.h"

namespace causeway::test {

inline v1::Partner partner_of(const std::string& domain, v1::PartnerType type) {
  v1::Partner partner;
  partner.set_domain(domain);
  partner.set_type(type);
  return partner;
}

// Everybody may communicate with fabrikam.example, which is Federated.
inline gateway::policy::Rules open_rules() {
  gateway::policy::Rules rules;
  rules.hosted = {*address::Domain::parse("contoso.example"),
                  *address::Domain::parse("日本.example")};
  rules.partners = {partner_of("fabrikam.example", v1::FEDERATED)};
  rules.partners[0].add_additional_domains("bücher.example");
  rules.global = {"global", true, true, ""};
  return rules;
}

inline v1::Address user(const std::string& local_part, const std::string& domain) {
  v1::Address address;
  address.set_local(local_part);
  address.set_domain(domain);
  return address;
}

}  // namespace causeway::test
