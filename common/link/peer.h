#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/link/delivery.h"
#include "common/link/inbox.h"
#include "common/link/outbox.h"

namespace causeway::link {

class Hub;
class Line;

// One life of a process at the other end, from its first hello until it has been away for so long
// that it is forgotten. Guarded by the hub's lock, except for settle().
class Peer final : public Settler {
 public:
  Peer(std::weak_ptr<Hub> hub, const v1::Hello& hello, std::uint32_t credit);

  // Receipts outlive connections, lives and the hub itself; then this does nothing.
  void settle(std::uint64_t sequence, std::optional<v1::StanzaError> refusal) override;

  const std::string instance;
  const std::string name;
  const std::string software;
  const std::uint64_t name_hash;
  const std::uint64_t life_hash;  // the key of what only this life can use
  Outbox outbox;
  Inbox inbox;
  Line* line = nullptr;  // while attached
  Clock::time_point lost_at;
  bool said_farewell = false;

 private:
  const std::weak_ptr<Hub> hub_;
};

}  // namespace causeway::link
