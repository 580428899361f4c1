#pragma once

#include <memory>
#include <vector>

#include "causeway/v1/link.pb.h"

namespace causeway::link {

// Stanzas that a Transfer borrows from an outbox while it is written, so that none is copied. The
// Transfer must not be on an arena, and must not be cleared or destroyed before give_back().
class Loan {
 public:
  Loan() = default;
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  ~Loan() { give_back(); }

  void lend(std::shared_ptr<v1::Stanza> stanza, v1::Transfer& transfer);
  void give_back();

 private:
  v1::Transfer* borrower_ = nullptr;
  std::vector<std::shared_ptr<v1::Stanza>> lent_;
};

}  // namespace causeway::link
