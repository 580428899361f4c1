#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "frontend_gateway/store/database.h"
#include "frontend_gateway/store/place.h"
#include "frontend_gateway/store/queue.h"
#include "frontend_gateway/store/store.h"

namespace causeway::gateway::store {

// Two threads: one is with the database, and may hang there as long as that does; one watches the
// deadlines.
class Store::Impl {
 public:
  Impl(const config::Store& settings, std::string owner, std::unique_ptr<Database> database)
      : patience_(settings.patience),
        place_(Place::of(settings.database)),
        owner_(std::move(owner)),
        queue_(settings.waiting_bytes),
        database_(std::move(database)) {}
  ~Impl();

  absl::StatusOr<Contents> read();
  void start(Executor executor, Changed changed);
  void write(std::vector<Change> changes, Written written);
  absl::Status health() const;
  Counters counters() const;

 private:
  using Clock = std::chrono::steady_clock;
  using Batch = std::vector<Queue::GroupPointer>;
  using Answers = std::vector<Queue::Answer>;
  using Lock = std::unique_lock<std::mutex>;

  // --- Any thread (store.cc)
  void ask(std::vector<Record> records, Written written);
  void leave(std::vector<Record> records);
  absl::Status trouble() const;  // locked
  void tell(Written written, absl::Status status);
  void tell(Answers answers);
  static void say_refused(const absl::Status& why);

  // --- The database's thread (threads.cc)
  void work();
  std::optional<Batch> next();
  bool open_again();
  void commit(const Batch& batch);
  void settle(const Batch& batch, const Database::Outcome& outcome, Clock::duration took);
  bool look();
  void lose(const absl::Status& why);
  void recover();

  // --- The deadlines' thread (threads.cc)
  void watch();

  const std::chrono::milliseconds patience_;
  const Place place_;
  const std::string owner_;
  Executor executor_;
  Changed changed_;

  mutable std::mutex mutex_;
  std::condition_variable work_to_do_, deadline_set_, ended_;
  Queue queue_;
  std::unique_ptr<Database> database_;  // only the database's thread changes and uses it
  absl::Status away_;                   // OK: there
  std::optional<Clock::time_point> busy_since_;
  Counters counters_;
  std::atomic<std::uint64_t> refused_ = 0;
  bool dropping_ = false;  // has been logged
  bool stopping_ = false;
  bool has_ended_ = false;
  Clock::time_point last_moment_;

  // The database's thread's own.
  std::int64_t revision_ = 0;
  Clock::time_point next_look_;
  Clock::time_point retry_at_;
  Clock::duration back_off_ = Clock::duration::zero();

  std::thread worker_, watcher_;
};

}  // namespace causeway::gateway::store
