#include "frontend_gateway/store/store.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "frontend_gateway/store/database.h"
#include "frontend_gateway/store/place.h"
#include "frontend_gateway/store/queue.h"

namespace causeway::gateway::store {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kRowsAtOnce = 1000;  // in a transaction: some ten milliseconds
constexpr auto kLook = 1s;                 // for changes of others
constexpr auto kRetryLeast = 100ms;
constexpr auto kRetryMost = 5s;
constexpr auto kGoodbye = 1s;

}  // namespace

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
  using Batch = std::vector<Queue::GroupPointer>;
  using Answers = std::vector<Queue::Answer>;
  using Lock = std::unique_lock<std::mutex>;

  void ask(std::vector<Record> records, Written written);
  void leave(std::vector<Record> records);
  absl::Status trouble() const;  // locked

  void work();
  std::optional<Batch> next();
  bool open_again();
  void commit(const Batch& batch);
  void settle(const Batch& batch, const Database::Outcome& outcome, Clock::duration took);
  bool look();
  void lose(const absl::Status& why);
  void recover();

  void watch();

  void tell(Written written, absl::Status status);
  void tell(Answers answers);
  static void say_refused(const absl::Status& why);

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

// --- From outside

Store::Impl::~Impl() {
  if (!worker_.joinable()) return;
  {
    Lock lock(mutex_);
    stopping_ = true;
    last_moment_ = Clock::now() + kGoodbye;
    work_to_do_.notify_all();
    deadline_set_.notify_all();
    if (!ended_.wait_until(lock, last_moment_, [this] { return has_ended_; }) && database_)
      database_->interrupt();
  }
  worker_.join();
  watcher_.join();
  tell(queue_.expire(Clock::time_point::max(), absl::UnavailableError("the gateway is stopping")));
}

absl::StatusOr<Contents> Store::Impl::read() {
  assert(!worker_.joinable());
  const auto revision = database_->revision();  // first: what comes between is seen as a change
  if (!revision.ok()) return revision.status();
  revision_ = *revision;
  return database_->read(owner_);
}

void Store::Impl::start(Executor executor, Changed changed) {
  executor_ = std::move(executor);
  changed_ = std::move(changed);
  worker_ = std::thread([this] { work(); });
  watcher_ = std::thread([this] { watch(); });
}

void Store::Impl::write(std::vector<Change> changes, Written written) {
  std::vector<Record> records;
  records.reserve(changes.size());
  for (Change& change : changes) {
    Record record = record_of(std::move(change), owner_);
    const absl::Status wrong = check(record);
    if (wrong.ok()) {
      records.push_back(std::move(record));
    } else if (written) {
      return tell(std::move(written), wrong);
    } else {
      say_refused(wrong);
    }
  }
  if (written)
    ask(std::move(records), std::move(written));
  else
    leave(std::move(records));
}

void Store::Impl::ask(std::vector<Record> records, Written written) {
  Lock lock(mutex_);
  const bool first = !queue_.next_deadline();
  if (!queue_.add(records, written, Clock::now() + patience_)) {
    lock.unlock();
    return tell(std::move(written), absl::UnavailableError("too much waits for the database"));
  }
  work_to_do_.notify_one();
  if (first) deadline_set_.notify_one();  // else an earlier one is waited for
}

void Store::Impl::leave(std::vector<Record> records) {
  const Lock lock(mutex_);
  for (Record& record : records) {
    if (queue_.add(std::move(record))) continue;
    ++counters_.dropped;
    if (!std::exchange(dropping_, true))
      log::error("store.dropped", "Too much waits for the database; what comes now is lost.",
                 {{"database", place_.shown}, {"bytes", absl::StrCat(queue_.bytes())}});
  }
  work_to_do_.notify_one();
}

absl::Status Store::Impl::health() const {
  const Lock lock(mutex_);
  return trouble();
}

absl::Status Store::Impl::trouble() const {
  if (!away_.ok()) return away_;
  if (busy_since_ && Clock::now() - *busy_since_ > patience_)
    return absl::UnavailableError(absl::StrCat(place_.shown, ": it does not answer"));
  return absl::OkStatus();
}

Store::Counters Store::Impl::counters() const {
  const Lock lock(mutex_);
  Counters counters = counters_;
  counters.refused = refused_;
  counters.waiting_rows = queue_.rows();
  counters.waiting_bytes = queue_.bytes();
  return counters;
}

// --- The database's thread

void Store::Impl::work() {
  while (const std::optional<Batch> batch = next()) {
    if (!database_ && !open_again()) {
      settle(*batch, {absl::UnavailableError("it is away"), nullptr, false}, {});
    } else if (!batch->empty()) {
      commit(*batch);
    } else if (look()) {
      recover();
    }
  }
  const Lock lock(mutex_);
  has_ended_ = true;
  ended_.notify_all();
}

// What is to be written now. Nothing, when it is time to look, or to try again. Or the end.
std::optional<Store::Impl::Batch> Store::Impl::next() {
  Lock lock(mutex_);
  busy_since_.reset();
  for (;;) {
    const Clock::time_point now = Clock::now();
    if (stopping_ && (queue_.empty() || !database_ || now >= last_moment_)) return std::nullopt;
    if (now >= (database_ ? next_look_ : retry_at_) || (database_ && !queue_.empty())) break;
    work_to_do_.wait_until(lock, database_ ? next_look_ : retry_at_);
  }
  busy_since_ = Clock::now();
  return queue_.take(kRowsAtOnce);
}

