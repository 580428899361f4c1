#pragma once

#include <memory>
#include <vector>

#include "causeway/v1/admin.pb.h"
#include "common/link/delivery.h"
#include "frontend_gateway/config/config.h"
#include "frontend_gateway/courier/pair_queue.h"
#include "frontend_gateway/gateway/both.h"
#include "frontend_gateway/gateway/sip_to_xmpp.h"
#include "frontend_gateway/gateway/tastes.h"
#include "frontend_gateway/gateway/typing.h"
#include "frontend_gateway/gateway/wishes.h"
#include "frontend_gateway/gateway/xmpp_to_sip.h"
#include "frontend_gateway/policy/current.h"
#include "frontend_gateway/presence/notifications.h"
#include "frontend_gateway/presence/watches.h"
#include "frontend_gateway/service/service.h"
#include "frontend_gateway/session/sessions.h"
#include "frontend_gateway/surroundings/surroundings.h"
#include "frontend_gateway/translate/threads.h"

namespace causeway::gateway {

// The two directions and what they share. In the SIP loop's thread, all of it.
class Gateway {
 public:
  // `rows`: what the database has.
  Gateway(const config::Config& config, Surroundings& surroundings,
          const store::Contents& rows = {});
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  // Once, in the loop: goes on with what the rows say is under way.
  void start();

  // Holds from the next stanza and the next request on.
  void configure(std::shared_ptr<const policy::Policy> policy);

  void from_xmpp(std::vector<causeway::link::Delivery> deliveries);
  void from_sip(const sip::IncomingRequest& request, Reply reply);
  // What an edge reports of its streams.
  void stream_event(const v1::StreamEvent& event);

  presence::Notifications& notifications() { return notifications_; }
  policy::Contacts& contacts() { return contacts_; }
  service::Service& service() { return service_; }
  // After contacts were taken away: who watches is judged again.
  void contacts_changed();
  presence::Watches& watches() { return watches_; }

  // From here on what comes from XMPP stays unsettled, for the edge to give to another gateway, and
  // what comes from SIP gets 503. What is under way goes on until idle().
  void close_doors();
  bool idle() const;
  // Who may see whom, and who waits for it; for the operator.
  std::vector<v1::PresenceSubscription> subscriptions() const;
  // What is open now, by a word for it; for the monitoring.
  std::vector<std::pair<std::string, std::size_t>> open() const;
  // After the last outcome of what came from SIP, before SIP ends: leaves none that was handed on
  // without its answer.
  void conclude();

 private:
  bool may_see(const v1::Address& user, const v1::Address& watcher) const;
  void subscribe(const sip::IncomingRequest& request, Reply reply);
  void finished(Errand errand, const sip::Response& response);
  session::Callbacks session_callbacks(const config::Sip& settings);
  Both both(Surroundings& surroundings);

  policy::Current policy_;
  policy::Contacts contacts_;
  presence::Watches watches_;
  presence::Notifications notifications_;
  service::Service service_;
  translate::Threads threads_;
  PairQueue queue_;
  session::Sessions sessions_;
  Tastes tastes_;
  Typing typing_;
  Wishes wishes_;
  XmppToSip xmpp_to_sip_;
  SipToXmpp sip_to_xmpp_;
  bool closed_ = false;
  std::vector<causeway::link::Delivery> unsettled_;  // those that came after close_doors()
};

}  // namespace causeway::gateway
