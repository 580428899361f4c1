#include "common/link/inbox.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/text/utf8.h"

namespace causeway::link {
namespace {

constexpr std::size_t kRefusalText = 256;

// Refusals are kept by the thousand; a reason longer than a sentence is cut.
void shorten(v1::StanzaError& error) {
  if (error.new_address().size() > kRefusalText) error.clear_new_address();
  std::string& reason = *error.mutable_text();
  reason.resize(text::prefix_of_characters(reason, kRefusalText).size());
}

}  // namespace

absl::StatusOr<std::size_t> Inbox::accept(std::uint64_t first_sequence, std::size_t count) {
  if (count == 0) return 0;
  if (first_sequence == 0 || first_sequence > received_ + 1)
    return absl::DataLossError(absl::StrCat("stanza ", first_sequence, " came after ", received_));
  const std::uint64_t last = first_sequence + count - 1;
  if (last > credit_limit())
    return absl::ResourceExhaustedError(
        absl::StrCat("stanza ", last, " came with credit for ", credit_limit()));
  if (last <= received_) return count;
  const std::uint64_t fresh = last - received_;
  settled_.resize(settled_.size() + fresh, false);
  unsettled_ += fresh;
  received_ = last;
  return count - fresh;
}

void Inbox::settle(std::uint64_t sequence, std::optional<v1::StanzaError> refusal) {
  assert(sequence > acknowledged_ && sequence <= received_);
  assert(!settled_[sequence - acknowledged_ - 1]);
  settled_[sequence - acknowledged_ - 1] = true;
  unsettled_ -= 1;
  if (refusal) {
    v1::Refusal& kept = refusals_.emplace_back();
    kept.set_sequence(sequence);
    *kept.mutable_error() = *std::move(refusal);
    shorten(*kept.mutable_error());
  }
  if (sequence != acknowledged_ + 1) {
    untold_settled_.push_back(sequence);
    return;
  }
  while (!settled_.empty() && settled_.front()) {
    settled_.pop_front();
    acknowledged_ += 1;
  }
}

absl::Status Inbox::heard(std::uint64_t refusals_received) {
  if (refusals_received <= heard_refusals_) return absl::OkStatus();
  const std::uint64_t fresh = refusals_received - heard_refusals_;
  if (fresh > told_refusals_)
    return absl::OutOfRangeError(absl::StrCat("the peer counts ", refusals_received, " refusals, ",
                                              fresh - told_refusals_, " too many"));
  heard_refusals_ = refusals_received;
  told_refusals_ -= fresh;
  refusals_.erase(refusals_.begin(), refusals_.begin() + static_cast<std::ptrdiff_t>(fresh));
  return absl::OkStatus();
}

// Grows by one for each stanza settled or refusal heard, and never falls: what is received adds to
// both received_ and held().
std::uint64_t Inbox::credit_limit() const {
  const std::uint64_t free = credit_ > held() ? credit_ - held() : 0;
  return std::min(received_ + free, acknowledged_ + std::max(kSpan, credit_));
}

// Credit rides with acknowledgements; alone it is worth a frame only when there is much of it.
bool Inbox::credit_matters() const {
  return credit_limit() - told_limit_ >= std::max<std::uint64_t>(1, credit_ / 4);
}

bool Inbox::has_news() const { return untold() != 0 || is_pressing(); }

bool Inbox::is_pressing() const {
  return untold() >= kManySettled || told_refusals_ < refusals_.size() || credit_matters();
}

void Inbox::fill(v1::Transfer& transfer) {
  for (int n = 0; n < kFrameRefusals && told_refusals_ < refusals_.size(); ++n)
    *transfer.add_refusals() = refusals_[told_refusals_++];
  // What an acknowledgement covers was taken unless its refusal came before: those come first.
  if (told_refusals_ < refusals_.size()) return;
  if (acknowledged_ != told_acknowledged_) {
    told_acknowledged_ = acknowledged_;
    transfer.set_acknowledged(acknowledged_);
  }
  write_also(transfer);
  if (const std::uint64_t limit = credit_limit(); limit != told_limit_) {
    told_limit_ = limit;
    transfer.set_credit_limit(limit);
  }
}

void Inbox::write_also(v1::Transfer& transfer) {
  if (untold_settled_.empty()) return;
  std::sort(untold_settled_.begin(), untold_settled_.end());
  v1::SequenceRange* range = nullptr;
  auto next = std::upper_bound(untold_settled_.begin(), untold_settled_.end(), acknowledged_);
  for (; next != untold_settled_.end(); ++next) {
    if (range == nullptr || range->last() + 1 != *next) {
      if (transfer.also_size() == kFrameRanges) break;
      range = transfer.add_also();
      range->set_first(*next);
    }
    range->set_last(*next);
  }
  untold_settled_.erase(untold_settled_.begin(), next);
}

void Inbox::reconnect() {
  told_acknowledged_ = told_limit_ = heard_refusals_ = 0;
  told_refusals_ = 0;
  untold_settled_.clear();
  for (std::size_t i = 0; i < settled_.size(); ++i)
    if (settled_[i]) untold_settled_.push_back(acknowledged_ + 1 + i);
}

}  // namespace causeway::link
