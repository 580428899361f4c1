#pragma once

#include <asio/ip/address.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "edge_proxy/config/config.h"
#include "edge_proxy/s2s/directory.h"

namespace causeway::edge::s2s {

// How many streams there may be: strangers in all and per address (of IPv6, per /64: that is what
// one host commonly has), authenticated streams in all and per partner, in each direction. One for
// all threads; asked once or twice in a stream's life.
class Admission {
 public:
  // A place taken; given back at its end.
  class Ticket {
   public:
    Ticket() = default;
    explicit Ticket(std::function<void()> give_back) : give_back_(std::move(give_back)) {}
    Ticket(Ticket&& other) noexcept : give_back_(std::exchange(other.give_back_, nullptr)) {}
    Ticket& operator=(Ticket&& other) noexcept {
      std::swap(give_back_, other.give_back_);
      return *this;
    }
    ~Ticket() {
      if (give_back_) give_back_();
    }

   private:
    std::function<void()> give_back_;
  };

  explicit Admission(const config::Limits& limits) : limits_(limits) {}

  // Nothing when the limit is reached.
  std::optional<Ticket> stranger(const asio::ip::address& address);
  std::optional<Ticket> stream(v1::StreamEvent::Direction direction, const Directory& directory,
                               const Partner& partner);

  std::size_t strangers() const;  // at the moment

 private:
  void forget_stranger(const std::string& origin);
  void forget_stream(v1::StreamEvent::Direction direction, const std::string& partner);

  const config::Limits limits_;
  mutable absl::Mutex mutex_;
  using Counts = absl::flat_hash_map<std::string, std::size_t>;
  std::size_t strangers_ ABSL_GUARDED_BY(mutex_) = 0;
  Counts by_origin_ ABSL_GUARDED_BY(mutex_);
  struct Streams {
    std::size_t all = 0;
    Counts by_partner;
  };
  Streams streams_[2] ABSL_GUARDED_BY(mutex_);  // by direction
};

}  // namespace causeway::edge::s2s
