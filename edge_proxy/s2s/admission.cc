#include "edge_proxy/s2s/admission.h"

#include <algorithm>

namespace causeway::edge::s2s {
namespace {

void give_back(absl::flat_hash_map<std::string, std::size_t>& counts, const std::string& key) {
  const auto found = counts.find(key);
  if (--found->second == 0) counts.erase(found);
}

// What counts as one stranger's address.
std::string origin_of(const asio::ip::address& address) {
  if (!address.is_v6() || address.to_v6().is_v4_mapped()) return address.to_string();
  asio::ip::address_v6::bytes_type bytes = address.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  return asio::ip::address_v6(bytes).to_string();
}

}  // namespace

std::optional<Admission::Ticket> Admission::stranger(const asio::ip::address& address) {
  const std::string origin = origin_of(address);
  const absl::MutexLock lock(&mutex_);
  if (strangers_ >= limits_.unauthenticated_streams) return std::nullopt;
  std::size_t& same_origin = by_origin_[origin];
  if (same_origin >= limits_.unauthenticated_streams_per_address) return std::nullopt;
  ++strangers_;
  ++same_origin;
  return Ticket([this, origin] { forget_stranger(origin); });
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

void Admission::forget_stranger(const std::string& origin) {
  const absl::MutexLock lock(&mutex_);
  --strangers_;
  give_back(by_origin_, origin);
}

void Admission::forget_stream(v1::StreamEvent::Direction direction, const std::string& partner) {
  const absl::MutexLock lock(&mutex_);
  --streams_[direction].all;
  give_back(streams_[direction].by_partner, partner);
}

std::size_t Admission::strangers() const {
  const absl::ReaderMutexLock lock(&mutex_);
  return strangers_;
}

}  // namespace causeway::edge::s2s
