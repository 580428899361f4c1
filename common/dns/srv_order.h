#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

namespace causeway::dns {

// The next of [begin, end), which has one priority and its zero weights in front: "the first record
// whose running sum is greater than or equal to the random number" (RFC 2782).
template <typename Iterator, typename Random>
Iterator draw(Iterator begin, Iterator end, Random& random) {
  std::uint32_t total = 0;
  for (Iterator record = begin; record != end; ++record) total += record->weight;
  const std::uint32_t chosen = random(total);
  std::uint32_t running = 0;
  for (Iterator record = begin; record != end; ++record) {
    running += record->weight;
    if (running >= chosen) return record;
  }
  return std::prev(end);
}

// Puts records, or whatever has a `priority` and a `weight` of 16 bits, into the order in which to
// try them: by priority, and within one priority drawn by weight as RFC 2782 says, zero weights
// included. `random(n)` returns a number from 0 to n inclusive. At most 65,537 records.
template <typename Record, typename Random>
std::vector<Record> order(std::vector<Record> records, Random random) {
  std::stable_sort(records.begin(), records.end(), [](const Record& a, const Record& b) {
    return std::pair(a.priority, a.weight != 0) < std::pair(b.priority, b.weight != 0);
  });
  for (auto next = records.begin(); next != records.end(); ++next) {
    const auto end = std::find_if(
        next, records.end(), [&](const Record& other) { return other.priority != next->priority; });
    const auto drawn = draw(next, end, random);
    std::rotate(next, drawn, drawn + 1);  // the others keep their order, zero weights in front
  }
  return records;
}

}  // namespace causeway::dns
