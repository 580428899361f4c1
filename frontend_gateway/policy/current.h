#pragma once

#include <memory>
#include <utility>

#include "frontend_gateway/policy/policy.h"

namespace causeway::gateway::policy {

// The Policy in force. In the loop's thread; rooms hold it by reference and nothing it points to.
class Current {
 public:
  explicit Current(std::shared_ptr<const Policy> policy) : policy_(std::move(policy)) {}
  Current(const Current&) = delete;
  Current& operator=(const Current&) = delete;

  const Policy& operator*() const { return *policy_; }
  const Policy* operator->() const { return policy_.get(); }

  void replace(std::shared_ptr<const Policy> policy) { policy_ = std::move(policy); }

 private:
  std::shared_ptr<const Policy> policy_;  // never null
};

}  // namespace causeway::gateway::policy
