#pragma once

#include <google/protobuf/util/message_differencer.h>

#include <string>
#include <vector>

#include "frontend_gateway/store/rows.h"

namespace causeway::gateway::store {

// Rows for tests, and what is equal of two of them.

inline absl::Time moment(std::int64_t micros = 1'700'000'000'123'456) {
  return absl::FromUnixMicros(micros);
}

inline Partner partner(const std::string& domain, const std::string& description = "") {
  v1::Partner partner;
  partner.set_domain(domain);
  partner.add_additional_domains("chat." + domain);
  partner.set_type(v1::PUBLIC_VERIFIED);
  partner.set_tls(v1::REQUIRED);
  partner.set_dialback(true);
  partner.set_connection_limit(7);
  return {partner, description};
}

inline Watch watch(const std::string& local, const std::string& remote,
                   Watch::State state = Watch::State::active) {
  return {local, remote, state, moment()};
}

inline Contact contact(const std::string& local, const std::string& remote) {
  return {local, remote, Contact::By::message, moment()};
}

// Each row as a line, in the order of the tables.
inline std::vector<std::string> lines(const Contents& contents) {
  std::vector<std::string> lines;
  const auto add = [&](auto... parts) {
    std::string line;
    ((line += std::string(parts) + "|"), ...);
    lines.push_back(line);
  };
  const auto time = [](absl::Time when) { return std::to_string(absl::ToUnixMicros(when)); };
  const auto number = [](auto value) { return std::to_string(static_cast<int>(value)); };
  for (const auto& row : contents.administration.partners)
    add("partner", row.partner.ShortDebugString(), row.description);
  for (const auto& row : contents.administration.policies)
    add("policy", row.identity, number(row.enable_federation_access),
        number(row.enable_xmpp_access), row.description);
  for (const auto& row : contents.administration.users)
    add("user", row.address, row.site, row.policy, number(row.branch_appliance));
  for (const auto& row : contents.administration.settings) add("setting", row.name, row.value);
  for (const auto& row : contents.contacts)
    add("contact", row.local, row.remote, number(row.by), time(row.since));
  for (const auto& row : contents.watches)
    add("watch", row.local, row.remote, number(row.state), time(row.since));
  for (const auto& row : contents.grants)
    add("grant", row.local, row.remote, number(row.state), time(row.since));
  for (const auto& row : contents.subscriptions)
    add("subscription", row.id, row.local, row.remote, row.dialog, row.event_id, time(row.expires));
  return lines;
}

inline std::vector<Change> one_of_each() {
  return {
      {partner("fabrikam.example", "a partner")},
      {Policy{"site:Redmond", true, false, "a policy"}},
      {User{"bob@contoso.example", "Redmond", "XMPP allowed", true}},
      {Setting{"partner_connection_limit", "20"}},
      {Contact{"bob@contoso.example", "al@fabrikam.example", Contact::By::operator_, moment(1)}},
      {watch("bob@contoso.example", "al@fabrikam.example")},
      {Grant{"bob@contoso.example", "al@fabrikam.example", Grant::State::granted, moment(-5)}},
      {Subscription{"call;a;b", "bob@contoso.example", "al@fabrikam.example", "a\nb\n", "7",
                    moment()}}};
}

inline Contents contents_of(const std::vector<Change>& changes) {
  struct Into {
    Contents& contents;
    void operator()(const Partner& row) { contents.administration.partners.push_back(row); }
    void operator()(const Policy& row) { contents.administration.policies.push_back(row); }
    void operator()(const User& row) { contents.administration.users.push_back(row); }
    void operator()(const Setting& row) { contents.administration.settings.push_back(row); }
    void operator()(const Contact& row) { contents.contacts.push_back(row); }
    void operator()(const Watch& row) { contents.watches.push_back(row); }
    void operator()(const Grant& row) { contents.grants.push_back(row); }
    void operator()(const Subscription& row) { contents.subscriptions.push_back(row); }
  };
  Contents contents;
  for (const Change& change : changes) std::visit(Into{contents}, change.row);
  return contents;
}

}  // namespace causeway::gateway::store
