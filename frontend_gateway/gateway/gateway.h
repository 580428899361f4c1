#pragma once

#include <memory>
#include <vector>

#include "common/link/delivery.h"
#include "frontend_gateway/config/config.h"
#include "frontend_gateway/courier/pair_queue.h"
#include "frontend_gateway/gateway/sip_to_xmpp.h"
#include "frontend_gateway/gateway/xmpp_to_sip.h"
#include "frontend_gateway/policy/current.h"
#include "frontend_gateway/presence/notifications.h"
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

  // From here on what comes from XMPP stays unsettled, for the edge to give to another gateway, and
  // what comes from SIP gets 503. What is under way goes on until idle().
  void close_doors();
  bool idle() const;
  // What is open now, by a word for it; for the monitoring.
  std::vector<std::pair<std::string, std::size_t>> open() const;
  // After the last outcome of what came from SIP, before SIP ends: leaves none that was handed on
  // without its answer.
  void conclude();

 private:
  void subscribe(const sip::IncomingRequest& request, Reply reply);
  void finished(Errand errand, const sip::Response& response);

  policy::Current policy_;
  policy::Contacts contacts_;
  presence::Notifications notifications_;
  translate::Threads threads_;
  PairQueue queue_;
  XmppToSip xmpp_to_sip_;
  SipToXmpp sip_to_xmpp_;
  bool closed_ = false;
  std::vector<causeway::link::Delivery> unsettled_;  // those that came after close_doors()
};

}  // namespace causeway::gateway
