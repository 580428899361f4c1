#pragma once

#include <functional>
#include <string>
#include <vector>

#include "frontend_gateway/sip/libre.h"

namespace causeway::gateway::sip {

// Who may send requests (config::Sip::trusted_peers). Pure.
class Trust {
 public:
  explicit Trust(const std::vector<std::string>& peers);

  // Nobody is named, and so everybody is trusted.
  bool everybody() const { return networks_.empty() && names_.empty(); }
  // `names` are those of the peer's certificate, asked for only when the address does not do.
  bool trusts(const sa& source, const std::function<std::vector<std::string>()>& names) const;

 private:
  struct Network {
    sa address;
    int bits;
  };
  std::vector<Network> networks_;
  std::vector<std::string> names_;  // lower case
};

}  // namespace causeway::gateway::sip
