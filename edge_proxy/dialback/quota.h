#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "edge_proxy/config/config.h"
#include "edge_proxy/dialback/request.h"

namespace causeway::edge::dialback {

// How often strangers may make us connect to servers of their choice: verifications under way in
// all, of one domain's keys, and for one address that sent them; and what lately came to nothing,
// so that it is not tried again at once. A server that cannot be asked is remembered for the domain
// of ours that asked: it may speak with another. A key that was wrong is remembered only for the
// address it came from, or anybody could keep a domain out with wrong keys in its name. One for all
// threads; any thread.
class Quota {
 public:
  using Clock = std::chrono::steady_clock;

  struct Verification {
    std::string domain;  // whose server is asked
    std::string ours;    // that asks it
    std::string origin;  // of the key, as Transport::peer_address() has it
  };

  explicit Quota(const config::Limits& limits) : limits_(limits) {}

  // A verification that may begin; end() must follow. Or why it may not: what it came to a moment
  // ago, or resource-constraint.
  std::optional<Verdict> begin(const Verification& asked, Clock::time_point now);
  void end(const Verification& asked, const Verdict& verdict, Clock::time_point now);

  std::size_t under_way() const;

 private:
  struct Failure {
    Verdict verdict;
    Clock::time_point until;
  };
  using Counts = std::unordered_map<std::string, std::size_t>;

  const Failure* failure(const std::string& key, Clock::time_point now) const;
  void remember(const std::string& key, const Verdict& verdict, Clock::time_point now);

  const config::Limits limits_;
  mutable std::mutex mutex_;
  std::size_t under_way_ = 0;
  Counts by_domain_;
  Counts by_origin_;
  std::unordered_map<std::string, Failure> failures_;  // by domain, and ours or origin
};

// "192.0.2.1" of "192.0.2.1:5269"; of IPv6 the /64, which is what one host commonly has.
std::string origin_of(const std::string& peer_address);

}  // namespace causeway::edge::dialback
