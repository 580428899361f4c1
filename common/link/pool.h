#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/link/peer.h"

namespace causeway::link {

// Who answers for which stanza: the peers that this end knows, and the choice among them. Not
// synchronised; the hub's lock guards it.
//
// A member owns the keys that rendezvous hashing gives it over the members' names. A peer is a
// member from its attachment until it has been away for `grace` and another is there to take its
// stanzas over. A key with stanzas under way at one member is pinned to it, so that nobody who
// joins overtakes them.
class Pool {
 public:
  // How long a lost peer's life is remembered, to drop duplicates when it comes back, and how many.
  static constexpr std::chrono::minutes kMemory{10};
  static constexpr std::size_t kRemembered = 64;

  explicit Pool(std::chrono::milliseconds grace) : grace_(grace) {}

  std::shared_ptr<Peer> find(std::string_view instance) const;
  const std::vector<std::shared_ptr<Peer>>& peers() const { return peers_; }

  // `peer`, whose line is set, takes its share: what no peer holds, and what lost ones hold.
  void join(const std::shared_ptr<Peer>& peer, Clock::time_point now);
  // The line of `peer` has gone.
  void lose(Peer& peer, Clock::time_point now);
  // Forgets a life whose numbers cannot go on; what it has not settled goes to the others.
  void forget(const std::shared_ptr<Peer>& peer);

  void submit(Entry entry);
  // What `peer` says of the stanzas it was sent.
  absl::Status apply(Peer& peer, const v1::Transfer& transfer, std::vector<Outcome>& outcomes);
  // Moves what lost peers hold, forgets those long gone, and gives out what nobody may wait for.
  void tick(Clock::time_point now, std::vector<Entry>& expired);
  // Everything unsettled.
  std::vector<Entry> drain();

  // Whether anything between us and an attached peer is unsettled, in either direction.
  bool is_under_way() const;
  std::size_t bytes() const;

 private:
  struct Pin {
    Peer* peer;
    std::size_t under_way;
  };

  Peer* owner(std::uint64_t key) const;
  bool is_member(const Peer& peer) const;
  bool is_given_up(const Peer& peer, Clock::time_point now) const;
  std::vector<Entry> leave_all_lost(Clock::time_point now);
  void pin_what_moves_to(Peer& newcomer);
  void unpin(const Entry& entry);
  void leave(Peer& peer, std::vector<Entry>& orphans);
  void submit_all(std::vector<Entry> entries);
  void move_from_lost(Clock::time_point now);
  void forget_long_gone(Clock::time_point now);

  const std::chrono::milliseconds grace_;
  std::vector<std::shared_ptr<Peer>> peers_;  // every remembered life, oldest first
  std::vector<Peer*> members_;                // in the order they joined
  Outbox homeless_;                           // what waits for the first member
  absl::flat_hash_map<std::uint64_t, Pin> pins_;
};

}  // namespace causeway::link
