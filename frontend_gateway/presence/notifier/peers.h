#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "frontend_gateway/surroundings/deadlines.h"
#include "frontend_gateway/surroundings/surroundings.h"

namespace causeway::gateway::presence {

// Which ways from one of our domains to a peer's are closed, as far as it is known: a stanza was
// refused, or no stream could be had. That a stream has ended says nothing, for an idle one does.
class Peers {
 public:
  struct Handlers {
    std::function<void(const std::string& route)> lost;  // closed for longer than the grace
    // After failed(). `long_away`: presence may have been missed.
    std::function<void(const std::string& route, bool long_away)> returned;
    // Somebody there has to be asked something, or nobody would see that it is back. False: nobody
    // is interested any more.
    std::function<bool(const std::string& route)> try_again;
  };

  static std::string route(std::string_view local, std::string_view remote);

  Peers(Surroundings& surroundings, std::chrono::milliseconds grace, Handlers handlers);

  void failed(const std::string& route);
  void reached(const std::string& route);

  std::size_t away() const { return away_.size(); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Away {
    Clock::time_point grace_ends;
    Clock::duration pause;
    bool long_away = false;  // it was looked for in vain
    bool lost = false;
  };

  void look(const std::string& route);

  Surroundings& surroundings_;
  const std::chrono::milliseconds grace_;
  const Handlers handlers_;
  absl::flat_hash_map<std::string, Away> away_;
  Deadlines<std::string> looks_;
};

}  // namespace causeway::gateway::presence
