#include "frontend_gateway/gateway/gateway.h"

#include <iterator>
#include <string>
#include <utility>

#include "common/log/log.h"
#include "common/stanza/bounce.h"
#include "frontend_gateway/gateway/stream_events.h"
#include "frontend_gateway/gateway/watching.h"
#include "frontend_gateway/translate/message_to_sip.h"

namespace causeway::gateway {

Gateway::Gateway(const config::Config& config, Surroundings& surroundings,
                 const store::Contents& rows)
    : policy_(
          std::make_shared<const policy::Policy>(policy::merge(config, rows.administration).rules)),
      contacts_(rows.contacts),
      notifications_(policy_, contacts_, surroundings, limits_of(config.presence), rows_of(rows)),
      threads_(translate::random_key()),
      queue_(
          surroundings, {.per_pair = config.sip.queued_per_pair, .in_all = config.sip.pending},
          [this](Errand errand, sip::Response response) { finished(std::move(errand), response); }),
      xmpp_to_sip_(policy_, contacts_, threads_, queue_,
                   translate::largest_request(config.sip.next_hop, config.sip.listen)),
      sip_to_xmpp_(policy_, contacts_, threads_, queue_, surroundings,
                   {.error_wait = config.sip.error_wait,
                    .patience = config.sip.patience,
                    .pending = config.sip.pending}) {}

void Gateway::configure(std::shared_ptr<const policy::Policy> policy) {
  policy_.replace(std::move(policy));
  notifications_.policy_changed();
}

void Gateway::from_xmpp(std::vector<causeway::link::Delivery> deliveries) {
  for (causeway::link::Delivery& delivery : deliveries) {
    if (!closed_ && is_for_watcher(delivery.stanza, notifications_)) {
      notifications_.from_xmpp(std::move(delivery));
    } else if (stanza::is_error(delivery.stanza)) {
      sip_to_xmpp_.take_error(delivery.stanza);
      delivery.receipt.taken();
    } else if (closed_) {
      unsettled_.push_back(std::move(delivery));
    } else {
      xmpp_to_sip_.take(std::move(delivery));
    }
  }
}

void Gateway::from_sip(const sip::IncomingRequest& request, Reply reply) {
  if (closed_) return reply({503, "Stopping", {{"Retry-After", "5"}}});
  if (request.method == "SUBSCRIBE") return subscribe(request, std::move(reply));
  sip_to_xmpp_.take(request, std::move(reply));
}

void Gateway::subscribe(const sip::IncomingRequest& request, Reply reply) {
  if (is_somebody_else(request)) return reply({403, "From Is Not The Asserted Identity", {}});
  notifications_.from_sip(request, std::move(reply));
}

void Gateway::start() { notifications_.start(); }

void Gateway::stream_event(const v1::StreamEvent& event) {
  log_stream_event(event);
  notifications_.stream_event(event);
}

void Gateway::close_doors() { closed_ = true;
  notifications_.drain(); }

bool Gateway::idle() const { return queue_.size() == 0 && sip_to_xmpp_.pending() == 0 && notifications_.pending() == 0; }

std::vector<std::pair<std::string, std::size_t>> Gateway::open() const {
  return {{"contacts", contacts_.size()},
          {"subscriptions_from_sip", notifications_.size()},
          {"texts_on_their_way", queue_.size()}};
}

void Gateway::conclude() { sip_to_xmpp_.conclude(); }

void Gateway::finished(Errand errand, const sip::Response& response) {
  if (!errand.notice) return xmpp_to_sip_.settle(std::move(errand.receipt), response);
  if (response.status >= 300)
    log::warning("notice.failed", "A SIP user could not be told that a message was not delivered.",
                 {{"status", std::to_string(response.status)}, {"reason", response.reason}});
}

}  // namespace causeway::gateway
