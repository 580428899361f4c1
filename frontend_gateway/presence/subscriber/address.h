#pragma once

#include <string>
#include <string_view>

#include "causeway/v1/stanza.pb.h"

namespace causeway::gateway::presence {

// Bare, prepared JIDs as text: what rows and keys hold.

inline std::string bare(const v1::Address& address) {
  return address.local() + "@" + address.domain();
}

inline std::string_view domain_of(std::string_view bare) { return bare.substr(bare.find('@') + 1); }

inline v1::Address address_of(std::string_view bare) {
  v1::Address address;
  const auto at = bare.find('@');
  if (at != std::string_view::npos) address.set_local(std::string(bare.substr(0, at)));
  address.set_domain(std::string(domain_of(bare)));
  return address;
}

inline std::string names(std::string_view local, std::string_view remote) {
  return std::string(local).append(" ").append(remote);
}

}  // namespace causeway::gateway::presence
