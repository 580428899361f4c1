#pragma once

#include <string>
#include <string_view>

#include "common/log/log.h"
#include "frontend_gateway/policy/current.h"

namespace causeway::gateway {

// Writes what is said to the log when config asks for it (enable_logging_all_message_bodies), and
// never otherwise. An XMPP sender stands there by the SIP URI the other side knows.
class BodyLog {
 public:
  explicit BodyLog(const policy::Current& policy) : policy_(policy) {}

  void write(std::string_view direction, std::string_view from, std::string_view to,
             std::string_view body) const {
    if (!policy_->log_message_bodies()) return;
    log::info("message.body", "A message, in full, as the configuration asks.",
              {{"direction", std::string(direction)},
               {"from", std::string(from)},
               {"to", std::string(to)},
               {"body", std::string(body)}});
  }

 private:
  const policy::Current& policy_;
};

}  // namespace causeway::gateway
