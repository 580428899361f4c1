#include "frontend_gateway/gateway/xmpp_to_sip.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "common/log/log.h"
#include "common/stanza/conditions.h"
#include "frontend_gateway/address/mapping.h"
#include "frontend_gateway/courier/pair.h"
#include "frontend_gateway/translate/errors.h"
#include "frontend_gateway/translate/headers.h"
#include "frontend_gateway/translate/message_to_sip.h"
#include "frontend_gateway/translate/moved.h"

namespace causeway::gateway {
namespace {

using causeway::link::Receipt;

// What is no message: a question is answered, the rest asks for nothing.
std::optional<v1::StanzaError> answer_to_other(const v1::Stanza& stanza) {
  const bool asks = (stanza.has_iq() &&
                     (stanza.iq().type() == v1::Iq::GET || stanza.iq().type() == v1::Iq::SET)) ||
                    (stanza.has_presence() && stanza.presence().type() == v1::Presence::SUBSCRIBE);
  if (!asks) return std::nullopt;
  return stanza::error(v1::SERVICE_UNAVAILABLE, "Only messages are exchanged with this user.");
}

// The XMPP URI of the place a 301 or 302 names, if it is one of ours: others nobody outside need
// know.
std::string moved_to(const sip::Response& response, const policy::Policy& policy) {
  if (response.status < 300 || response.status > 399) return {};
  const auto contact = translate::uri_of(translate::header(response.headers, "Contact"));
  const auto uri = mapping::SipUri::parse(contact);
  if (!uri.ok() || policy.hosted(uri->host) == nullptr) return {};
  const auto jid = mapping::to_jid(*uri);
  return jid.ok() ? translate::xmpp_uri(*jid) : std::string();
}

}  // namespace

XmppToSip::XmppToSip(const policy::Current& policy, const policy::Contacts& contacts,
                     translate::Threads& threads, PairQueue& queue, std::size_t largest_request)
    : policy_(policy),
      contacts_(contacts),
      threads_(threads),
      queue_(queue),
      largest_request_(largest_request) {}

void XmppToSip::take(causeway::link::Delivery delivery) {
  if (delivery.stanza.has_message())
    return take_message(delivery.stanza, std::move(delivery.receipt));
  if (auto error = answer_to_other(delivery.stanza))
    return delivery.receipt.refused(*std::move(error));
  delivery.receipt.taken();
}

void XmppToSip::take_message(const v1::Stanza& stanza, Receipt receipt) {
  const auto domains =
      policy_->admit_from_xmpp(policy::Act::message, stanza.from(), stanza.to(), contacts_);
  if (!domains.ok()) return receipt.refused(domains.refusal());

  const auto from =
      mapping::to_sip(stanza.from().local(), *domains->remote, stanza.from().resource());
  if (!from.ok()) return receipt.refused(from.refusal());
  const auto to = mapping::to_sip(stanza.to().local(), *domains->local, stanza.to().resource());
  if (!to.ok()) return receipt.refused(to.refusal());

  auto request = translate::to_request(stanza, *from, *to, threads_);
  if (!request.ok()) return receipt.refused(std::move(request.refusal()));
  if (!request->has_value()) return receipt.taken();
  // RFC 3428 section 8: no media session is here to carry it.
  if (translate::size_on_wire(**request) > largest_request_)
    return receipt.refused(
        stanza::error(v1::POLICY_VIOLATION, "The message is too long for the other side."));

  body_log_.write("XMPP to SIP", from->to_string(), (*request)->request_uri, (*request)->body);
  Errand errand{.request = **std::move(request),
                .receipt = std::move(receipt),
                .patience = std::chrono::milliseconds(stanza.patience_ms())};
  if (!queue_.push(to_sip_user(*domains, stanza.from().local(), stanza.to().local()), errand))
    errand.receipt.refused(
        stanza::error(v1::RESOURCE_CONSTRAINT, "Too many messages are waiting for this user."));
}

void XmppToSip::settle(Receipt receipt, const sip::Response& response) const {
  if (response.status >= 200 && response.status < 300) return receipt.taken();
  // Its sender is not told of our hosts.
  log::debug("message.refused", "The SIP side did not take a message; its sender is told.",
             {{"status", std::to_string(response.status)},
              {"reason", response.reason},
              {"local", response.local ? "yes" : "no"}});
  receipt.refused(translate::to_xmpp(response, moved_to(response, *policy_)));
}

}  // namespace causeway::gateway
