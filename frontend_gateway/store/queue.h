#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "frontend_gateway/store/tables.h"

namespace causeway::gateway::store {

// Records that wait for the database, in order. Those of a group that somebody asks about go
// together and are given up at their deadline. Those that nobody asks about make room for newer
// ones of their key, and are never given up. Not for several threads at once.
class Queue {
 public:
  using Clock = std::chrono::steady_clock;
  using Written = absl::AnyInvocable<void(absl::Status)>;

  struct Group {
    std::uint64_t number = 0;
    std::vector<Record> records;  // the database's thread reads them: they do not change
    Written written;              // empty: nobody asks, or has been told already
    Clock::time_point deadline;
    bool asked = false;
    bool in_hand = false;   // taken, and not given back
    bool given_up = false;  // in hand: told UNAVAILABLE, so it must not have been written
    bool doubtful = false;  // was part of a transaction of which nobody knows whether it ended well
    // As the rows were before this group, for the undoing; the database's thread fills it.
    std::vector<Record> before;
  };
  using GroupPointer = std::shared_ptr<Group>;
  struct Answer {
    Written written;
    absl::Status status;
  };

  explicit Queue(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  // For one who asks. False, and nothing is taken: too much waits.
  bool add(std::vector<Record>& records, Written& written, Clock::time_point deadline);
  // For nobody. False: too much waits.
  bool add(Record record);
  // The oldest, in order, of about `rows` records; they are in hand from then on.
  std::vector<GroupPointer> take(std::size_t rows);

  // The group in hand is written. If it was given up meanwhile it is undone: what was before waits
  // to be written.
  std::optional<Answer> written(const GroupPointer& group);
  // It is not, and waits again; `doubtful` when it may be, for all one knows.
  void give_back(const GroupPointer& group, bool doubtful);
  // It never will be.
  std::optional<Answer> refuse(const GroupPointer& group, absl::Status why);

  // Gives up the groups whose deadline has come. `why` is what their askers are told.
  std::vector<Answer> expire(Clock::time_point now, const absl::Status& why);
  std::optional<Clock::time_point> next_deadline();

  bool empty() const { return groups_.empty(); }
  std::size_t rows() const { return rows_; }
  std::size_t bytes() const { return bytes_; }

 private:
  void put(GroupPointer group);
  void remove(const GroupPointer& group);
  void put_newest(Record record, std::uint64_t number);
  void undo(const GroupPointer& group);

  const std::size_t most_bytes_;
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, GroupPointer> groups_;
  absl::flat_hash_map<std::string, std::uint64_t> newest_;  // of keys nobody asks about
  std::deque<std::weak_ptr<Group>> deadlines_;
  std::size_t rows_ = 0, bytes_ = 0;
};

}  // namespace causeway::gateway::store
