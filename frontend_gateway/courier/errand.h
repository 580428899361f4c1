#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "common/link/delivery.h"
#include "frontend_gateway/address/sip_uri.h"
#include "frontend_gateway/sip/user_agent.h"

namespace causeway::gateway {

// What is tried with a recipient who may not take it, as user agents say by 415 and the like.
struct Attempt {
  enum class What { markup, notifications, typing };
  What what = What::markup;
  mapping::SipUri recipient;
  std::optional<sip::Request> plain{};  // sent in its place when it is declined
  bool declined = false;
};

// A MESSAGE on its way to a SIP user, and whom its outcome concerns.
struct Errand {
  sip::Request request;
  causeway::link::Receipt receipt;  // says nothing for a notice of our own
  bool notice = false;
  std::chrono::milliseconds patience{0};  // from push() to the outcome; 0: the queue's own
  std::unique_ptr<Attempt> attempt{};     // null: nothing is tried
  // Whose shares of what may be pending it takes; 0: nobody's.
  std::uint64_t sender = 0, partner = 0;
};

}  // namespace causeway::gateway
