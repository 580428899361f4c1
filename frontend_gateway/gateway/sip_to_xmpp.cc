#include "frontend_gateway/gateway/sip_to_xmpp.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "common/stanza/bounce.h"
#include "common/stanza/conditions.h"
#include "frontend_gateway/address/mapping.h"
#include "frontend_gateway/address/text.h"
#include "frontend_gateway/courier/pair.h"
#include "frontend_gateway/gateway/asserted_identity.h"
#include "frontend_gateway/translate/errors.h"
#include "frontend_gateway/translate/headers.h"
#include "frontend_gateway/translate/hops.h"
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

// Of the conditions that end a text, those that say that it was not wanted.
constexpr v1::StanzaCondition kForbidden[] = {v1::FORBIDDEN, v1::NOT_ALLOWED, v1::NOT_AUTHORIZED,
                                              v1::POLICY_VIOLATION, v1::REGISTRATION_REQUIRED};

translate::Imdn::Status status_of(const v1::StanzaError& error) {
  const auto* found = std::ranges::find(kForbidden, error.condition());
  return found == std::end(kForbidden) ? translate::Imdn::Status::failed
                                       : translate::Imdn::Status::forbidden;
}

std::uint64_t share_of(const Jid& user) {
  return absl::HashOf(user.local(), user.domain().unicode());
}

}  // namespace

SipToXmpp::SipToXmpp(Both both, const config::Config& config)
    : both_(both),
      sip_(config.sip),
      type_(config.messages.rfc7572_normal ? v1::Message::NORMAL : v1::Message::CHAT),
      sender_shares_(config.messages.pending_per_sender),
      partner_shares_(config.messages.pending_per_partner),
      sent_(both.surroundings.life(), kRemembered) {
  for (const config::SipRoute& route : config.sip.routes)
    if (route.ms_imdn) lync_domains_.insert(route.domain);
}

Outcome<SipToXmpp::Parties, SipRefusal> SipToXmpp::admit(
    const sip::IncomingRequest& request) const {
  if (is_sips(request.to_uri)) return SipRefusal{416, "Only sip: Addresses Are Mapped"};
  auto to = SipUri::parse(request.request_uri);
  if (!to.ok()) return std::move(to.refusal());
  auto from = SipUri::parse(request.from_uri);
  if (!from.ok()) return std::move(from.refusal());
  const auto domains = both_.policy->admit_from_sip(policy::Act::message, *from, *to);
  if (!domains.ok()) return domains.refusal();
  if (contradicts_identity(request.headers, *from))
    return SipRefusal{403, "From Is Not The Asserted Identity"};
  from->gr = instance_of(request, *from);
  auto sender = mapping::to_jid(*from);
  if (!sender.ok()) return std::move(sender.refusal());
  auto recipient = mapping::to_jid(*to);
  if (!recipient.ok()) return std::move(recipient.refusal());
  const auto way_back = to_sip_user(*recipient, *sender);
  return Parties{*std::move(from),   *std::move(to),        *domains,
                 *std::move(sender), *std::move(recipient), way_back};
}

void SipToXmpp::take(const sip::IncomingRequest& request, Reply reply) {
  if (pending() >= sip_.pending)
    return reply({503, "Too Many Messages Are Pending", {{"Retry-After", "5"}}});
  const auto parties = admit(request);
  if (!parties.ok()) return reply(answer(parties.refusal()));
  if (translate::hops_of(request) >= translate::kMostHops) return reply({482, "Loop Detected", {}});
  auto content = translate::content_of(request);
  if (!content.ok()) return reply(content.refusal());

  if (std::holds_alternative<translate::Text>(content->what))
    return take_text(request, *parties, *std::move(content), std::move(reply));
  if (const auto* composing = std::get_if<translate::IsComposing>(&content->what)) {
    both_.tastes.has_shown(Attempt::What::typing, parties->from);
    both_.typing.from_sip(parties->way_back, stanza::to_address(parties->sender),
                          stanza::to_address(parties->recipient), *composing);
  } else {
    tell(*parties, std::get<translate::Imdn>(content->what));
  }
  reply({200, "OK", {}});
}

