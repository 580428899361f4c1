// The way into a session: INVITEs, texts and typing of the SIP user.

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/stanza/bounce.h"
#include "frontend_gateway/address/mapping.h"
#include "frontend_gateway/address/text.h"
#include "frontend_gateway/session/keyboard.h"
#include "frontend_gateway/session/ms_text.h"
#include "frontend_gateway/session/session.h"

namespace causeway::gateway::session {
namespace {

using translate::SipAnswer;

constexpr std::size_t kMostFirstText = 32 << 10;  // the largest MESSAGE is as long
constexpr char kSdp[] = "application/sdp";
constexpr char kAllow[] = "INVITE, ACK, BYE, CANCEL, INFO, MESSAGE, UPDATE";

SipAnswer not_acceptable_here() {
  return {488,
          "Only Instant Messages Are Exchanged",
          {{"Warning", "304 causeway \"Media type not available\""}}};
}

// XEP-0296 section 4: a device that is not there any more gets no further answers.
bool is_absent(int status) { return status == 404 || status == 410 || status == 480; }

}  // namespace

// An INVITE that is answered with 200 once its text has been.
struct Session::Accepting {
  sip::Dialog dialog;
  Agreement agreement;
  std::string contact;
  bool updates;
  std::string answer;
  Reply reply;
};

// The text inside is understood when it has reached the XMPP side; when that refuses it, the INVITE
// is refused for the same reason. What cannot be read is left to be repeated as a MESSAGE.
void Session::invited(const sip::IncomingRequest& request, const std::optional<Description>& offer,
                      Reply reply) {
  auto agreement = agree(request);
  if (!agreement.ok()) return turn_away(agreement.refusal(), reply);
  auto dialog = sip::Dialog::answering(request);
  if (!dialog) return turn_away({400, "Contact Is Missing", {}}, reply);
  Accepting accepting{*std::move(dialog),
                      *std::move(agreement),
                      std::string(request.header("Contact")),
                      lists(request.headers, "Allow", "UPDATE"),
                      offer ? write_answer(*offer) : write_offer(),
                      std::move(reply)};
  auto text = first_text(request.headers, kMostFirstText);
  if (!text) return accept(std::move(accepting), false);

  sip::IncomingRequest message = as_page_mode(request, {});
  message.content_type = std::move(text->content_type);
  message.body = std::move(text->body);
  ++answering_;
  shared_.callbacks.hear(message,
                         [&shared = shared_, session = number_,
                          accepting = std::move(accepting)](const SipAnswer& answer) mutable {
                           const auto found = shared.find(session);
                           --found->answering_;  // it lives until it has none
                           const bool unreadable = answer.status == 400 || answer.status == 415;
                           if (answer.status < 300 || unreadable) {
                             found->accept(std::move(accepting), !unreadable);
                           } else {
                             accepting.reply(answer);
                             found->settle();
                           }
                         });
}

void Session::turn_away(const SipAnswer& answer, Reply& reply) {
  reply(answer);
  settle();
}

// The last one opened is where the SIP user is: an older dialog ends, and with it an INVITE of ours
// that is still unanswered will.
void Session::accept(Accepting accepting, bool understood) {
  SipAnswer answer{200, "OK", std::move(accepting.agreement.headers), kSdp,
                   std::move(accepting.answer)};
  answer.headers.push_back({"Supported", understood ? "timer, ms-text-format" : "timer"});
  answer.headers.push_back({"Allow", kAllow});
  Leg& leg = add(std::move(accepting.dialog), accepting.agreement.interval, accepting.updates,
                 accepting.contact);
  accepting.reply(answer);
  finishing_ = shared_.draining;
  speak_on(leg);
  go_on();
  settle();
}

namespace {

// Copies of a request are what a text costs most here.
std::string with_instance(const mapping::SipUri& user, const std::string& instance) {
  mapping::SipUri uri = user;
  uri.gr = instance;
  return uri.to_string();
}

}  // namespace

sip::IncomingRequest Session::as_page_mode(const sip::IncomingRequest& request,
                                           const std::string& instance) const {
  sip::IncomingRequest message = request;
  message.method = "MESSAGE";
  message.request_uri = with_instance(parties_.xmpp, lock_);
  message.from_uri = with_instance(parties_.sip, instance);
  message.to_uri = parties_.xmpp.bare();
  message.to_tag.clear();
  return message;
}

struct Session::Method {
  std::string_view name;
  void (Session::*take)(Leg&, const sip::IncomingRequest&, Reply);
};

void Session::asked(std::uint64_t number, const sip::IncomingRequest& request, Reply reply) {
  static constexpr Method kMethods[] = {
      {"MESSAGE", &Session::heard},    {"INFO", &Session::informed},  {"BYE", &Session::hung_up},
      {"INVITE", &Session::reinvited}, {"UPDATE", &Session::updated},
  };
  Leg& leg = *find(number);
  // RFC 3261 section 12.2.2.
  if (!leg.dialog.accept(request)) return reply({500, "Out Of Order", {{"Retry-After", "1"}}});
  const auto* method = std::ranges::find(kMethods, request.method, &Method::name);
  if (method == std::end(kMethods)) return reply({405, "Method Not Allowed", {{"Allow", kAllow}}});
  (this->*method->take)(leg, request, std::move(reply));
  settle();
}

void Session::heard(Leg& leg, const sip::IncomingRequest& request, Reply reply) {
  if (says_typing(request.content_type)) return typed(request, std::move(reply));
  used();
  composing_ = false;  // the text says that it is typed
  shared_.alarms.cancel({number_, 0, Due::silence});
  ++leg.busy;
  if (!shared_.draining) speak_on(leg);
  shared_.callbacks.hear(
      as_page_mode(request, leg.instance),
      [&shared = shared_, session = number_, number = leg.number, locked = !lock_.empty(),
       reply = std::move(reply)](const SipAnswer& answer) mutable {
        reply(answer);
        if (const auto found = shared.find(session))
          found->heard_out(number, locked, answer.status);
      });
}

void Session::heard_out(std::uint64_t number, bool locked, int status) {
  if (locked && is_absent(status)) lock_.clear();
  done(number);
  go_on();
  settle();
}

void Session::informed(Leg&, const sip::IncomingRequest& request, Reply reply) {
  if (request.body.empty()) return reply({200, "OK", {}});  // RFC 6086 section 4.2.2
  if (says_typing(request.content_type)) return typed(request, std::move(reply));
  reply({415,
         "Unsupported Media Type",
         {{"Accept", "application/xml, application/im-iscomposing+xml"}}});
}

void Session::typed(const sip::IncomingRequest& request, Reply reply) {
  const auto typing = typing_in(request.content_type, request.body);
  if (!typing) return reply({400, "Not A Document About Typing", {}});
  reply({200, "OK", {}});
  used();
  composing(typing->active, typing->lasts);
}

// Lync says it every 5 s, XMPP once.
void Session::composing(bool active, std::chrono::seconds lasts) {
  const Alarm silence{number_, 0, Due::silence};
  if (active) {
    shared_.alarms.set(silence, shared_.surroundings.clock() + lasts);
  } else {
    shared_.alarms.cancel(silence);
  }
  if (std::exchange(composing_, active) != active)
    tell(active ? v1::Message::COMPOSING : v1::Message::PAUSED);
}

// Nobody needs to know what becomes of it: the next text says more.
void Session::tell(v1::Message::ChatState state) {
  mapping::SipUri xmpp = parties_.xmpp;
  xmpp.gr = lock_;
  const auto from = mapping::to_jid(parties_.sip);
  const auto to = mapping::to_jid(xmpp);
  if (!from.ok() || !to.ok()) return;
  v1::Stanza stanza;
  *stanza.mutable_from() = stanza::to_address(*from);
  *stanza.mutable_to() = stanza::to_address(*to);
  stanza.mutable_message()->set_type(v1::Message::CHAT);
  stanza.mutable_message()->set_chat_state(state);
  stanza.mutable_message()->set_no_store(true);
  shared_.surroundings.submit(std::move(stanza), [](const std::optional<v1::StanzaError>&) {});
}

// The other end's window is closed, not ours: what waits opens another.
void Session::hung_up(Leg& leg, const sip::IncomingRequest&, Reply reply) {
  reply({200, "OK", {}});
  forget(leg);
  if (legs_.empty()) {
    composing_ = false;
    shared_.alarms.cancel({number_, 0, Due::silence});
    if (!finishing_) tell(v1::Message::GONE);
  }
  go_on();
}

void Session::reinvited(Leg& leg, const sip::IncomingRequest& request, Reply reply) {
  if (leg.refreshing) return reply({491, "Request Pending", {}});  // section 14.2
  std::optional<Description> offer;
  if (!request.body.empty()) {
    offer = parse_sdp(request.body);
    if (!offer || !offer->text) return reply(not_acceptable_here());
  }
  auto agreement = agree(request);
  if (!agreement.ok()) return reply(agreement.refusal());
  leg.interval = agreement->interval;
  await_refresh(leg);
  reply({200, "OK", std::move(agreement->headers), kSdp,
         offer ? write_answer(*offer) : write_offer()});
}

// RFC 3311; a refresh has no body.
void Session::updated(Leg& leg, const sip::IncomingRequest& request, Reply reply) {
  if (!request.body.empty()) return reinvited(leg, request, std::move(reply));
  auto agreement = agree(request);
  if (!agreement.ok()) return reply(agreement.refusal());
  leg.interval = agreement->interval;
  await_refresh(leg);
  reply({200, "OK", std::move(agreement->headers)});
}

}  // namespace causeway::gateway::session
