#pragma once

#include <asio/any_io_executor.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "common/link/delivery.h"

namespace causeway::edge::s2s {

// What we have handled of a peer's stanzas, for the h of our <a/> (XEP-0198 section 4). A stanza
// counts when a gateway has taken it, or when its sender has been told that none would, and only
// when all before it count: what we acknowledge need never be sent again.
//
// Owned by the stream and by the receipts that are still owed, which settle on other threads.
class Handled final : public causeway::link::Settler, public std::enable_shared_from_this<Handled> {
 public:
  // `news` is called on the executor, between a wish() and its fulfilment, and not after detach().
  Handled(asio::any_io_executor executor, std::function<void()> news);

  // On the stream's thread.

  // Another stanza has come; the receipt says what becomes of it.
  causeway::link::Receipt next();
  // The same for a stanza that the edge has dealt with itself.
  void next_dealt_with();
  std::uint64_t received() const { return received_; }
  std::uint64_t count() const;
  // True when everything received is handled; otherwise there will be news when it is.
  bool wish();
  // The stream has ended.
  void detach();

  // Any thread. A refusal means that nobody answers for the stanza: it never counts.
  void settle(std::uint64_t sequence, std::optional<v1::StanzaError> refusal) override;

 private:
  void mark(std::uint64_t sequence);

  std::uint64_t received_ = 0;
  std::function<void()> news_;  // empty after detach()

  mutable std::mutex mutex_;  // guards what follows
  std::optional<asio::any_io_executor> executor_;
  std::uint64_t count_ = 0;
  std::deque<bool> later_;    // whether count_ + 1, count_ + 2 ... are settled
  std::uint64_t wished_ = 0;  // tell when count_ reaches it; 0: do not
};

}  // namespace causeway::edge::s2s