void SipToXmpp::take_text(const sip::IncomingRequest& request, const Parties& parties,
                          translate::Content content, Reply reply) {
  auto sent = std::make_unique<Sent>();
  sent->automatic = translate::is_automatic(request);
  if (!content.message_id.empty()) {
    both_.tastes.has_shown(Attempt::What::notifications, parties.from);
    if (content.wanted.any() && !sent->automatic)
      sent->wanted = std::make_unique<Wanted>(Wanted{content.message_id, content.wanted});
  }
  if (!std::get<translate::Text>(content.what).xhtml.empty())
    both_.tastes.has_shown(Attempt::What::markup, parties.from);
  if (sent->automatic) content.wanted = {};
  auto stanza = translate::to_stanza(request, std::move(content), parties.sender, parties.recipient,
                                     both_.threads, both_.surroundings.now(),
                                     {.type = type_, .patience = sip_.patience});
  if (!stanza.ok()) return reply(stanza.refusal());
  if (!stanza->has_value()) return reply({200, "OK", {}});
  if (!take_shares(parties, *sent))
    return reply({480, "Too Many Messages Are Pending", {{"Retry-After", "5"}}});

  v1::Message& message = *(*stanza)->mutable_message();
  meet(parties);
  both_.typing.text_from_sip(parties.way_back);
  // XEP-0085 section 5.1: so that he is known to care.
  if (both_.tastes.takes(Attempt::What::typing, parties.from))
    message.set_chat_state(v1::Message::ACTIVE);
  body_log_.write("SIP to XMPP", request.from_uri, parties.recipient.to_string(),
                  message.bodies_size() > 0 ? message.bodies(0).text() : std::string());
  sent->reply = std::move(reply);
  sent->way_back = parties.way_back;
  sent->sender = parties.from.bare();
  sent->recipient = parties.to.bare();
  sent->hops = translate::hops_of(request) + 1;
  sent->addressed =
      parties.recipient.is_bare() ? translate::Addressed::bare : translate::Addressed::full;
  sent->ms_imdn = !lync_domains_.empty() && lync_domains_.contains(parties.from.host);
  submit(**std::move(stanza), std::move(sent));
}

// What became of a text that an XMPP user has sent. Nobody is told of the failure of such news.
void SipToXmpp::tell(const Parties& parties, const translate::Imdn& imdn) {
  auto stanza = both_.wishes.told(imdn, stanza::to_address(parties.sender),
                                  stanza::to_address(parties.recipient));
  if (!stanza) return;
  // "r" is no digit of the numbers that texts have.
  if (!stanza::is_error(*stanza))
    stanza->set_id(absl::StrCat(both_.surroundings.life(), "-r", absl::Hex(++told_)));
  stanza->set_patience_ms(static_cast<std::uint32_t>(sip_.patience.count()));
  both_.surroundings.submit(*std::move(stanza), [](std::optional<v1::StanzaError>) {});
}

// Whom she writes to may answer. Nobody waits for the row: should the process end before it is
// durable, her next message makes another.
void SipToXmpp::meet(const Parties& parties) {
  if (parties.domains.type != v1::PUBLIC_UNVERIFIED) return;  // needs no contact
  store::Contact contact{parties.sender.bare(), parties.recipient.bare(),
                         store::Contact::By::message, both_.surroundings.now()};
  if (both_.contacts.add(contact)) both_.surroundings.write({{std::move(contact)}}, {});
}

bool SipToXmpp::take_shares(const Parties& parties, Sent& sent) {
  sent.sender_share = share_of(parties.sender);
  sent.partner_share = parties.domains.partner;
  if (!sender_shares_.take(sent.sender_share)) return false;
  if (partner_shares_.take(sent.partner_share)) return true;
  sender_shares_.give_back(sent.sender_share);
  return false;
}

void SipToXmpp::give_back_shares(const Sent& sent) {
  sender_shares_.give_back(sent.sender_share);
  partner_shares_.give_back(sent.partner_share);
}

void SipToXmpp::submit(v1::Stanza stanza, std::unique_ptr<Sent> sent) {
  sent->from = stanza.from();
  sent->to = stanza.to();
  const Sent& kept = sent_.add(std::move(sent));
  stanza.set_id(sent_.id(kept));
  both_.surroundings.submit(std::move(stanza),
                            [this, number = kept.number](std::optional<v1::StanzaError> refusal) {
                              settled(number, std::move(refusal));
                            });
}

