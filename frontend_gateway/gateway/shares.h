#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/container/flat_hash_map.h"

namespace causeway::gateway {

// How much of what may be pending each has, so that none takes all of it. Who has none costs
// nothing.
class Shares {
 public:
  explicit Shares(std::size_t most) : most_(most) {}

  // False when it has its share already.
  bool take(std::uint64_t whose) {
    std::size_t& taken = taken_[whose];
    if (taken >= most_) return false;
    ++taken;
    return true;
  }
  void give_back(std::uint64_t whose) {
    const auto found = taken_.find(whose);
    if (found != taken_.end() && --found->second == 0) taken_.erase(found);
  }

 private:
  const std::size_t most_;
  absl::flat_hash_map<std::uint64_t, std::size_t> taken_;
};

}  // namespace causeway::gateway
