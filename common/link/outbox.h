#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "causeway/v1/link.pb.h"
#include "common/link/loan.h"

namespace causeway::link {

using Clock = std::chrono::steady_clock;

// What became of a stanza; nothing: the next hop has taken it.
using Settled = absl::AnyInvocable<void(std::optional<v1::StanzaError>)>;

// A stanza this end answers for until the peer has settled it.
struct Entry {
  std::shared_ptr<v1::Stanza>
      stanza;                  // lent to the frame that carries it, never changed after that
  Settled settled;             // may be empty
  Clock::time_point deadline;  // when to stop trying
  std::uint64_t key = 0;       // stanzas of one key keep their order
  std::uint32_t bytes = 0;     // of the stanza on the wire
};

struct Outcome {
  Entry entry;
  std::optional<v1::StanzaError> refusal;
};

// The sending half of a pair of lives: what waits, and what was sent and is not settled. A stanza
// gets its number when it is first put into a frame, so only what is in flight has one. Not
// synchronised.
//
// The caller bounds what it pushes, by bytes().
class Outbox {
 public:
  // One frame's worth. A stanza larger than the bytes goes alone.
  static constexpr std::size_t kFrameStanzas = 64;
  static constexpr std::size_t kFrameBytes = 64 << 10;
  // How much longer than the stanza's patience its sender waits for the answer of a peer that has
  // it: the peer gives up when patience ends, and its refusal is on its way then.
  static constexpr std::chrono::milliseconds kAnswerMargin{1000};

  void push(Entry entry);
  bool has_news() const;
  // Adds the next batch that the peer's credit allows, and what it must know of its refusals.
  void fill(Clock::time_point now, v1::Transfer& transfer, Loan& loan);
  // Takes acknowledgements, refusals and credit. An error: the peer speaks of what was never sent.
  absl::Status apply(const v1::Transfer& transfer, std::vector<Outcome>& outcomes);

  // A new connection of the same two lives: what the peer has not received goes again, and its
  // numbers are used anew. An error: the peer claims more than was sent.
  absl::Status resume(std::uint64_t received_up_to);
  // Removes everything, in order, for another peer or another life of this one.
  std::vector<Entry> drain();
  // Removes what nobody may wait for any longer.
  void expire(Clock::time_point now, std::vector<Entry>& expired);

  std::size_t bytes() const { return bytes_; }
  std::size_t size() const { return unsettled_ + waiting_.size(); }
  template <typename Visit>
  void for_each(Visit visit) const {
    for (const Entry& entry : sent_)
      if (entry.stanza) visit(entry);
    for (const Entry& entry : waiting_) visit(entry);
  }

 private:
  std::uint64_t last_sent() const { return first_sent_ + sent_.size() - 1; }
  void settle(std::uint64_t sequence, std::optional<v1::StanzaError> refusal,
              std::vector<Outcome>& outcomes);
  Entry take(Entry& entry);
  void drop_settled_front();

  std::deque<Entry> sent_;  // numbered from first_sent_; without a stanza: settled, or given up
  std::uint64_t first_sent_ = 1;
  std::deque<Entry> waiting_;
  std::size_t unsettled_ = 0;  // of sent_
  std::size_t bytes_ = 0;
  std::uint64_t credit_limit_ = 0;
  std::uint64_t refusals_received_ = 0;  // on this connection
  std::uint64_t refusals_told_ = 0;
  Clock::time_point earliest_ = Clock::time_point::max();  // no deadline is before it
};

}  // namespace causeway::link
