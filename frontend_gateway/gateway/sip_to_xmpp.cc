#include "frontend_gateway/gateway/sip_to_xmpp.h"

#include <memory>
#include <string>
#include <string_view>

#include "common/log/log.h"
#include "common/stanza/conditions.h"
#include "frontend_gateway/address/mapping.h"
#include "frontend_gateway/address/text.h"
#include "frontend_gateway/courier/pair.h"
#include "frontend_gateway/gateway/asserted_identity.h"
#include "frontend_gateway/translate/errors.h"
#include "frontend_gateway/translate/headers.h"
#include "frontend_gateway/translate/message_to_sip.h"
#include "frontend_gateway/translate/message_to_xmpp.h"

namespace causeway::gateway {
namespace {

using causeway::address::Jid;
using mapping::SipUri;
using translate::SipAnswer;

constexpr std::size_t kRemembered = 32768;  // stanzas that may have a late error, some 10 MB

SipAnswer answer(const SipRefusal& refusal) { return {refusal.status, refusal.reason, {}}; }

// RFC 7247 section 8: a user who asked for security on every hop is not sent over one without it.
bool is_sips(std::string_view uri) { return equal_ignoring_case(uri.substr(0, 5), "sips:"); }

// The sender's GRUU stands in From, or in Contact beside the same address of record.
std::string instance_of(const sip::IncomingRequest& request, const SipUri& from) {
  if (!from.gr.empty()) return from.gr;
  const auto contact =
      SipUri::parse(translate::uri_of(translate::header(request.headers, "Contact")));
  const bool same = contact.ok() && contact->user == from.user && contact->host == from.host;
  return same ? contact->gr : std::string();
}

struct Parties {
  SipUri from, to;
  policy::Pair domains;
};

Outcome<Parties, SipRefusal> admit(const sip::IncomingRequest& request,
                                   const policy::Policy& policy) {
  if (is_sips(request.to_uri)) return SipRefusal{416, "Only sip: Addresses Are Mapped"};
  auto to = SipUri::parse(request.request_uri);
  if (!to.ok()) return std::move(to.refusal());
  auto from = SipUri::parse(request.from_uri);
  if (!from.ok()) return std::move(from.refusal());
  const auto domains = policy.admit_from_sip(policy::Act::message, *from, *to);
  if (!domains.ok()) return domains.refusal();
  if (contradicts_identity(request.headers, *from))
    return SipRefusal{403, "From Is Not The Asserted Identity"};
  from->gr = instance_of(request, *from);
  return Parties{*std::move(from), *std::move(to), *domains};
}

}  // namespace

SipToXmpp::SipToXmpp(const policy::Current& policy, policy::Contacts& contacts,
                     const translate::Threads& threads, PairQueue& queue,
                     Surroundings& surroundings, Limits limits)
    : policy_(policy),
      contacts_(contacts),
      threads_(threads),
      queue_(queue),
      surroundings_(surroundings),
      limits_(limits),
      sent_(surroundings.life(), kRemembered) {}

void SipToXmpp::take(const sip::IncomingRequest& request, Reply reply) {
  if (pending() >= limits_.pending)
    return reply({503, "Too Many Messages Are Pending", {{"Retry-After", "5"}}});

  const auto parties = admit(request, *policy_);
  if (!parties.ok()) return reply(answer(parties.refusal()));

  const auto from = mapping::to_jid(parties->from);
  if (!from.ok()) return reply(answer(from.refusal()));
  const auto to = mapping::to_jid(parties->to);
  if (!to.ok()) return reply(answer(to.refusal()));

  auto content = translate::content_of(request);
  if (!content.ok()) return reply(content.refusal());
  if (!std::holds_alternative<translate::Text>(content->what)) return reply({200, "OK", {}});
  auto stanza =
      translate::to_stanza(request, *std::move(content), *from, *to, threads_, surroundings_.now(),
                           {.type = v1::Message::CHAT, .patience = limits_.patience});
  if (!stanza.ok()) return reply(stanza.refusal());
  if (!stanza->has_value()) return reply({200, "OK", {}});

  meet(parties->domains, *from, *to);
  body_log_.write("SIP to XMPP", request.from_uri, to->to_string(),
                  (*stanza)->message().bodies(0).text());
  auto sent = std::make_unique<Sent>();
  sent->reply = std::move(reply);
  sent->way_back = to_sip_user(parties->domains, to->local(), from->local());
  sent->sender = parties->from.bare();
  sent->recipient = parties->to.bare();
  sent->addressed = to->is_bare() ? translate::Addressed::bare : translate::Addressed::full;
  sent->automatic = translate::is_automatic(request);
  submit(**std::move(stanza), std::move(sent));
}

// Whom she writes to may answer. Nobody waits for the row: should the process end before it is
// durable, her next message makes another.
void SipToXmpp::meet(const policy::Pair& domains, const Jid& from, const Jid& to) {
  if (domains.type != v1::PUBLIC_UNVERIFIED) return;  // needs no contact
  store::Contact contact{from.bare(), to.bare(), store::Contact::By::message, surroundings_.now()};
  if (contacts_.add(contact)) surroundings_.write({{std::move(contact)}}, {});
}

void SipToXmpp::submit(v1::Stanza stanza, std::unique_ptr<Sent> sent) {
  sent->from = stanza.from();
  sent->to = stanza.to();
  const Sent& kept = sent_.add(std::move(sent));
  stanza.set_id(sent_.id(kept));
  surroundings_.submit(std::move(stanza),
                       [this, number = kept.number](std::optional<v1::StanzaError> refusal) {
                         settled(number, std::move(refusal));
                       });
}

void SipToXmpp::settled(std::uint64_t number, std::optional<v1::StanzaError> refusal) {
  Sent* sent = sent_.pending(number);
  if (sent == nullptr) return;  // the recipient's error was here first
  if (refusal) return refuse(*sent, *refusal);
  waits_.emplace_back(surroundings_.clock() + limits_.error_wait, number);
  if (waits_.size() == 1) await_expiry();
}

void SipToXmpp::take_error(const v1::Stanza& error) {
  Sent* sent = sent_.answered_by(error);
  if (sent == nullptr) {
    log::debug("message.error.unexpected", "An error answers nothing that was sent from here.",
               {{"peer", error.from().domain()}});
  } else if (sent->reply) {
    refuse(*sent, error.error());
  } else {
    tell_late(*sent, error.error());
  }
}

void SipToXmpp::refuse(Sent& sent, const v1::StanzaError& error) {
  const SipAnswer answer = translate::to_sip(error, sent.addressed);
  sent_.forget(sent)(answer);
}

// The request has its 202, so the sender is told by a message. Nobody is told of a notice's
// failure, or of that of anything else a machine has sent: it could go on for ever.
void SipToXmpp::tell_late(Sent& sent, const v1::StanzaError& error) {
  Errand notice{translate::notice(sent.recipient, sent.sender, error), {}, true};
  const bool told = !sent.automatic && queue_.push(sent.way_back, notice);
  log::info("message.error.late",
            told ? "A message failed after it was accepted; its sender is sent a notice."
                 : "A message failed after it was accepted; its sender is not told.",
            {{"peer", sent.to.domain()},
             {"condition", std::string(stanza::wire_name(error.condition()))},
             {"reason", error.text()}});
  sent_.forget(sent);
}

void SipToXmpp::await_expiry() {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(waits_.front().first - surroundings_.clock());
  surroundings_.after(left, [this] { expire(); });
}

// RFC 3428 section 7: 202, since that the recipient has read it is not known.
void SipToXmpp::accept(std::uint64_t number) {
  Sent* sent = sent_.pending(number);
  if (sent != nullptr) sent_.accepted (*sent)({202, "Accepted", {}});
}

void SipToXmpp::expire() {
  while (!waits_.empty() && waits_.front().first <= surroundings_.clock()) {
    const std::uint64_t number = waits_.front().second;
    waits_.pop_front();
    accept(number);
  }
  if (!waits_.empty()) await_expiry();
}

void SipToXmpp::conclude() {
  for (const auto& [until, number] : std::exchange(waits_, {})) accept(number);
}

}  // namespace causeway::gateway
