#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "frontend_gateway/store/impl.h"

// The two threads of the store.

namespace causeway::gateway::store {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kRowsAtOnce = 1000;  // in a transaction: some ten milliseconds
constexpr auto kLook = 1s;                 // for changes of others
constexpr auto kRetryLeast = 100ms;
constexpr auto kRetryMost = 5s;

}  // namespace

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

}  // namespace causeway::gateway::store
