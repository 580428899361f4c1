#include "frontend_gateway/store/queue.h"

#include <algorithm>
#include <utility>

namespace causeway::gateway::store {
namespace {

std::size_t bytes_of(const Queue::Group& group) {
  std::size_t bytes = sizeof group;
  for (const Record& record : group.records) bytes += record.bytes();
  return bytes;
}

}  // namespace

bool Queue::add(std::vector<Record>& records, Written& written, Clock::time_point deadline) {
  if (bytes_ >= most_bytes_) return false;
  auto group = std::make_shared<Group>();
  group->number = last_number_ + 1;
  last_number_ += std::max<std::size_t>(1, records.size());  // each has one, should it be undone
  group->records = std::move(records);
  group->written = std::move(written);
  group->deadline = deadline;
  group->asked = true;
  deadlines_.push_back(group);
  put(std::move(group));
  return true;
}

bool Queue::add(Record record) {
  if (bytes_ >= most_bytes_ && !newest_.contains(record.key())) return false;
  put_newest(std::move(record), ++last_number_);
  return true;
}

std::vector<Queue::GroupPointer> Queue::take(std::size_t rows) {
  std::vector<GroupPointer> taken;
  for (auto at = groups_.begin(); at != groups_.end() && rows > 0; ++at) {
    at->second->in_hand = true;
    rows -= std::min(rows, std::max<std::size_t>(1, at->second->records.size()));
    taken.push_back(at->second);
  }
  return taken;
}

std::optional<Queue::Answer> Queue::written(const GroupPointer& group) {
  remove(group);
  if (group->given_up) {
    undo(group);
    return std::nullopt;
  }
  // What waits to undo an older group has come too late.
  for (const Record& record : group->records)
    if (const auto older = newest_.find(record.key());
        older != newest_.end() && older->second < group->number)
      remove(groups_.at(older->second));
  if (!group->written) return std::nullopt;
  return Answer{std::exchange(group->written, nullptr), absl::OkStatus()};
}

void Queue::give_back(const GroupPointer& group, bool doubtful) {
  group->in_hand = false;
  group->doubtful = group->doubtful || doubtful;
  if (!group->doubtful) group->before.clear();
  if (!group->given_up) return;
  remove(group);
  if (group->doubtful) undo(group);
}

std::optional<Queue::Answer> Queue::refuse(const GroupPointer& group, absl::Status why) {
  remove(group);
  if (!group->written) return std::nullopt;
  return Answer{std::exchange(group->written, nullptr), std::move(why)};
}

std::vector<Queue::Answer> Queue::expire(Clock::time_point now, const absl::Status& why) {
  std::vector<Answer> answers;
  for (auto next = next_deadline(); next && *next <= now; next = next_deadline()) {
    const GroupPointer group = deadlines_.front().lock();
    answers.push_back({std::exchange(group->written, nullptr), why});
    if (group->in_hand) {
      group->given_up = true;
      continue;
    }
    remove(group);
    if (group->doubtful) undo(group);
  }
  return answers;
}

std::optional<Queue::Clock::time_point> Queue::next_deadline() {
  for (; !deadlines_.empty(); deadlines_.pop_front()) {
    const GroupPointer group = deadlines_.front().lock();
    if (group && group->written) return group->deadline;
  }
  return std::nullopt;
}

void Queue::put(GroupPointer group) {
  rows_ += group->records.size();
  bytes_ += bytes_of(*group);
  const std::uint64_t number = group->number;
  groups_.emplace(number, std::move(group));
}

void Queue::remove(const GroupPointer& group) {
  const auto found = groups_.find(group->number);
  if (found == groups_.end() || found->second != group) return;  // a newer one has its place
  const GroupPointer kept = found->second;
  rows_ -= kept->records.size();
  bytes_ -= bytes_of(*kept);
  groups_.erase(found);
  if (kept->asked) return;
  for (const Record& record : kept->records)
    if (const auto newest = newest_.find(record.key());
        newest != newest_.end() && newest->second == kept->number)
      newest_.erase(newest);
}

void Queue::put_newest(Record record, std::uint64_t number) {
  std::string key = record.key();
  if (const auto older = newest_.find(key); older != newest_.end())
    remove(groups_.at(older->second));
  newest_.emplace(std::move(key), number);
  auto group = std::make_shared<Group>();
  group->number = number;
  group->records.push_back(std::move(record));
  put(std::move(group));
}

// In the place of the group, so that what came after it still does. A row that somebody else will
// write is left to him; and of an older one that is undone this one's "before" is the effect.
void Queue::undo(const GroupPointer& group) {
  std::uint64_t number = group->number;
  for (Record& record : group->before)
    if (!newest_.contains(record.key())) put_newest(std::move(record), number++);
  group->before.clear();
}

}  // namespace causeway::gateway::store
