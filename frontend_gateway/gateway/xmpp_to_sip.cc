#include "frontend_gateway/gateway/xmpp_to_sip.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/hash/hash.h"
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

// The smallest of what its next hops take, unless the operator knows better.
std::size_t largest_of(const config::SipRoute& route, const std::vector<std::string>& listen) {
  if (route.largest_request > 0) return route.largest_request;
  std::size_t least = SIZE_MAX;
  for (const std::string& next_hop : route.next_hops)
    least = std::min(least, translate::largest_request(next_hop, listen));
  return least;
}

std::uint64_t share_of(const v1::Address& user) {
  return absl::HashOf(user.local(), user.domain());
}

}  // namespace

XmppToSip::XmppToSip(Both both, const config::Config& config)
    : both_(both),
      correction_prefix_(config.messages.correction_prefix),
      largest_request_(translate::largest_request(config.sip.next_hop, config.sip.listen)),
      sender_shares_(config.messages.pending_per_sender),
      partner_shares_(config.messages.pending_per_partner) {
  for (const config::SipRoute& route : config.sip.routes)
    largest_requests_[route.domain] = largest_of(route, config.sip.listen);
}

Outcome<XmppToSip::Parties, v1::StanzaError> XmppToSip::admit(const v1::Stanza& stanza) const {
  const auto domains = both_.policy->admit_from_xmpp(policy::Act::message, stanza.from(),
                                                     stanza.to(), both_.contacts);
  if (!domains.ok()) return domains.refusal();
  auto from = mapping::to_sip(stanza.from().local(), *domains->remote, stanza.from().resource());
  if (!from.ok()) return std::move(from.refusal());
  auto to = mapping::to_sip(stanza.to().local(), *domains->local, stanza.to().resource());
  if (!to.ok()) return std::move(to.refusal());
  const auto pair = to_sip_user(*domains, stanza.from().local(), stanza.to().local());
  return Parties{*std::move(from), *std::move(to), pair, domains->partner};
}

void XmppToSip::take(causeway::link::Delivery delivery) {
  const v1::Stanza& stanza = delivery.stanza;
  Receipt receipt = std::move(delivery.receipt);
  const auto parties = admit(stanza);
  if (!parties.ok()) return receipt.refused(parties.refusal());
  auto request =
      translate::to_request(stanza, parties->from, parties->to, both_.threads, correction_prefix_);
  if (!request.ok()) return receipt.refused(std::move(request.refusal()));
  if (!request->has_value()) {
    tell_state(*parties, stanza.message().chat_state());
    return receipt.taken();
  }
  // RFC 3428 section 8: no media session is here to carry it.
  if (translate::size_on_wire(**request) > largest_request(parties->to.host))
    return receipt.refused(
        stanza::error(v1::POLICY_VIOLATION, "The message is too long for the other side."));
  send(stanza, *parties,
       {.request = **std::move(request),
        .receipt = std::move(receipt),
        .patience = std::chrono::milliseconds(stanza.patience_ms())});
}

void XmppToSip::tell_state(const Parties& parties, v1::Message::ChatState state) {
  if (state == v1::Message::NO_CHAT_STATE || both_.sessions.typing(parties.from, parties.to, state))
    return;
  both_.typing.from_xmpp(parties.pair, parties.from, parties.to, state);
}

void XmppToSip::send(const v1::Stanza& stanza, const Parties& parties, Errand errand) {
  if (!take_shares(stanza, parties, errand))
    return errand.receipt.refused(
        stanza::error(v1::RESOURCE_CONSTRAINT, "Too many of your messages are under way."));
  both_.typing.text_from_xmpp(parties.pair, stanza.message().chat_state());
  if (!stanza.message().no_store())
    body_log_.write("XMPP to SIP", parties.from.to_string(), errand.request.request_uri,
                    errand.request.body);
  constexpr std::string_view kFull = "Too many messages are waiting for this user.";
  if (both_.sessions.carries(parties.from, parties.to, stanza)) {
    if (!both_.sessions.send(parties.from, parties.to, errand)) refuse(errand, kFull);
    return;
  }
  enrich(stanza, parties.to, errand);
  if (!both_.queue.push(parties.pair, errand)) refuse(errand, kFull);
}

void XmppToSip::page(const mapping::SipUri& from, const mapping::SipUri& to, Errand errand) {
  const auto sender = mapping::to_jid(from);
  const auto recipient = mapping::to_jid(to);
  if (!sender.ok() || !recipient.ok() ||
      !both_.queue.push(to_sip_user(*sender, *recipient), errand))
    refuse(errand, "Too many messages are waiting for this user.");
}

// A plain text asks for none of it, and pays nothing.
void XmppToSip::enrich(const v1::Stanza& stanza, const mapping::SipUri& to, Errand& errand) {
  const v1::Message& message = stanza.message();
  if (!message.has_receipt() && message.xhtml().empty()) return;
  using What = Attempt::What;
  translate::Form form;
  form.html = !message.xhtml().empty() && both_.tastes.takes(What::markup, to);
  form.wanted = Wishes::asked(stanza);
  if (form.wanted.any() && both_.tastes.takes(What::notifications, to))
    form.message_id = both_.wishes.add(stanza);
  if (!form.rich(message)) return;

  sip::Request plain = errand.request;
  translate::enrich(errand.request, stanza, form, both_.surroundings.now());
  if (translate::size_on_wire(errand.request) > largest_request(to.host)) {
    errand.request = std::move(plain);
    return both_.wishes.forget(form.message_id);
  }
  errand.attempt = std::make_unique<Attempt>(
      Attempt{.what = form.message_id.empty() ? What::markup : What::notifications,
              .recipient = to,
              .plain = std::move(plain)});
}

std::size_t XmppToSip::largest_request(const std::string& domain) const {
  if (largest_requests_.empty()) return largest_request_;
  const auto found = largest_requests_.find(domain);
  return found == largest_requests_.end() ? largest_request_ : found->second;
}

bool XmppToSip::take_shares(const v1::Stanza& stanza, const Parties& parties, Errand& errand) {
  const std::uint64_t sender = share_of(stanza.from());
  if (!sender_shares_.take(sender)) return false;
  errand.sender = sender;
  if (partner_shares_.take(parties.partner)) {
    errand.partner = parties.partner;
    return true;
  }
  sender_shares_.give_back(sender);
  return false;
}

void XmppToSip::give_back_shares(const Errand& errand) {
  sender_shares_.give_back(errand.sender);
  partner_shares_.give_back(errand.partner);
}

void XmppToSip::refuse(Errand& errand, std::string_view why) {
  give_back_shares(errand);
  errand.receipt.refused(stanza::error(v1::RESOURCE_CONSTRAINT, why));
}

void XmppToSip::settle(Errand errand, const sip::Response& response) {
  give_back_shares(errand);
  if (errand.attempt && errand.attempt->declined)
    both_.tastes.has_declined(errand.attempt->what, errand.attempt->recipient);
  if (response.status >= 200 && response.status < 300) return errand.receipt.taken();
  // Its sender is not told of our hosts.
  log::debug("message.refused", "The SIP side did not take a message; its sender is told.",
             {{"status", std::to_string(response.status)},
              {"reason", response.reason},
              {"local", response.local ? "yes" : "no"}});
  errand.receipt.refused(translate::to_xmpp(response, moved_to(response, *both_.policy)));
}

}  // namespace causeway::gateway