bool Store::Impl::open_again() {
  auto opened = Database::open(place_, false);
  if (!opened.ok()) {
    lose(opened.status());
    return false;
  }
  const Lock lock(mutex_);
  database_ = *std::move(opened);
  return true;
}

void Store::Impl::commit(const Batch& batch) {
  const Clock::time_point begun = Clock::now();
  const Database::Outcome outcome = database_->write(batch);
  const Clock::duration took = Clock::now() - begun;
  if (outcome.status.ok()) {
    recover();
    look();  // before those who asked are told: they may count on the news of their own change
  } else if (!outcome.at_fault) {
    lose(outcome.status);
  }
  settle(batch, outcome, took);
}

void Store::Impl::settle(const Batch& batch, const Database::Outcome& outcome,
                         Clock::duration took) {
  Answers answers;
  Lock lock(mutex_);
  if (outcome.status.ok()) {
    ++counters_.transactions;
    counters_.seconds += std::chrono::duration<double>(took).count();
  }
  for (const Queue::GroupPointer& group : batch) {
    std::optional<Queue::Answer> answer;
    if (outcome.status.ok()) {
      counters_.rows += group->records.size();
      answer = queue_.written(group);
    } else if (group == outcome.at_fault) {
      if (!group->asked) ++counters_.dropped;
      say_refused(outcome.status);
      answer = queue_.refuse(group, outcome.status);
    } else {
      queue_.give_back(group, outcome.doubtful);
    }
    if (answer) answers.push_back(*std::move(answer));
  }
  lock.unlock();
  tell(std::move(answers));
}

// For what others changed, or we did. Whether the database could be read.
bool Store::Impl::look() {
  next_look_ = Clock::now() + kLook;
  const auto revision = database_->revision();
  if (!revision.ok()) {
    lose(revision.status());
    return false;
  }
  if (*revision == revision_) return true;
  auto administration = database_->administration();
  if (absl::IsUnavailable(administration.status())) {
    lose(administration.status());
    return false;
  }
  revision_ = *revision;
  if (administration.ok())
    executor_([changed = changed_, news = *std::move(administration)] { changed(news); });
  else
    log::error("store.unreadable", std::string(administration.status().message()));
  return true;
}

// A connection that was idle may be long dead: the first attempt to have another is made at once,
// and only if that fails too the database is away.
void Store::Impl::lose(const absl::Status& why) {
  const bool again = back_off_ != Clock::duration::zero();
  retry_at_ = Clock::now() + back_off_;
  back_off_ = std::clamp<Clock::duration>(back_off_ * 2, kRetryLeast, kRetryMost);
  std::unique_ptr<Database> lost;
  const Lock lock(mutex_);
  lost = std::move(database_);
  if (!again || away_ == why) return;
  if (away_.ok()) ++counters_.failures;
  away_ = why;
  log::error("store.away", std::string(why.message()));
}

void Store::Impl::recover() {
  back_off_ = Clock::duration::zero();
  const Lock lock(mutex_);
  if (std::exchange(away_, absl::OkStatus()).ok()) return;
  dropping_ = false;
  log::info("store.back", "The database is there again; what waited for it is being written.",
            {{"database", place_.shown}, {"rows", absl::StrCat(queue_.rows())}});
}

// --- The deadlines' thread

void Store::Impl::watch() {
  Lock lock(mutex_);
  while (!stopping_) {
    if (const auto deadline = queue_.next_deadline(); !deadline) {
      deadline_set_.wait(lock);
    } else if (*deadline > Clock::now()) {
      deadline_set_.wait_until(lock, *deadline);
    } else {
      const absl::Status why = trouble();
      Answers answers = queue_.expire(
          Clock::now(),
          why.ok() ? absl::UnavailableError("the database has not written it in time") : why);
      lock.unlock();
      tell(std::move(answers));
      lock.lock();
    }
  }
}

// --- Both

void Store::Impl::tell(Written written, absl::Status status) {
  Answers answers;
  answers.push_back({std::move(written), std::move(status)});
  tell(std::move(answers));
}

// All in one task: a hop to the executor's thread for a transaction, not for each who asked.
void Store::Impl::tell(Answers answers) {
  if (answers.empty()) return;
  for (const Queue::Answer& answer : answers) refused_ += answer.status.ok() ? 0 : 1;
  executor_([answers = std::make_shared<Answers>(std::move(answers))] {
    for (Queue::Answer& answer : *answers) answer.written(std::move(answer.status));
  });
}

void Store::Impl::say_refused(const absl::Status& why) {
  log::error("store.refused", std::string(why.message()));
}

// --- The door

absl::StatusOr<std::unique_ptr<Store>> Store::open(const config::Store& settings,
                                                   std::string owner) {
  auto database = Database::open(Place::of(settings.database), true);
  if (!database.ok()) return database.status();
  return std::unique_ptr<Store>(
      new Store(std::make_unique<Impl>(settings, std::move(owner), *std::move(database))));
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

absl::StatusOr<Contents> Store::read() { return impl_->read(); }
void Store::start(Executor executor, Changed changed) {
  impl_->start(std::move(executor), std::move(changed));
}
void Store::write(std::vector<Change> changes, Written written) {
  impl_->write(std::move(changes), std::move(written));
}
absl::Status Store::health() const { return impl_->health(); }
Store::Counters Store::counters() const { return impl_->counters(); }

}  // namespace causeway::gateway::store
