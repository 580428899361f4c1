#pragma once

#include <functional>
#include <string>

#include "common/link/delivery.h"
#include "frontend_gateway/config/config.h"
#include "frontend_gateway/policy/current.h"
#include "frontend_gateway/surroundings/surroundings.h"

namespace causeway::gateway::service {

// Answers what iq stanzas ask: the hosted domains say what they are (XEP-0030), whom to write to
// (XEP-0157), that they live (XEP-0199) and what they run (XEP-0092); all else is
// service-unavailable (RFC 6120 section 8.2.3).
//
// A user is an account to those who may see his presence, and to everybody else he is
// service-unavailable, as is whoever does not exist (RFC 6121 section 8.5.1, XEP-0030 section 8).
// No answer depends on whether a user exists, and none is slower for it.
class Service {
 public:
  // Whether `watcher` may see the presence of `user`, both as their stanzas have them.
  using MaySee = std::function<bool(const v1::Address& user, const v1::Address& watcher)>;

  Service(const policy::Current& policy, Surroundings& surroundings, MaySee may_see,
          const config::Service& settings);

  // Holds from the next iq on.
  void configure(const config::Service& settings);

  // An iq. Results and errors are taken: nothing here asks.
  void take(causeway::link::Delivery delivery);

 private:
  void answer(const v1::Stanza& asked, v1::Extension payload, causeway::link::Receipt receipt);

  const policy::Current& policy_;
  Surroundings& surroundings_;
  const MaySee may_see_;
  bool answer_version_ = true;
  v1::Extension domain_info_;
};

}  // namespace causeway::gateway::service
