#include "common/link/pool.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/link/rendezvous.h"

namespace causeway::link {

std::shared_ptr<Peer> Pool::find(std::string_view instance) const {
  for (const auto& peer : peers_)
    if (peer->instance == instance) return peer;
  return nullptr;
}

void Pool::submit(Entry entry) {
  Peer* peer = nullptr;
  if (auto pin = pins_.end(); !pins_.empty() && (pin = pins_.find(entry.key)) != pins_.end()) {
    peer = pin->second.peer;
    pin->second.under_way += 1;
  } else {
    peer = owner(entry.key);
  }
  (peer != nullptr ? peer->outbox : homeless_).push(std::move(entry));
}

// A key that names a life belongs to it. Of two lives with one name the later one wins: the earlier
// is most likely dead.
Peer* Pool::owner(std::uint64_t key) const {
  Peer* best = nullptr;
  std::uint64_t best_weight = 0;
  for (Peer* peer : members_) {
    if (peer->life_hash == key) return peer;
    const std::uint64_t its = weight(key, peer->name_hash);
    if (best == nullptr || its >= best_weight) best = peer, best_weight = its;
  }
  return best;
}

absl::Status Pool::apply(Peer& peer, const v1::Transfer& transfer, std::vector<Outcome>& outcomes) {
  const std::size_t before = outcomes.size();
  const absl::Status status = peer.outbox.apply(transfer, outcomes);
  if (!pins_.empty())
    for (std::size_t i = before; i < outcomes.size(); ++i) unpin(outcomes[i].entry);
  return status;
}

void Pool::unpin(const Entry& entry) {
  const auto pin = pins_.find(entry.key);
  if (pin != pins_.end() && --pin->second.under_way == 0) pins_.erase(pin);
}

void Pool::join(const std::shared_ptr<Peer>& peer, Clock::time_point now) {
  if (std::find(peers_.begin(), peers_.end(), peer) == peers_.end()) peers_.push_back(peer);
  const bool is_new = !is_member(*peer);
  if (is_new) members_.push_back(peer.get());
  std::vector<Entry> orphans = leave_all_lost(now);
  if (is_new) pin_what_moves_to(*peer);
  submit_all(std::move(orphans));
  submit_all(homeless_.drain());
}

std::vector<Entry> Pool::leave_all_lost(Clock::time_point now) {
  std::vector<Entry> orphans;
  const std::vector<Peer*> before = members_;
  for (Peer* peer : before)
    if (is_given_up(*peer, now)) leave(*peer, orphans);
  return orphans;
}

// A later life of the same name means that this one is dead.
bool Pool::is_given_up(const Peer& peer, Clock::time_point now) const {
  if (peer.line != nullptr) return false;
  if (peer.said_farewell || now - peer.lost_at >= grace_) return true;
  return std::any_of(members_.begin(), members_.end(), [&](const Peer* other) {
    return other != &peer && other->line != nullptr && other->name == peer.name;
  });
}

// Runs once a newcomer, so that the common case costs no table of who is under way where.
void Pool::pin_what_moves_to(Peer& newcomer) {
  absl::flat_hash_map<std::uint64_t, Pin> moving;
  for (Peer* other : members_) {
    if (other == &newcomer) continue;
    other->outbox.for_each([&](const Entry& entry) {
      if (pins_.contains(entry.key) || owner(entry.key) != &newcomer) return;
      moving.try_emplace(entry.key, Pin{other, 0}).first->second.under_way += 1;
    });
  }
  pins_.merge(moving);
}

void Pool::leave(Peer& peer, std::vector<Entry>& orphans) {
  std::erase(members_, &peer);
  absl::erase_if(pins_, [&](const auto& pin) { return pin.second.peer == &peer; });
  std::vector<Entry> entries = peer.outbox.drain();
  std::move(entries.begin(), entries.end(), std::back_inserter(orphans));
}

void Pool::submit_all(std::vector<Entry> entries) {
  for (Entry& entry : entries) submit(std::move(entry));
}

void Pool::lose(Peer& peer, Clock::time_point now) {
  peer.line = nullptr;
  peer.lost_at = now;
}

void Pool::forget(const std::shared_ptr<Peer>& peer) {
  std::vector<Entry> orphans;
  leave(*peer, orphans);
  std::erase(peers_, peer);
  submit_all(std::move(orphans));
}

void Pool::tick(Clock::time_point now, std::vector<Entry>& expired) {
  const std::size_t before = expired.size();
  for (const auto& peer : peers_) peer->outbox.expire(now, expired);
  for (std::size_t i = before; i < expired.size(); ++i) unpin(expired[i]);
  homeless_.expire(now, expired);
  move_from_lost(now);
  forget_long_gone(now);
}

// While no other is there, what a lost peer holds stays with it: should it come back, its numbers
// go on and nothing is delivered twice.
void Pool::move_from_lost(Clock::time_point now) {
  const auto attached = [](const Peer* peer) { return peer->line != nullptr; };
  if (std::any_of(members_.begin(), members_.end(), attached)) submit_all(leave_all_lost(now));
}

bool Pool::is_member(const Peer& peer) const {
  return std::find(members_.begin(), members_.end(), &peer) != members_.end();
}

void Pool::forget_long_gone(Clock::time_point now) {
  std::size_t excess = peers_.size() > kRemembered ? peers_.size() - kRemembered : 0;
  std::erase_if(peers_, [&](const std::shared_ptr<Peer>& peer) {
    if (peer->line != nullptr || is_member(*peer)) return false;
    if (excess == 0 && now - peer->lost_at < kMemory) return false;
    excess -= excess > 0 ? 1 : 0;
    return true;
  });
}

std::vector<Entry> Pool::drain() {
  std::vector<Entry> entries = homeless_.drain();
  for (const auto& peer : peers_) {
    std::vector<Entry> its = peer->outbox.drain();
    std::move(its.begin(), its.end(), std::back_inserter(entries));
  }
  pins_.clear();
  return entries;
}

bool Pool::is_under_way() const {
  return std::any_of(peers_.begin(), peers_.end(), [](const std::shared_ptr<Peer>& peer) {
    return peer->line != nullptr && (peer->outbox.size() > 0 || peer->inbox.held() > 0);
  });
}

std::size_t Pool::bytes() const {
  std::size_t bytes = homeless_.bytes();
  for (const auto& peer : peers_) bytes += peer->outbox.bytes();
  return bytes;
}

}  // namespace causeway::link
