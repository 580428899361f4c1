#include "edge_proxy/link/configuration.h"

#include <algorithm>
#include <utility>

namespace causeway::edge::link {

bool Configuration::offer(const void* gateway, v1::Snapshot snapshot) {
  const std::lock_guard lock(mutex_);
  offered_[gateway] = snapshot.version();
  const bool outgrown = std::any_of(offered_.begin(), offered_.end(), [&](const auto& other) {
    return other.second > snapshot.version();
  });
  if (outgrown) return false;
  std::string bytes = snapshot.SerializeAsString();
  if (bytes == in_force_ && version_ != 0) return true;
  in_force_ = std::move(bytes);
  version_ = snapshot.version();
  apply_(std::make_shared<const v1::Snapshot>(std::move(snapshot)));
  return true;
}

void Configuration::forget(const void* gateway) {
  const std::lock_guard lock(mutex_);
  offered_.erase(gateway);
}

std::uint64_t Configuration::version_in_force() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

}  // namespace causeway::edge::link
