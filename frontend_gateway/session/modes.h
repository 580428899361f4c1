#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace causeway::gateway::session {

// How texts go to the users of a SIP domain.
enum class Mode {
  page,       // each a MESSAGE of its own
  session,    // within a session, whatever it takes
  automatic,  // a session is tried; who has none gets MESSAGEs for some time
};

// Who has refused a session, for some time after it. One that opens a session is forgotten at once.
// What is not remembered is tried again: nothing is lost but the attempt.
class Refusers {
 public:
  using Clock = std::chrono::steady_clock;

  Refusers(std::size_t most, std::chrono::seconds remembered)
      : most_(most), remembered_(remembered) {}

  void add(const std::string& user, Clock::time_point now);
  void remove(const std::string& user) { until_.erase(user); }
  bool contains(const std::string& user, Clock::time_point now) const;
  std::size_t size() const { return until_.size(); }

 private:
  const std::size_t most_;
  const std::chrono::seconds remembered_;
  absl::flat_hash_map<std::string, Clock::time_point> until_;
  // All are remembered equally long: the first is the next to go. It may have gone already.
  std::deque<std::pair<Clock::time_point, std::string>> oldest_first_;
};

}  // namespace causeway::gateway::session
