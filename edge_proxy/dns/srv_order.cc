#include "edge_proxy/dns/srv_order.h"

#include <algorithm>
#include <utility>

namespace causeway::edge::dns {
namespace {

using Iterator = std::vector<SrvRecord>::iterator;

// The next record of [begin, end), which has one priority and its zero weights in front: "the first
// record whose running sum is greater than or equal to the random number" (RFC 2782).
Iterator draw(Iterator begin, Iterator end,
              const std::function<std::uint32_t(std::uint32_t)>& random) {
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

}  // namespace

std::vector<SrvRecord> order(std::vector<SrvRecord> records,
                             const std::function<std::uint32_t(std::uint32_t)>& random) {
  std::stable_sort(records.begin(), records.end(), [](const SrvRecord& a, const SrvRecord& b) {
    return std::pair(a.priority, a.weight != 0) < std::pair(b.priority, b.weight != 0);
  });
  for (Iterator next = records.begin(); next != records.end(); ++next) {
    const Iterator end = std::find_if(next, records.end(), [&](const SrvRecord& other) {
      return other.priority != next->priority;
    });
    const Iterator drawn = draw(next, end, random);
    std::rotate(next, drawn, drawn + 1);  // the others keep their order, zero weights in front
  }
  return records;
}

}  // namespace causeway::edge::dns
