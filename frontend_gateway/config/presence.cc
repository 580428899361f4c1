#include "frontend_gateway/config/presence.h"

#include "frontend_gateway/config/sections.h"

namespace causeway::gateway::config {

using namespace ::causeway::config;

const Settings<Presence>& presence_settings() {
  constexpr std::int64_t kMany = 10'000'000;
  static const Settings<Presence> settings = {
      number("subscription_least_seconds", &Presence::subscription_least, 1, 3'600),
      number("subscription_most_seconds", &Presence::subscription_most, 60, 86'400),
      number("notify_interval_ms", &Presence::notify_interval, 0, 60'000),
      number("peer_grace_seconds", &Presence::peer_grace, 0, 86'400),
      number("pending_days", &Presence::pending, 1, 3'650),
      number("unused_days", &Presence::unused, 0, 3'650),
      number("subscriptions", &Presence::subscriptions, 1, kMany),
      number("subscriptions_per_user", &Presence::subscriptions_per_user, 1, kMany),
      number("requests", &Presence::requests, 1, kMany),
      number("requests_per_user", &Presence::requests_per_user, 1, kMany),
      number("requests_per_partner", &Presence::requests_per_partner, 1, kMany),
      number("probes_per_second", &Presence::probes_per_second, 1, 100'000),
      flag("deactivate_on_stop", &Presence::deactivate_on_stop),
      number("watch_expires_seconds", &Presence::watch_expires, 60, 86'400),
      number("watch_interval_ms", &Presence::watch_interval, 0, 60'000),
      number("watches", &Presence::watches, 1, kMany),
      number("watches_per_user", &Presence::watches_per_user, 1, kMany),
      number("watches_per_domain", &Presence::watches_per_domain, 1, kMany),
      number("watch_requests_per_user", &Presence::watch_requests_per_user, 1, kMany),
      number("watch_requests_per_domain", &Presence::watch_requests_per_domain, 1, kMany),
      number("watch_subscribes_per_second", &Presence::watch_subscribes_per_second, 1, 100'000),
  };
  return settings;
}

}  // namespace causeway::gateway::config
