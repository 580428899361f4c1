#pragma once

#include <array>
#include <asio/ip/address.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "edge_proxy/async/token_bucket.h"
#include "edge_proxy/config/config.h"
#include "edge_proxy/s2s/directory.h"

namespace causeway::edge::s2s {

// How many streams there may be, and how many may come: strangers in all, per address (of IPv6, per
// /64: that is what one host commonly has) and per network (IPv4 /24, IPv6 /48: what one customer
// may have), their connections and handshakes in a second; authenticated streams in all and per
// partner, in each direction. One for all threads; asked a few times in a stream's life.
class Admission {
 public:
  using Clock = std::chrono::steady_clock;

  // A place taken; given back at its end.
  class Ticket {
   public:
    Ticket() = default;
    explicit Ticket(absl::AnyInvocable<void()> give_back) : give_back_(std::move(give_back)) {}
    Ticket(Ticket&& other) noexcept : give_back_(std::exchange(other.give_back_, nullptr)) {}
    Ticket& operator=(Ticket&& other) noexcept {
      std::swap(give_back_, other.give_back_);
      return *this;
    }
    ~Ticket() {
      if (give_back_) give_back_();
    }

   private:
    absl::AnyInvocable<void()> give_back_;
  };

  enum class Refusal {
    address_too_fast,
    address_full,
    network_full,
    all_full,  // the only one that another's end would help
  };
  struct Answer {
    std::optional<Ticket> ticket;
    Refusal refusal{};  // when there is no ticket
  };

  explicit Admission(const config::Limits& limits);

  // A connection has come. With all_full it has been counted, and may be asked for once more with
  // stranger_again().
  Answer stranger(const asio::ip::address& address, Clock::time_point now);
  Answer stranger_again(const asio::ip::address& address);
  // How long the TLS handshake of a connection that has come must wait for its turn; nothing: there
  // are too many.
  std::optional<std::chrono::nanoseconds> handshake(Clock::time_point now);
  // Nothing when the limit is reached.
  std::optional<Ticket> stream(v1::StreamEvent::Direction direction, const Directory& directory,
                               const Partner& partner);
  // As they are now.
  std::size_t strangers() const;
  // Whether the operator is to be told once more that connections cannot be accepted.
  bool worth_telling(Clock::time_point now);

 private:
  using Origin = std::array<std::uint8_t, 16>;  // an address, or the part of it that counts
  using Counts = absl::flat_hash_map<Origin, std::size_t>;

  async::TokenBucket& connections_from(const Origin& origin);
  void forget_stranger(const Origin& origin, const Origin& network);
  void forget_stream(v1::StreamEvent::Direction direction, const std::string& partner);
  static Origin origin_of(const asio::ip::address& address);
  static Origin network_of(Origin origin);

  const config::Limits limits_;
  const async::Rate connections_;
  const async::Rate handshakes_;
  // By a hash of the origin that nobody outside can foresee. Two may share one, which costs them
  // nothing unless both are too fast; in return the memory is always the same.
  std::vector<async::TokenBucket> connection_buckets_;
  const std::uint64_t seed_;
  async::TokenBucket handshake_bucket_;
  async::TokenBucket telling_;

  mutable absl::Mutex mutex_;
  std::size_t strangers_ ABSL_GUARDED_BY(mutex_) = 0;
  Counts by_origin_ ABSL_GUARDED_BY(mutex_);
  Counts by_network_ ABSL_GUARDED_BY(mutex_);
  struct Streams {
    std::size_t all = 0;
    absl::flat_hash_map<std::string, std::size_t> by_partner;
  };
  Streams streams_[2] ABSL_GUARDED_BY(mutex_);  // by direction
};

}  // namespace causeway::edge::s2s
