#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "frontend_gateway/surroundings/deadlines.h"
#include "frontend_gateway/surroundings/surroundings.h"

namespace causeway::gateway::presence {

// Which domains cannot be reached, as far as it is known: a stanza for one was refused, or no
// stream to it could be had. That a stream has ended says nothing, for an idle one does.
class Peers {
 public:
  struct Handlers {
    std::function<void(const std::string& domain)> lost;      // away for longer than the grace
    std::function<void(const std::string& domain)> returned;  // after failed(), lost() or not
    // Somebody there has to be asked something, or nobody would see that it is back. False: nobody
    // is interested any more.
    std::function<bool(const std::string& domain)> try_again;
  };

  Peers(Surroundings& surroundings, std::chrono::milliseconds grace, Handlers handlers);

  void failed(const std::string& domain);
  void reached(const std::string& domain);

  std::size_t away() const { return away_.size(); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Away {
    Clock::time_point grace_ends;
    Clock::duration pause;
    bool told = false;
  };

  void look(const std::string& domain);

  Surroundings& surroundings_;
  const std::chrono::milliseconds grace_;
  const Handlers handlers_;
  absl::flat_hash_map<std::string, Away> away_;
  Deadlines<std::string> looks_;
};

}  // namespace causeway::gateway::presence
