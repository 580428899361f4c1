#pragma once

#include <chrono>

#include "common/link/delivery.h"
#include "frontend_gateway/sip/user_agent.h"

namespace causeway::gateway {

// A MESSAGE on its way to a SIP user, and whom its outcome concerns.
struct Errand {
  sip::Request request;
  causeway::link::Receipt receipt;  // says nothing for a notice of our own
  bool notice = false;
  std::chrono::milliseconds patience{0};  // from push() to the outcome; 0: the queue's own
};

}  // namespace causeway::gateway
