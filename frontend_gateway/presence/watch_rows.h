#pragma once

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "frontend_gateway/presence/watch.h"
#include "frontend_gateway/surroundings/surroundings.h"

namespace causeway::gateway::presence {

// The rows of watches on their way to the database. It must live until the loop has ended.
class WatchRows {
 public:
  explicit WatchRows(Surroundings& surroundings) : surroundings_(surroundings) {}
  WatchRows(const WatchRows&) = delete;
  WatchRows& operator=(const WatchRows&) = delete;

  // As it is now, or as one that is gone. `written` says whether that is durable; if not, nothing
  // has changed.
  using Written = absl::AnyInvocable<void(bool durable)>;
  void put(const Watch& watch, Written written);
  void remove(const Watch& watch, Written written);

  // The same for what has happened already and cannot be refused any more: tried until it is
  // durable.
  void put(const Watch& watch);
  void remove(const Watch& watch);

  std::size_t unwritten() const { return unwritten_.size(); }

 private:
  void write(store::Change change, Written written);
  void keep(store::Change change);
  void try_again();

  Surroundings& surroundings_;
  // The last of each pair, by both names: those that the database has not taken.
  absl::flat_hash_map<std::string, store::Change> unwritten_;
  bool waiting_ = false;
};

}  // namespace causeway::gateway::presence
