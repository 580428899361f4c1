#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "causeway/v1/link.pb.h"
#include "common/address/jid.h"
#include "frontend_gateway/config/config.h"
#include "frontend_gateway/store/rows.h"

namespace causeway::gateway::policy {

// What an operator says of domains, partners and users, in the file and at run time together.
struct Rules {
  std::vector<causeway::address::Domain> hosted;
  std::vector<v1::Partner> partners;
  store::Policy global;                 // whom no other policy is for
  std::vector<store::Policy> policies;  // of a site, "site:Redmond", or granted to users by name
  std::vector<store::User> users;
  v1::FederationSettings federation;
};

// The policy of a user: that which is granted to him, else that of his site, else the global one.
// Null: one that is granted does not exist, and so allows nothing.
const store::Policy* policy_of(const store::User& user, const Rules& rules);

struct Merged {
  Rules rules;
  std::vector<std::string> warnings;  // a sentence for each row that does not hold
};

// What the file says holds; a row of the database that says something else of the same partner,
// policy, user or setting does not, nor a partner with a domain that is already somebody's. The
// global policy is the exception: the file's only holds until the database has one.
Merged merge(const config::Config& file, const store::Administration& rows);

// What the edges are told.
v1::Snapshot snapshot(const Rules& rules, std::uint64_t version);
// The time in milliseconds, so that a gateway that starts again has a later one, or one more than
// the last.
std::uint64_t next_version(std::uint64_t last, absl::Time now);

}  // namespace causeway::gateway::policy
