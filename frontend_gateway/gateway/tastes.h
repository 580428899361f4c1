#pragma once

#include <cstddef>
#include <deque>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "frontend_gateway/address/sip_uri.h"
#include "frontend_gateway/config/config.h"
#include "frontend_gateway/courier/errand.h"

namespace causeway::gateway {

// What SIP users take beside plain text: as the routes of their domains say, unless they have shown
// or said otherwise. In memory: a restart forgets what was learned, and learns it again.
class Tastes {
 public:
  using What = Attempt::What;

  explicit Tastes(const config::Sip& settings, std::size_t most = kMost);

  bool takes(What what, const mapping::SipUri& user) const;
  // Whether there may be anybody who takes it; cheap.
  bool anybody_takes(What what) const;

  void has_shown(What what, const mapping::SipUri& user) { learn(what, user, true); }
  void has_declined(What what, const mapping::SipUri& user) { learn(what, user, false); }

 private:
  static constexpr std::size_t kMost = 65536;  // users; some 10 MB
  static constexpr std::size_t kKinds = 3;
  enum class Taste : std::uint8_t { unknown, takes, declines };
  struct Learned {
    Taste tastes[kKinds] = {};
  };

  static std::size_t index(What what) { return static_cast<std::size_t>(what); }
  void learn(What what, const mapping::SipUri& user, bool takes);

  const std::size_t most_;
  struct OfDomain {
    bool takes[kKinds] = {};
  };
  absl::flat_hash_map<std::string, OfDomain> domains_;  // by A-label; those that take something
  bool by_domain_[kKinds] = {};
  absl::flat_hash_map<std::string, Learned> users_;  // by bare URI
  std::deque<std::string> oldest_first_;
  std::size_t shown_[kKinds] = {};
};

}  // namespace causeway::gateway
