#include "common/link/outbox.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"

namespace causeway::link {
namespace {

// A stanza that names no patience leaves it to the holder's own limit.
void shorten_patience(Entry& entry, Clock::time_point now) {
  if (entry.stanza->patience_ms() == 0) return;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(entry.deadline - now);
  entry.stanza->set_patience_ms(
      static_cast<std::uint32_t>(std::max<std::int64_t>(1, left.count())));
}

}  // namespace

void Outbox::push(Entry entry) {
  assert(entry.stanza != nullptr);
  bytes_ += entry.bytes;
  earliest_ = std::min(earliest_, entry.deadline);
  waiting_.push_back(std::move(entry));
}

bool Outbox::has_news() const {
  return refusals_told_ != refusals_received_ || (!waiting_.empty() && last_sent() < credit_limit_);
}

void Outbox::fill(Clock::time_point now, v1::Transfer& transfer, Loan& loan) {
  if (refusals_told_ != refusals_received_) {
    refusals_told_ = refusals_received_;
    transfer.set_refusals_received(refusals_received_);
  }
  std::size_t count = 0, bytes = 0;
  while (!waiting_.empty() && last_sent() < credit_limit_ && count < kFrameStanzas) {
    Entry& entry = waiting_.front();
    if (count > 0 && bytes + entry.bytes > kFrameBytes) break;
    if (count == 0) transfer.set_first_sequence(last_sent() + 1);
    shorten_patience(entry, now);
    loan.lend(entry.stanza, transfer);
    count += 1, bytes += entry.bytes;
    sent_.push_back(std::move(entry));
    waiting_.pop_front();
    unsettled_ += 1;
  }
}

// Refusals come first: an acknowledgement of the same frame may cover what they refuse.
absl::Status Outbox::apply(const v1::Transfer& transfer, std::vector<Outcome>& outcomes) {
  for (const v1::Refusal& refusal : transfer.refusals()) {
    if (refusal.sequence() > last_sent())
      return absl::OutOfRangeError("refused what was never sent");
    refusals_received_ += 1;
    settle(refusal.sequence(), refusal.error(), outcomes);
  }
  for (const v1::SequenceRange& range : transfer.also()) {
    if (range.last() > last_sent()) return absl::OutOfRangeError("settled what was never sent");
    for (auto sequence = std::max(range.first(), first_sent_); sequence <= range.last(); ++sequence)
      settle(sequence, std::nullopt, outcomes);
  }
  if (transfer.acknowledged() > last_sent())
    return absl::OutOfRangeError(
        absl::StrCat("acknowledged ", transfer.acknowledged(), " of ", last_sent(), " sent"));
  for (auto sequence = first_sent_; sequence <= transfer.acknowledged(); ++sequence)
    settle(sequence, std::nullopt, outcomes);
  drop_settled_front();
  credit_limit_ = std::max(credit_limit_, transfer.credit_limit());
  return absl::OkStatus();
}

void Outbox::settle(std::uint64_t sequence, std::optional<v1::StanzaError> refusal,
                    std::vector<Outcome>& outcomes) {
  if (sequence < first_sent_) return;
  Entry& entry = sent_[sequence - first_sent_];
  if (!entry.stanza) return;  // known already, or given up before the answer came
  unsettled_ -= 1;
  outcomes.push_back({take(entry), std::move(refusal)});
}

Entry Outbox::take(Entry& entry) {
  bytes_ -= entry.bytes;
  return std::exchange(entry, Entry{});
}

void Outbox::drop_settled_front() {
  while (!sent_.empty() && !sent_.front().stanza) {
    sent_.pop_front();
    first_sent_ += 1;
  }
}

absl::Status Outbox::resume(std::uint64_t received_up_to) {
  if (received_up_to > last_sent())
    return absl::OutOfRangeError(
        absl::StrCat("the peer has received ", received_up_to, " of ", last_sent(), " sent"));
  while (last_sent() > received_up_to && !sent_.empty()) {
    if (sent_.back().stanza) {
      earliest_ = std::min(earliest_, sent_.back().deadline);
      waiting_.push_front(std::move(sent_.back()));
      unsettled_ -= 1;
    }
    sent_.pop_back();
  }
  first_sent_ = std::min(first_sent_, received_up_to + 1);
  refusals_received_ = refusals_told_ = 0;
  return absl::OkStatus();
}

std::vector<Entry> Outbox::drain() {
  std::vector<Entry> entries;
  entries.reserve(size());
  for (Entry& entry : sent_)
    if (entry.stanza) entries.push_back(take(entry));
  for (Entry& entry : waiting_) entries.push_back(take(entry));
  waiting_.clear();
  unsettled_ = 0;
  drop_settled_front();  // their numbers stay used: the peer may still answer for them
  return entries;
}

void Outbox::expire(Clock::time_point now, std::vector<Entry>& expired) {
  if (now < earliest_) return;
  earliest_ = Clock::time_point::max();
  for (Entry& entry : sent_) {
    if (!entry.stanza) continue;
    const Clock::time_point end = entry.deadline + kAnswerMargin;
    if (end > now) {
      earliest_ = std::min(earliest_, end);
      continue;
    }
    unsettled_ -= 1;
    expired.push_back(take(entry));
  }
  std::deque<Entry> kept;
  for (Entry& entry : waiting_) {
    if (entry.deadline > now) {
      earliest_ = std::min(earliest_, entry.deadline);
      kept.push_back(std::move(entry));
    } else {
      expired.push_back(take(entry));
    }
  }
  waiting_ = std::move(kept);
}

}  // namespace causeway::link
