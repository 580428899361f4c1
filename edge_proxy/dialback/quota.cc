#include "edge_proxy/dialback/quota.h"

#include <algorithm>
#include <asio/ip/address_v6.hpp>

namespace causeway::edge::dialback {
namespace {

constexpr Verdict kNotNow{.kind = Verdict::error, .condition = v1::RESOURCE_CONSTRAINT};

void give_back(std::unordered_map<std::string, std::size_t>& counts, const std::string& key) {
  const auto found = counts.find(key);
  if (--found->second == 0) counts.erase(found);
}

std::string asked_by(const std::string& ours, const std::string& domain) {
  return domain + " asked by " + ours;
}

std::string sent_from(const std::string& source, const std::string& domain) {
  return domain + " sent from " + source;
}

}  // namespace

std::optional<Verdict> Quota::begin(const Verification& asked, Clock::time_point now) {
  const std::string source = origin_of(asked.origin);
  const std::lock_guard lock(mutex_);
  const Failure* const unreachable = failure(asked_by(asked.ours, asked.domain), now);
  if (unreachable != nullptr) return unreachable->verdict;
  if (failure(sent_from(source, asked.domain), now) != nullptr) return kNotNow;
  const auto count = [](const Counts& counts, const std::string& key) {
    const auto found = counts.find(key);
    return found == counts.end() ? 0 : found->second;
  };
  if (under_way_ >= limits_.dialback_verifications ||
      count(by_domain_, asked.domain) >= limits_.dialback_verifications_per_domain ||
      count(by_origin_, source) >= limits_.dialback_verifications_per_address) {
    return kNotNow;
  }
  ++under_way_;
  ++by_domain_[asked.domain];
  ++by_origin_[source];
  return std::nullopt;
}

void Quota::end(const Verification& asked, const Verdict& verdict, Clock::time_point now) {
  const std::string source = origin_of(asked.origin);
  const std::lock_guard lock(mutex_);
  --under_way_;
  give_back(by_domain_, asked.domain);
  give_back(by_origin_, source);
  if (verdict.kind == Verdict::error) remember(asked_by(asked.ours, asked.domain), verdict, now);
  if (verdict.kind == Verdict::invalid) remember(sent_from(source, asked.domain), verdict, now);
}

const Quota::Failure* Quota::failure(const std::string& key, Clock::time_point now) const {
  const auto found = failures_.find(key);
  return found == failures_.end() || found->second.until <= now ? nullptr : &found->second;
}

void Quota::remember(const std::string& key, const Verdict& verdict, Clock::time_point now) {
  if (limits_.dialback_failure_memory.count() == 0) return;
  if (failures_.size() >= limits_.dialback_remembered_failures) {
    std::erase_if(failures_, [&](const auto& entry) { return entry.second.until <= now; });
  }
  if (failures_.size() >= limits_.dialback_remembered_failures) return;
  failures_[key] = {verdict, now + limits_.dialback_failure_memory};
}

std::size_t Quota::under_way() const {
  const std::lock_guard lock(mutex_);
  return under_way_;
}

std::string origin_of(const std::string& peer_address) {
  std::string host = peer_address.substr(0, peer_address.rfind(':'));
  if (!host.starts_with('[')) return host;
  std::error_code error;
  const auto address = asio::ip::make_address_v6(host.substr(1, host.size() - 2), error);
  if (error) return host;
  auto bytes = address.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  return asio::ip::address_v6(bytes).to_string();
}

}  // namespace causeway::edge::dialback
