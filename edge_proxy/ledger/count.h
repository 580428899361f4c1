#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace causeway::edge::ledger {

// A number that only grows: one relaxed addition, also where nobody ever looks.
class Count {
 public:
  void add(std::uint64_t more = 1) { value_.fetch_add(more, std::memory_order_relaxed); }
  std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// A level that rises and falls, as it was when it was last looked at.
class Level {
 public:
  void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// One for each value of an enumeration, which begins at 0 and stays below `kValues`.
template <typename Enumeration, std::size_t kValues>
class CountOf {
 public:
  Count& operator[](Enumeration value) { return counts_.at(static_cast<std::size_t>(value)); }
  const Count& operator[](Enumeration value) const {
    return counts_.at(static_cast<std::size_t>(value));
  }
  static constexpr std::size_t size() { return kValues; }

 private:
  std::array<Count, kValues> counts_;
};

}  // namespace causeway::edge::ledger
