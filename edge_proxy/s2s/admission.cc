#include "edge_proxy/s2s/admission.h"

#include <algorithm>
#include <random>

#include "absl/hash/hash.h"

namespace causeway::edge::s2s {
namespace {

constexpr std::size_t kConnectionBuckets = 1 << 14;
constexpr async::Rate kTellings{1, 1};  // in units of a minute
constexpr std::size_t kIPv6Host = 8;    // bytes of a /64
constexpr std::size_t kIPv6Network = 6;
constexpr std::size_t kIPv4Network = 15;  // of an address mapped into IPv6

template <typename Counts, typename Key>
void give_back(Counts& counts, const Key& key) {
  const auto found = counts.find(key);
  if (--found->second == 0) counts.erase(found);
}

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

bool is_v4(const std::array<std::uint8_t, 16>& origin) {
  return asio::ip::address_v6(origin).is_v4_mapped();
}

}  // namespace

Admission::Admission(const config::Limits& limits)
    : limits_(limits),
      connections_{limits.connections_per_second_per_address, limits.connections_burst_per_address},
      handshakes_{limits.handshakes_per_second, limits.handshakes_per_second},
      connection_buckets_(kConnectionBuckets),
      seed_(random_seed()) {}

Admission::Answer Admission::stranger(const asio::ip::address& address, Clock::time_point now) {
  if (!connections_from(origin_of(address)).take(connections_, 1, now)) {
    return {.ticket = std::nullopt, .refusal = Refusal::address_too_fast};
  }
  return stranger_again(address);
}

Admission::Answer Admission::stranger_again(const asio::ip::address& address) {
  const Origin origin = origin_of(address);
  const Origin network = network_of(origin);
  const auto refuse = [](Refusal refusal) { return Answer{std::nullopt, refusal}; };
  const absl::MutexLock lock(&mutex_);
  const auto same_origin = by_origin_.find(origin);
  if (same_origin != by_origin_.end() &&
      same_origin->second >= limits_.unauthenticated_streams_per_address) {
    return refuse(Refusal::address_full);
  }
  const auto same_network = by_network_.find(network);
  if (same_network != by_network_.end() &&
      same_network->second >= limits_.unauthenticated_streams_per_network) {
    return refuse(Refusal::network_full);
  }
  if (strangers_ >= limits_.unauthenticated_streams) return refuse(Refusal::all_full);
  ++strangers_;
  ++by_origin_[origin];
  ++by_network_[network];
  return {.ticket = Ticket([this, origin, network] { forget_stranger(origin, network); })};
}

std::optional<std::chrono::nanoseconds> Admission::handshake(Clock::time_point now) {
  return handshake_bucket_.reserve(handshakes_, 1, now, limits_.handshake_patience);
}

std::optional<Admission::Ticket> Admission::stream(v1::StreamEvent::Direction direction,
                                                   const Directory& directory,
                                                   const Partner& partner) {
  const std::string& name = partner.domain.unicode();
  const absl::MutexLock lock(&mutex_);
  Streams& streams = streams_[direction];
  if (streams.all >= directory.connection_limit()) return std::nullopt;
  const auto found = streams.by_partner.find(name);
  if (found != streams.by_partner.end() && found->second >= partner.connection_limit) {
    return std::nullopt;
  }
  ++streams.all;
  ++streams.by_partner[name];
  return Ticket([this, direction, name] { forget_stream(direction, name); });
}

std::size_t Admission::strangers() const {
  const absl::MutexLock lock(&mutex_);
  return strangers_;
}

// The clock is read as if a minute were a second.
bool Admission::worth_telling(Clock::time_point now) {
  return telling_.take(kTellings, 1, Clock::time_point(now.time_since_epoch() / 60));
}

async::TokenBucket& Admission::connections_from(const Origin& origin) {
  return connection_buckets_[absl::HashOf(seed_, origin) % connection_buckets_.size()];
}

void Admission::forget_stranger(const Origin& origin, const Origin& network) {
  const absl::MutexLock lock(&mutex_);
  --strangers_;
  give_back(by_origin_, origin);
  give_back(by_network_, network);
}

void Admission::forget_stream(v1::StreamEvent::Direction direction, const std::string& partner) {
  const absl::MutexLock lock(&mutex_);
  --streams_[direction].all;
  give_back(streams_[direction].by_partner, partner);
}

Admission::Origin Admission::origin_of(const asio::ip::address& address) {
  if (address.is_v4()) {
    return asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()).to_bytes();
  }
  Origin bytes = address.to_v6().to_bytes();
  if (!is_v4(bytes)) std::fill(bytes.begin() + kIPv6Host, bytes.end(), 0);
  return bytes;
}

Admission::Origin Admission::network_of(Origin origin) {
  const std::size_t kept = is_v4(origin) ? kIPv4Network : kIPv6Network;
  std::fill(origin.begin() + static_cast<std::ptrdiff_t>(kept), origin.end(), 0);
  return origin;
}

}  // namespace causeway::edge::s2s
