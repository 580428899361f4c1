#include "frontend_gateway/gateway/watching.h"

#include "absl/time/time.h"
#include "frontend_gateway/address/sip_uri.h"
#include "frontend_gateway/gateway/asserted_identity.h"

namespace causeway::gateway {
namespace {

absl::Duration duration(config::Days days) { return absl::Hours(24) * days.count(); }

}  // namespace

presence::Notifications::Limits limits_of(const config::Presence& settings) {
  return {.expiries = {settings.subscription_least, settings.subscription_most},
          .interval = settings.notify_interval,
          .peer_grace = settings.peer_grace,
          .give_up_after = duration(settings.pending),
          .forget_after = duration(settings.unused),
          .subscriptions = settings.subscriptions,
          .subscriptions_per_user = settings.subscriptions_per_user,
          .asked = settings.requests,
          .asked_per_user = settings.requests_per_user,
          .asked_per_domain = settings.requests_per_partner,
          .asked_per_second = static_cast<double>(settings.probes_per_second),
          .deactivate = settings.deactivate_on_stop};
}

presence::Watches::Limits watch_limits_of(const config::Presence& settings) {
  return {.expires = settings.watch_expires,
          .watches = settings.watches,
          .watches_per_watcher = settings.watches_per_user,
          .watches_per_domain = settings.watches_per_domain,
          .pending_per_watcher = settings.watch_requests_per_user,
          .pending_per_domain = settings.watch_requests_per_domain,
          .subscribes_per_second = static_cast<double>(settings.watch_subscribes_per_second),
          .interval = settings.watch_interval};
}

presence::Notifications::Rows rows_of(const store::Contents& rows) {
  return {rows.grants, rows.subscriptions};
}

bool is_for_watcher(const v1::Stanza& stanza, const presence::Notifications& notifications) {
  if (!stanza.has_presence()) return false;
  switch (stanza.presence().type()) {
    case v1::Presence::SUBSCRIBED:
    case v1::Presence::UNSUBSCRIBED:
    case v1::Presence::AVAILABLE:
    case v1::Presence::UNAVAILABLE:
      return true;
    case v1::Presence::ERROR:
      return notifications.asked(stanza);
    default:
      return false;
  }
}

bool is_for_watched(const v1::Stanza& stanza) {
  if (!stanza.has_presence()) return false;
  switch (stanza.presence().type()) {
    case v1::Presence::SUBSCRIBE:
    case v1::Presence::UNSUBSCRIBE:
    case v1::Presence::PROBE:
      return true;
    default:
      return false;
  }
}

bool is_somebody_else(const sip::IncomingRequest& request) {
  const auto from = mapping::SipUri::parse(request.from_uri);
  return from.ok() && contradicts_identity(request.headers, *from);
}

}  // namespace causeway::gateway