void SipToXmpp::settled(std::uint64_t number, std::optional<v1::StanzaError> refusal) {
  Sent* sent = sent_.pending(number);
  if (sent == nullptr) return;  // the recipient's error was here first
  if (refusal) return refuse(*sent, *refusal);
  waits_.emplace_back(both_.surroundings.clock() + sip_.error_wait, number);
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
  give_back_shares(sent);
  sent_.forget(sent)(answer);
}

void SipToXmpp::take_receipt(const v1::Stanza& stanza) {
  using translate::Imdn;
  const v1::Receipt& receipt = stanza.message().receipt();
  if (Sent* sent = sent_.received(stanza, receipt.received_id());
      sent != nullptr && std::exchange(sent->wanted->open.delivered, false))
    notify(*sent, Imdn::Status::delivered);
  if (Sent* sent = sent_.received(stanza, receipt.displayed_id());
      sent != nullptr && std::exchange(sent->wanted->open.displayed, false))
    notify(*sent, Imdn::Status::displayed);
}

void SipToXmpp::notify(Sent& sent, translate::Imdn::Status status) {
  const absl::Time now = both_.surroundings.now();
  const std::string imdn = translate::write_imdn({.message_id = sent.wanted->message_id,
                                                  .status = status,
                                                  .recipient = sent.recipient,
                                                  .when = now});
  Errand errand{translate::notification(sent.recipient, sent.sender, imdn, now), {}, true};
  both_.queue.push(sent.way_back, errand);
}

// In the words the sender's user agent understands, else in words for people.
sip::Request SipToXmpp::bad_news(Sent& sent, const v1::StanzaError& error) const {
  const absl::Time now = both_.surroundings.now();
  if (sent.wanted != nullptr && std::exchange(sent.wanted->open.failed, false))
    return translate::notification(sent.recipient, sent.sender,
                                   translate::write_imdn({.message_id = sent.wanted->message_id,
                                                          .status = status_of(error),
                                                          .recipient = sent.recipient,
                                                          .when = now}),
                                   now);
  if (sent.ms_imdn)
    return translate::machine_made(
        sent.recipient, sent.sender, translate::kMsImdnType,
        translate::write_ms_imdn({.message_id = sent_.id(sent),
                                  .status = translate::Imdn::Status::failed,
                                  .recipient = sent.recipient,
                                  .when = now,
                                  .sip_status = translate::to_sip(error, sent.addressed).status}));
  return translate::notice(sent.recipient, sent.sender, error);
}

// The request has its 202, so the sender is told by a message. Nobody is told of a notice's
// failure, or of that of anything else a machine has sent: it could go on for ever.
void SipToXmpp::tell_late(Sent& sent, const v1::StanzaError& error) {
  bool told = false;
  if (!sent.automatic) {
    Errand notice{bad_news(sent, error), {}, true};
    told = both_.queue.push(sent.way_back, notice);
  }
  log::info("message.error.late",
            told ? "A message failed after it was accepted; its sender is sent a notice."
                 : "A message failed after it was accepted; its sender is not told.",
            {{"peer", sent.to.domain()},
             {"condition", std::string(stanza::wire_name(error.condition()))},
             {"reason", error.text()}});
  sent_.forget(sent);
}

void SipToXmpp::await_expiry() {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(waits_.front().first -
                                                                 both_.surroundings.clock());
  both_.surroundings.after(left, [this] { expire(); });
}

// RFC 3428 section 7: 202, since that the recipient has read it is not known. Lync names a text by
// the Message-Id of its answer.
void SipToXmpp::accept(std::uint64_t number) {
  Sent* sent = sent_.pending(number);
  if (sent == nullptr) return;
  SipAnswer accepted{202, "Accepted", {}};
  if (sent->ms_imdn) accepted.headers.push_back({"Message-Id", sent_.id(*sent)});
  give_back_shares(*sent);
  sent_.accepted (*sent)(accepted);
}

void SipToXmpp::expire() {
  while (!waits_.empty() && waits_.front().first <= both_.surroundings.clock()) {
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
