#include "frontend_gateway/gateway/gateway.h"

#include <iterator>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "common/stanza/bounce.h"
#include "frontend_gateway/gateway/stream_events.h"
#include "frontend_gateway/gateway/watching.h"
#include "frontend_gateway/translate/message_to_sip.h"

namespace causeway::gateway {
namespace {

session::Mode mode_of(config::SipMode mode) {
  switch (mode) {
    case config::SipMode::page:
      return session::Mode::page;
    case config::SipMode::session:
      return session::Mode::session;
    case config::SipMode::automatic:
      return session::Mode::automatic;
  }
  return session::Mode::page;
}

bool brings_receipt(const v1::Stanza& stanza) {
  const v1::Receipt& receipt = stanza.message().receipt();
  return !receipt.received_id().empty() || !receipt.displayed_id().empty();
}

}  // namespace

Gateway::Gateway(const config::Config& config, Surroundings& surroundings,
                 const store::Contents& rows)
    : policy_(
          std::make_shared<const policy::Policy>(policy::merge(config, rows.administration).rules)),
      contacts_(rows.contacts),
      watches_(policy_, contacts_, surroundings, watch_limits_of(config.presence), rows.watches),
      notifications_(policy_, contacts_, surroundings, limits_of(config.presence), rows_of(rows),
                     [this](const std::string& local, const std::string& remote) {
                       return watches_.shows(local, remote);
                     }),
      service_(
          policy_, surroundings,
          [this](const v1::Address& user, const v1::Address& watcher) {
            return may_see(user, watcher);
          },
          config.service),
      threads_(translate::random_key()),
      queue_(
          surroundings, {.per_pair = config.sip.queued_per_pair, .in_all = config.sip.pending},
          [this](Errand errand, sip::Response response) { finished(std::move(errand), response); }),
      sessions_(policy_, surroundings, config.session, session_callbacks(config.sip)),
      tastes_(config.sip),
      typing_(surroundings, queue_, tastes_, {.refresh = config.messages.typing_refresh}),
      wishes_(surroundings.life()),
      xmpp_to_sip_(both(surroundings), config),
      sip_to_xmpp_(both(surroundings), config) {}

Both Gateway::both(Surroundings& surroundings) {
  return {.policy = policy_,
          .contacts = contacts_,
          .threads = threads_,
          .queue = queue_,
          .sessions = sessions_,
          .tastes = tastes_,
          .typing = typing_,
          .wishes = wishes_,
          .surroundings = surroundings};
}

session::Callbacks Gateway::session_callbacks(const config::Sip& settings) {
  absl::flat_hash_map<std::string, session::Mode> modes;
  for (const config::SipRoute& route : settings.routes) modes[route.domain] = mode_of(route.mode);
  return {
      .hear = [this](const sip::IncomingRequest& request,
                     Reply reply) { sip_to_xmpp_.take(request, std::move(reply)); },
      .page = [this](const mapping::SipUri& from, const mapping::SipUri& to,
                     Errand errand) { xmpp_to_sip_.page(from, to, std::move(errand)); },
      .finished = [this](Errand errand,
                         sip::Response response) { finished(std::move(errand), response); },
      .mode =
          [modes = std::move(modes), other = mode_of(settings.mode)](const std::string& domain) {
            const auto found = modes.find(domain);
            return found == modes.end() ? other : found->second;
          }};
}

bool Gateway::may_see(const v1::Address& user, const v1::Address& watcher) const {
  const auto bare = [](const v1::Address& address) {
    return absl::StrCat(address.local(), "@", address.domain());
  };
  return watches_.shows(bare(user), bare(watcher));
}

std::vector<v1::PresenceSubscription> Gateway::subscriptions() const {
  std::vector<v1::PresenceSubscription> all;
  const auto add = [&](const std::string& watcher, const std::string& watched, bool active,
                       absl::Time since) -> v1::PresenceSubscription& {
    v1::PresenceSubscription& one = all.emplace_back();
    one.set_watcher(watcher);
    one.set_watched(watched);
    one.set_state(active ? "active" : "pending");
    one.mutable_since()->set_seconds(absl::ToUnixSeconds(since));
    return one;
  };
  for (const store::Watch& watch : watches_.list())
    add(watch.remote, watch.local, watch.state == store::Watch::State::active, watch.since);
  for (const auto& one : notifications_.authorizations())
    add(one.local, one.remote, one.state == presence::Pair::State::granted, one.since)
        .set_watcher_is_sip(true);
  return all;
}

void Gateway::contacts_changed() {
  notifications_.policy_changed();
  watches_.policy_changed();
}

void Gateway::configure(std::shared_ptr<const policy::Policy> policy) {
  policy_.replace(std::move(policy));
  watches_.policy_changed();
  notifications_.policy_changed();
  sessions_.policy_changed();
}

void Gateway::from_xmpp(std::vector<causeway::link::Delivery> deliveries) {
  for (causeway::link::Delivery& delivery : deliveries) {
    if (delivery.stanza.presence().type() == v1::Presence::UNAVAILABLE)
      sessions_.unavailable(delivery.stanza);
    if (!closed_ && is_for_watcher(delivery.stanza, notifications_)) {
      notifications_.from_xmpp(std::move(delivery));
    } else if (stanza::is_error(delivery.stanza)) {
      sip_to_xmpp_.take_error(delivery.stanza);
      delivery.receipt.taken();
    } else if (closed_) {
      unsettled_.push_back(std::move(delivery));
    } else if (delivery.stanza.has_iq()) {
      service_.take(std::move(delivery));
    } else if (is_for_watched(delivery.stanza)) {
      watches_.from_xmpp(std::move(delivery));
    } else {
      if (brings_receipt(delivery.stanza)) sip_to_xmpp_.take_receipt(delivery.stanza);
      xmpp_to_sip_.take(std::move(delivery));
    }
  }
}

void Gateway::from_sip(const sip::IncomingRequest& request, Reply reply) {
  const bool within = !request.to_tag.empty();
  // Whoever ends a session need not wait for us to do it.
  if (closed_ && !(within && request.method == "BYE"))
    return reply({503, "Stopping", {{"Retry-After", "5"}}});
  if (request.method == "SUBSCRIBE") return subscribe(request, std::move(reply));
  if (request.method == "NOTIFY") return watches_.from_sip(request, std::move(reply));
  if (request.method == "INVITE" && !within && is_somebody_else(request))
    return reply({403, "From Is Not The Asserted Identity", {}});
  if (request.method != "MESSAGE" || within) return sessions_.from_sip(request, std::move(reply));
  sip_to_xmpp_.take(request, std::move(reply));
}

void Gateway::subscribe(const sip::IncomingRequest& request, Reply reply) {
  if (is_somebody_else(request)) return reply({403, "From Is Not The Asserted Identity", {}});
  notifications_.from_sip(request, std::move(reply));
}

void Gateway::start() {
  watches_.start();
  notifications_.start();
}

void Gateway::stream_event(const v1::StreamEvent& event) {
  log_stream_event(event);
  notifications_.stream_event(event);
}

void Gateway::close_doors() {
  closed_ = true;
  watches_.drain();
  notifications_.drain();
  sessions_.drain();
}

bool Gateway::idle() const {
  return queue_.size() == 0 && sip_to_xmpp_.pending() == 0 && notifications_.pending() == 0 &&
         sessions_.idle();
}

std::vector<std::pair<std::string, std::size_t>> Gateway::open() const {
  return {{"contacts", contacts_.size()},
          {"sessions", sessions_.size()},
          {"subscriptions_from_sip", notifications_.size()},
          {"subscriptions_from_xmpp", watches_.size()},
          {"texts_on_their_way", queue_.size()}};
}

void Gateway::conclude() { sip_to_xmpp_.conclude(); }

void Gateway::finished(Errand errand, const sip::Response& response) {
  if (!errand.notice) return xmpp_to_sip_.settle(std::move(errand), response);
  if (errand.attempt != nullptr) {  // of no use any more
    if (errand.attempt->declined)
      tastes_.has_declined(errand.attempt->what, errand.attempt->recipient);
  } else if (response.status >= 300) {
    log::warning("notice.failed", "A SIP user could not be told what became of a message.",
                 {{"status", std::to_string(response.status)}, {"reason", response.reason}});
  }
}

}  // namespace causeway::gateway
