#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "frontend_gateway/sip/loop.h"
#include "frontend_gateway/sip/message.h"

namespace causeway::gateway::sip {

// INVITEs of ours that were answered with a 2xx, for as long as it may be repeated (RFC 3261
// section 13.2.2.4): each repetition asks for the ACK again, and each other To tag is another
// dialog of a fork, acknowledged and ended. In the loop's thread.
class Acknowledged {
 public:
  struct Invite {
    Request request;            // as it was sent
    std::string authorization;  // with these headers
    std::string to_tag;  // of the 2xx that was handed on; empty: none, for nobody waits any more
    int strays = 0;      // 2xx since then
  };

  explicit Acknowledged(Loop& loop) : loop_(loop) {}

  static std::string key(std::string_view call_id, std::string_view from_tag, std::uint32_t cseq);
  // Kept for 32 s from now.
  void keep(const std::string& key, Invite invite);
  Invite* find(const std::string& key);
  void clear() { kept_.clear(); }

 private:
  Loop& loop_;
  absl::flat_hash_map<std::string, Invite> kept_;
};

}  // namespace causeway::gateway::sip
