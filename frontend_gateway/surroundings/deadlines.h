#pragma once

#include <chrono>
#include <functional>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "frontend_gateway/surroundings/surroundings.h"

namespace causeway::gateway {

// Things that are due at some time, by a key of theirs, behind one timer of the loop. It must live
// until the loop has ended. Keys are ordered and hashable, and cheap to copy.
template <typename Key>
class Deadlines {
 public:
  using Clock = std::chrono::steady_clock;
  using Due = std::function<void(const Key&)>;

  // `due` may set and cancel any key, its own too.
  Deadlines(Surroundings& surroundings, Due due)
      : surroundings_(surroundings), due_(std::move(due)) {}
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

  // In place of the one the key had.
  void set(const Key& key, Clock::time_point when) {
    cancel(key);
    when_.emplace(key, when);
    order_.emplace(when, key);
    arm();
  }
  void cancel(const Key& key) {
    const auto found = when_.find(key);
    if (found == when_.end()) return;
    order_.erase({found->second, key});
    when_.erase(found);
  }
  bool contains(const Key& key) const { return when_.contains(key); }
  std::size_t size() const { return when_.size(); }

 private:
  void arm() {
    if (order_.empty() || order_.begin()->first >= armed_for_) return;
    armed_for_ = order_.begin()->first;
    const auto left = std::max(Clock::duration{}, armed_for_ - surroundings_.clock());
    surroundings_.after(std::chrono::ceil<std::chrono::milliseconds>(left),
                        [this, mine = armed_for_] {
                          if (mine == armed_for_) look();  // else an earlier one has looked
                        });
  }
  void look() {
    armed_for_ = Clock::time_point::max();
    while (!order_.empty() && order_.begin()->first <= surroundings_.clock()) {
      const Key key = order_.begin()->second;
      cancel(key);
      due_(key);
    }
    arm();
  }

  Surroundings& surroundings_;
  const Due due_;
  absl::flat_hash_map<Key, Clock::time_point> when_;
  absl::btree_set<std::pair<Clock::time_point, Key>> order_;
  Clock::time_point armed_for_ = Clock::time_point::max();
};

}  // namespace causeway::gateway
