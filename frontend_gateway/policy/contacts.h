#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "frontend_gateway/store/rows.h"

namespace causeway::gateway::policy {

// Which XMPP users a SIP user knows: whom a partner of the type PublicUnverified may let reach her
// (Policy). Users are the bare prepared JIDs of store/rows.h, as text. In the loop's thread.
class Contacts {
 public:
  explicit Contacts(const std::vector<store::Contact>& rows = {});

  bool knows(std::string_view local, std::string_view remote) const;

  // Whether it is new, and so has to be written. What is known stays as it is, and beyond a million
  // nobody becomes one: SIP users make contacts, so they have a bound.
  bool add(const store::Contact& contact);
  // Whether it was one.
  bool remove(std::string_view local, std::string_view remote);

  // Those of one SIP user, or all when `local` is empty, in the order of their addresses.
  std::vector<store::Contact> list(std::string_view local = {}) const;
  std::size_t size() const { return known_.size(); }

 private:
  struct Known {
    store::Contact::By by;
    absl::Time since;
  };

  absl::flat_hash_map<std::string, Known> known_;  // by both addresses, with a space between
};

}  // namespace causeway::gateway::policy
