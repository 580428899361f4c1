#include "frontend_gateway/presence/watch_rows.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/log/log.h"

namespace causeway::gateway::presence {
namespace {

constexpr std::chrono::milliseconds kPause(30'000);  // before the database is asked again

std::string key_of(const store::Change& change) {
  const auto& row = std::get<store::Watch>(change.row);
  return absl::StrCat(row.local, " ", row.remote);
}

}  // namespace

void WatchRows::put(const Watch& watch, Written written) {
  write({row_of(watch)}, std::move(written));
}
void WatchRows::remove(const Watch& watch, Written written) {
  write({row_of(watch), true}, std::move(written));
}
void WatchRows::put(const Watch& watch) { keep({row_of(watch)}); }
void WatchRows::remove(const Watch& watch) { keep({row_of(watch), true}); }

void WatchRows::write(store::Change change, Written written) {
  std::string key = key_of(change);
  std::vector<store::Change> changes;
  changes.push_back(std::move(change));
  // The database takes one after the other: what it took is newer than what it had not.
  surroundings_.write(
      std::move(changes),
      [this, key = std::move(key), written = std::move(written)](absl::Status status) mutable {
        if (status.ok()) unwritten_.erase(key);
        written(status.ok());
      });
}

void WatchRows::keep(store::Change change) {
  store::Change copy = change;
  write(std::move(change), [this, change = std::move(copy)](bool durable) mutable {
    if (durable) return;
    std::string key = key_of(change);
    if (unwritten_.empty())
      log::warning("watch.not_written",
                   "The database did not take who may see whom; it is asked again until it does.");
    unwritten_.insert_or_assign(std::move(key), std::move(change));
    if (std::exchange(waiting_, true)) return;
    surroundings_.after(kPause, [this] { try_again(); });
  });
}

void WatchRows::try_again() {
  waiting_ = false;
  auto all = std::exchange(unwritten_, {});
  for (auto& [key, change] : all) keep(std::move(change));
}

}  // namespace causeway::gateway::presence
