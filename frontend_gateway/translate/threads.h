#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "frontend_gateway/translate/keyed_hash.h"

namespace causeway::gateway::translate {

// <thread/> <-> Call-ID (RFC 7572 sections 4 and 5). One thread only.
//
// A thread is its sender's choice and may be "1" for everybody, while a Call-ID is unique in the
// world. So a thread crosses as it is only if it could have been drawn at random; another one
// becomes a keyed hash of itself and the two addresses, and is remembered for the answers.
class Threads {
 public:
  explicit Threads(HashKey key, std::size_t most = kMost) : key_(key), most_(most) {}

  // Empty for an empty thread: any Call-ID will do.
  std::string call_id(std::string_view from, std::string_view to, const std::string& thread);
  // The thread that was turned into `call_id`, or the Call-ID itself.
  std::string thread(const std::string& call_id) const;

 private:
  static constexpr std::size_t kMost = 65536;  // some 20 MB when all are long

  HashKey key_;
  std::size_t most_;
  absl::flat_hash_map<std::string, std::string> threads_;  // by the Call-ID made of it
  std::deque<std::string> oldest_first_;
};

// Whether it can be a Call-ID: a word or two with an "@" between (RFC 3261 section 25.1), of at
// most 128 bytes, that looks like 16 random bytes or more.
bool is_unique_call_id(std::string_view thread);

}  // namespace causeway::gateway::translate
