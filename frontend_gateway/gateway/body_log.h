#pragma once

#include <string>
#include <string_view>

#include "common/log/log.h"

namespace causeway::gateway {

// Writes what is said to the log when config asks for it (enable_logging_all_message_bodies), and
// never otherwise. An XMPP sender stands there by the SIP URI the other side knows.
class BodyLog {
 public:
  explicit BodyLog(bool wanted) : wanted_(wanted) {}

  void write(std::string_view direction, std::string_view from, std::string_view to,
             std::string_view body) const {
    if (!wanted_) return;
    log::info("message.body", "A message, in full, as the configuration asks.",
              {{"direction", std::string(direction)},
               {"from", std::string(from)},
               {"to", std::string(to)},
               {"body", std::string(body)}});
  }

 private:
  const bool wanted_;
};

}  // namespace causeway::gateway
