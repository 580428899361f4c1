#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace causeway::bench {

using Clock = std::chrono::steady_clock;

// Every message of one measurement, from the moment it is made to the moment it arrives: nothing
// may be lost, doubled or overtaken within its (from, to) pair. The body carries the pair, the
// number in the pair and the time, so the receiving side needs no table of what is under way.
class Ledger {
 public:
  Ledger(std::size_t pairs, std::size_t body_bytes);

  // The next message of the pair: "<pair> <number> <nanoseconds> xxxx...", body_bytes long.
  std::string next_body(std::size_t pair);
  // What the other side was given.
  void arrived(std::string_view body);

  std::uint64_t sent() const { return sent_; }
  std::uint64_t received() const { return received_; }
  std::uint64_t under_way() const { return sent_ - received_; }
  std::uint64_t out_of_order() const { return out_of_order_; }  // doubled ones included
  std::uint64_t unreadable() const { return unreadable_; }
  // The latency that the given share of the messages did not exceed.
  std::chrono::microseconds quantile(double share) const;

 private:
  struct Pair {
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
  };
  std::size_t body_bytes_;
  std::vector<Pair> pairs_;
  std::vector<std::uint32_t> microseconds_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t out_of_order_ = 0;
  std::uint64_t unreadable_ = 0;
};

}  // namespace causeway::bench
