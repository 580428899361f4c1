#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "edge_proxy/dns/answer.h"

namespace causeway::edge::dns {

// Answers, each as long as it holds. Of more than `entries` those go first that were not asked for
// the longest time. Knows no clock.
class Cache {
 public:
  using Clock = Answer::Clock;

  explicit Cache(std::size_t entries) : entries_(entries) {}

  // Nothing when it is not known, or not any longer. Names are in lower case.
  Known find(std::string_view name, Type type, Clock::time_point now);
  // Another answer to the same question goes.
  void keep(std::string name, Type type, Known answer, Clock::time_point now);

  std::size_t size() const { return found_.size(); }

 private:
  struct Entry {
    std::string name;
    Type type;
    Known answer;
  };
  using Entries = std::list<Entry>;
  using Key = std::pair<std::string_view, Type>;  // the name lies in the entry
  struct Hash {
    std::size_t operator()(const Key& key) const {
      return std::hash<std::string_view>{}(key.first) * 31 + static_cast<std::size_t>(key.second);
    }
  };

  void drop(Entries::iterator entry);

  const std::size_t entries_;
  Entries order_;  // the last one asked for is in front
  absl::flat_hash_map<Key, Entries::iterator, Hash> found_;
};

}  // namespace causeway::edge::dns
