#pragma once

#include <chrono>
#include <cstddef>
#include <ratio>

namespace causeway::gateway::config {

using Days = std::chrono::duration<int, std::ratio<86400>>;

// Presence. SIP users who watch XMPP users, and, as `watch`, XMPP users who watch SIP users.
struct Presence {
  std::chrono::seconds subscription_least{60};  // a SUBSCRIBE for less gets 423
  std::chrono::seconds subscription_most{3600};
  std::chrono::milliseconds notify_interval{5000};  // between the changes a watcher is told
  std::chrono::seconds peer_grace{60};  // until the users of a lost domain are shown as offline
  Days pending{30};                     // without an answer of the XMPP user
  Days unused{90};                      // an authorization nobody makes use of; 0: for ever
  std::size_t subscriptions = 100000;   // some 3 KiB each
  std::size_t subscriptions_per_user = 2000;
  std::size_t requests = 20000;  // for authorization, without an answer
  std::size_t requests_per_user = 500;
  std::size_t requests_per_partner = 10000;
  std::size_t probes_per_second = 50;  // after a restart, or a partner's return
  bool deactivate_on_stop = false;
  std::chrono::seconds watch_expires{3600};        // what we ask of presence servers
  std::chrono::milliseconds watch_interval{1000};  // between the changes a watcher is told
  std::size_t watches = 100000;                    // some 3 KiB each
  std::size_t watches_per_user = 2000;
  std::size_t watches_per_domain = 50000;
  std::size_t watch_requests_per_user = 100;  // without an answer
  std::size_t watch_requests_per_domain = 10000;
  std::size_t watch_subscribes_per_second = 10;  // after a restart of either side
  friend bool operator==(const Presence&, const Presence&) = default;
};

}  // namespace causeway::gateway::config
