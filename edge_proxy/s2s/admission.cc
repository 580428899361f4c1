#include "edge_proxy/s2s/admission.h"

namespace causeway::edge::s2s {
namespace {

void give_back(absl::flat_hash_map<std::string, std::size_t>& counts, const std::string& key) {
  const auto found = counts.find(key);
  if (--found->second == 0) counts.erase(found);
}

}  // namespace

std::optional<Admission::Ticket> Admission::stranger(const asio::ip::address& address) {
  const absl::MutexLock lock(&mutex_);
  if (strangers_ >= limits_.unauthenticated_streams) return std::nullopt;
  std::size_t& same_address = by_address_[address.to_string()];
  if (same_address >= limits_.unauthenticated_streams_per_address) return std::nullopt;
  ++strangers_;
  ++same_address;
  return Ticket([this, address] { forget_stranger(address); });
}

std::optional<Admission::Ticket> Admission::stream(const Directory& directory,
                                                   const Partner& partner) {
  const absl::MutexLock lock(&mutex_);
  if (streams_ >= directory.connection_limit()) return std::nullopt;
  std::size_t& same_partner = by_partner_[partner.domain.unicode()];
  if (same_partner >= partner.connection_limit) return std::nullopt;
  ++streams_;
  ++same_partner;
  return Ticket([this, name = partner.domain.unicode()] { forget_stream(name); });
}

void Admission::forget_stranger(const asio::ip::address& address) {
  const absl::MutexLock lock(&mutex_);
  --strangers_;
  give_back(by_address_, address.to_string());
}

void Admission::forget_stream(const std::string& partner) {
  const absl::MutexLock lock(&mutex_);
  --streams_;
  give_back(by_partner_, partner);
}

}  // namespace causeway::edge::s2s
