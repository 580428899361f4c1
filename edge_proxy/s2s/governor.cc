#include "edge_proxy/s2s/governor.h"

#include <algorithm>
#include <utility>

namespace causeway::edge::s2s {
namespace {

constexpr std::size_t kFirstSweep = 1024;

// A second's worth may come at once: what was written together arrives together.
stream::Speed speed(std::size_t bytes, std::size_t stanzas) {
  return {.bytes = {bytes, bytes}, .stanzas = {stanzas, stanzas}};
}

}  // namespace

Governor::Governor(const config::Limits& limits)
    : of_stream_(speed(limits.stream_bytes_per_second, limits.stream_stanzas_per_second)),
      of_domain_(speed(limits.domain_bytes_per_second, limits.domain_stanzas_per_second)),
      sweep_at_(kFirstSweep) {}

std::unique_ptr<stream::Pace> Governor::pace(std::string_view domain) {
  const absl::MutexLock lock(&mutex_);
  std::shared_ptr<stream::Traffic>& traffic = domains_[std::string(domain)];
  if (traffic == nullptr) traffic = std::make_shared<stream::Traffic>(of_domain_);
  auto pace = std::make_unique<stream::Pace>(of_stream_, traffic);
  if (domains_.size() >= sweep_at_) forget_those_without_streams();
  return pace;
}

std::size_t Governor::size() const {
  const absl::MutexLock lock(&mutex_);
  return domains_.size();
}

// Not at the end of its last stream: who connects anew must not begin anew.
void Governor::forget_those_without_streams() {
  absl::erase_if(domains_, [](const auto& entry) { return entry.second.use_count() == 1; });
  sweep_at_ = std::max(kFirstSweep, 2 * domains_.size());
}

}  // namespace causeway::edge::s2s
