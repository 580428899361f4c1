#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "causeway/v1/link.pb.h"

namespace causeway::edge::link {

// Which of the configurations that the gateways bring is in force. The members of a pool bring the
// same one, though not at the same time: one that another attached gateway has outgrown is not
// applied. What is in force stays so when its gateway goes. Safe from any thread.
class Configuration {
 public:
  using Apply = std::function<void(std::shared_ptr<const v1::Snapshot>)>;
  explicit Configuration(Apply apply) : apply_(std::move(apply)) {}

  // `gateway` tells those apart that are attached. Calls `apply` before it returns, one call at a
  // time, unless the same is in force already. False: an attached gateway has a newer one.
  bool offer(const void* gateway, v1::Snapshot snapshot);
  void forget(const void* gateway);
  std::uint64_t version_in_force() const;

 private:
  const Apply apply_;
  mutable std::mutex mutex_;
  absl::flat_hash_map<const void*, std::uint64_t> offered_;  // versions
  std::uint64_t version_ = 0;
  std::string in_force_;  // as bytes
};

}  // namespace causeway::edge::link
