#include "common/link/loan.h"

#include <cassert>
#include <utility>

namespace causeway::link {

void Loan::lend(std::shared_ptr<v1::Stanza> stanza, v1::Transfer& transfer) {
  assert(borrower_ == nullptr || borrower_ == &transfer);
  assert(transfer.stanzas_size() == static_cast<int>(lent_.size()));
  borrower_ = &transfer;
  transfer.mutable_stanzas()->UnsafeArenaAddAllocated(stanza.get());
  lent_.push_back(std::move(stanza));
}

void Loan::give_back() {
  if (borrower_ == nullptr) return;
  borrower_->mutable_stanzas()->UnsafeArenaExtractSubrange(0, borrower_->stanzas_size(), nullptr);
  borrower_ = nullptr;
  lent_.clear();
}

}  // namespace causeway::link
