#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "causeway/v1/link.pb.h"

namespace causeway::link {

// The receiving half of a pair of lives: what was received, what became of it, and what the peer
// knows of that. Not synchronised.
//
// A refusal is kept until the peer has said that it came (Transfer.refusals_received), since a lost
// connection may have taken it along; until then it uses credit, so refusals are bounded by it. An
// acknowledgement needs no such care: the state it came from can be said again.
class Inbox {
 public:
  // Numbers between the oldest unsettled stanza and the newest. It lets one stanza take its time
  // while later ones are settled, and bounds what both ends keep about those.
  static constexpr std::uint64_t kSpan = 1 << 18;

  explicit Inbox(std::uint32_t credit) : credit_(credit) {}

  // How many stanzas at the front of the frame were received before. An error, and nothing changed:
  // a gap in the numbers, or more than the credit given.
  absl::StatusOr<std::size_t> accept(std::uint64_t first_sequence, std::size_t count);
  // Once for each number received.
  void settle(std::uint64_t sequence, std::optional<v1::StanzaError> refusal);
  // What the peer says of the refusals of this connection. An error: it counts more than were sent.
  absl::Status heard(std::uint64_t refusals_received);

  bool has_news() const;
  // The news would not keep for some milliseconds: a refusal, credit the peer may be short of, or
  // as many settled stanzas as a frame brings.
  bool is_pressing() const;
  void fill(v1::Transfer& transfer);
  // A new connection: everything the peer may not have heard is said again.
  void reconnect();

  std::uint64_t received_up_to() const { return received_; }
  std::size_t held() const { return unsettled_ + refusals_.size(); }

 private:
  static constexpr int kFrameRefusals = 256;
  static constexpr std::size_t kManySettled = 64;
  static constexpr int kFrameRanges = 1024;

  std::uint64_t credit_limit() const;
  bool credit_matters() const;
  std::size_t untold() const { return acknowledged_ - told_acknowledged_ + untold_settled_.size(); }
  void write_also(v1::Transfer& transfer);

  const std::uint64_t credit_;
  std::uint64_t received_ = 0;
  std::uint64_t acknowledged_ = 0;  // all up to here are settled
  std::deque<bool> settled_;        // of acknowledged_ + 1 .. received_
  std::uint64_t unsettled_ = 0;
  std::deque<v1::Refusal> refusals_;  // those the peer is not known to have

  // What this connection has carried.
  std::uint64_t told_acknowledged_ = 0;
  std::uint64_t told_limit_ = 0;
  std::size_t told_refusals_ = 0;              // at the front of refusals_
  std::uint64_t heard_refusals_ = 0;           // taken from the front of refusals_
  std::vector<std::uint64_t> untold_settled_;  // beyond acknowledged_
};

}  // namespace causeway::link
