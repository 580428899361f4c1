#include "frontend_gateway/store/store.h"

#include <cassert>
#include <chrono>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "frontend_gateway/store/impl.h"

namespace causeway::gateway::store {
namespace {

constexpr std::chrono::seconds kGoodbye{1};

}  // namespace

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
  if (queue_.empty()) return;
  log::error("store.lost", "The gateway ends without its database; what waited for it is lost.",
             {{"database", place_.shown}, {"rows", absl::StrCat(queue_.rows())}});
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
