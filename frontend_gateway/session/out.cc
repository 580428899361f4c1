// The way out of a session: texts and typing of the XMPP user.

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/log/log.h"
#include "frontend_gateway/address/text.h"
#include "frontend_gateway/session/keyboard.h"
#include "frontend_gateway/session/ms_text.h"
#include "frontend_gateway/session/session.h"
#include "frontend_gateway/session/verdicts.h"

namespace causeway::gateway::session {
namespace {

using namespace std::chrono_literals;

// What a MESSAGE needs to be answered: with less it would be delivered to the one and fail for the
// other.
constexpr auto kLeastForAnswer = 1000ms;
constexpr auto kLongestWait = 60000ms;  // of a text, from push() to its outcome
// A header line that proxies and registrars are known to take; a longer text follows as a MESSAGE.
constexpr std::size_t kMostInHeader = 1024;
// While somebody types Lync says so every 5 s; after 30 s without news he has paused (XEP-0085
// section 5.2).
constexpr auto kRepeat = 5s;
constexpr int kRepeats = 5;

constexpr char kAllow[] = "INVITE, ACK, BYE, CANCEL, INFO, MESSAGE, UPDATE";

// What stands beside a text in page mode and has no place in an INVITE would be lost in one.
bool fits_in_invite(const sip::Request& text) {
  std::string_view type = text.content_type;
  const auto lost = [](const sip::Header& header) {
    return !equal_ignoring_case(header.name, "Subject") &&
           !equal_ignoring_case(header.name, "Content-Language");
  };
  return equal_ignoring_case(trim(take_until(type, ';')), "text/plain") &&
         text.body.size() <= kMostInHeader && std::ranges::none_of(text.headers, lost);
}

// What was declined in a rich form goes in the plain one, if there is one.
bool make_plain(Errand& errand) {
  if (errand.attempt == nullptr) return false;
  errand.attempt->declined = true;
  if (!errand.attempt->plain) return false;
  errand.request = *std::exchange(errand.attempt->plain, std::nullopt);
  return true;
}

}  // namespace

bool Session::push(Errand& errand, const std::string& resource) {
  const std::size_t bytes = errand.request.body.size();
  if (texts_.size() >= shared_.limits.queued_texts ||
      (!texts_.empty() && bytes_ + bytes > shared_.limits.queued_bytes))
    return false;
  lock_ = resource;
  finishing_ = finishing_ && shared_.draining;
  used();
  const auto patience =
      errand.patience > 0ms ? std::min(errand.patience, kLongestWait) : kLongestWait;
  texts_.push_back({std::move(errand), used_ + patience, bytes});
  bytes_ += bytes;
  if (!current() && !legs_.empty()) speak_on(*legs_.back());  // it was about to end
  if (inviting_ || out_) watch(texts_.back().deadline);
  go_on();
  settle();
  return true;
}

// The next text gets its turn, unless one has it.
void Session::go_on() {
  if (inviting_ || out_) return;
  std::vector<Text> late;
  while (!texts_.empty() && hopeless(texts_.front())) late.push_back(take_front());
  if (texts_.empty()) {
    if (finishing_) end_all();
  } else if (Leg* leg = current()) {
    send_text(*leg);
  } else {
    invite(shared_.limits.session_expires, false);
  }
  give_up(std::move(late));
}

sip::Request Session::invitation(const Text& first, std::chrono::seconds interval,
                                 bool& carries) const {
  const sip::Request& text = first.errand.request;
  sip::Request request{};
  request.method = "INVITE";
  request.request_uri = text.request_uri;
  request.from = "<" + parties_.xmpp.bare() + ">";
  request.to = "<" + parties_.sip.bare() + ">";
  request.call_id = text.call_id;
  request.contact = true;
  request.headers = asking(interval, false);
  request.headers.push_back({"Supported", "timer, ms-text-format"});
  request.headers.push_back({"Allow", kAllow});
  carries = fits_in_invite(text);
  if (carries) {
    request.headers.push_back({"ms-text-format", ms_text_format(text.content_type, text.body)});
    for (const sip::Header& header : text.headers)
      if (equal_ignoring_case(header.name, "Subject")) request.headers.push_back(header);
  }
  request.content_type = "application/sdp";
  request.body = write_offer();
  return request;
}

void Session::invite(std::chrono::seconds interval, bool larger) {
  const Text& first = texts_.front();
  Invite invite{};
  invite.larger = larger;
  invite.request = invitation(first, interval, invite.carries_text);
  const auto left =
      std::chrono::floor<std::chrono::milliseconds>(first.deadline - shared_.surroundings.clock());
  invite.request.answer_within = std::min(left, shared_.limits.invite_timeout);
  sip::Request request = invite.request;
  inviting_ = std::move(invite);
  for (const Text& text : texts_) watch(text.deadline);
  shared_.surroundings.send(std::move(request),
                            [&shared = shared_, session = number_](sip::Response response) {
                              if (const auto found = shared.find(session))
                                found->invite_answered(std::move(response));
                            });
}

// When the other end has opened a session while it refused ours, texts go there.
void Session::invite_answered(sip::Response response) {
  const Invite invite = std::move(*inviting_);
  inviting_.reset();
  const OnInvite verdict = on_invite(response);
  if (verdict == OnInvite::opened) {
    opened(invite, std::move(response));
  } else if (current() != nullptr) {
    go_on();
  } else if (verdict == OnInvite::larger_interval && !invite.larger && wanted(response) > 0s &&
             !texts_.empty()) {
    this->invite(wanted(response), true);
  } else if (verdict == OnInvite::no_sessions) {
    unsupported(response);
  } else {
    refuse_all(response);
  }
  settle();
}

void Session::opened(const Invite& invite, sip::Response response) {
  auto dialog = sip::Dialog::asked(invite.request, response);
  if (!dialog) return refuse_all({500, "The Answer Has No Contact", {}, true});
  const bool updates = lists(response.headers, "Allow", "UPDATE");
  Leg& leg = add(*std::move(dialog), agreed(response), updates,
                 translate::header(response.headers, "Contact"));
  if (!response.body.empty()) {
    const auto answer = parse_sdp(response.body);
    if (!answer || !answer->text) {
      hang_up(leg);
      response.status = 488;  // it took the call and refused the text
      return current() ? go_on() : unsupported(response);
    }
  }
  std::vector<Text> delivered;
  if (invite.carries_text && lists(response.headers, "Supported", "ms-text-format"))
    delivered.push_back(take_front());
  // Both ends opened one at once, and theirs was the first to be whole: ours yields.
  if (current() != nullptr) {
    end(leg);
  } else {
    speak_on(leg);
  }
  go_on();
  for (Text& text : delivered) shared_.callbacks.finished(std::move(text.errand), response);
}

void Session::unsupported(const sip::Response& response) {
  if (shared_.callbacks.mode(parties_.sip.host) != Mode::automatic) return refuse_all(response);
  shared_.refusers.add(parties_.sip.bare(), shared_.surroundings.clock());
  log::debug("session.declined", "A SIP user takes no sessions; texts go one by one.",
             {{"user", parties_.sip.bare()},
              {"status", std::to_string(response.status)},
              {"reason", response.reason}});
  bytes_ = 0;
  for (Text& text : std::exchange(texts_, {}))
    shared_.callbacks.page(parties_.xmpp, parties_.sip, std::move(text.errand));
}

void Session::refuse_all(const sip::Response& response) {
  bytes_ = 0;
  for (Text& text : std::exchange(texts_, {})) {
    text.errand.request = {};
    shared_.callbacks.finished(std::move(text.errand), response);
  }
}

void Session::send_text(Leg& leg) {
  const Text& text = texts_.front();
  sip::Request request = leg.dialog.request("MESSAGE");
  request.headers = text.errand.request.headers;
  request.content_type = text.errand.request.content_type;
  request.body = text.errand.request.body;
  request.answer_within =
      std::chrono::floor<std::chrono::milliseconds>(text.deadline - shared_.surroundings.clock());
  out_ = true;
  typing_ = false;  // a text says that its author has typed it
  ++leg.busy;
  shared_.surroundings.send(std::move(request), [&shared = shared_, session = number_,
                                                 number = leg.number](sip::Response response) {
    if (const auto found = shared.find(session)) found->text_answered(number, std::move(response));
  });
}

void Session::text_answered(std::uint64_t number, sip::Response response) {
  out_ = false;
  const OnText verdict = on_text(response);
  Leg* leg = find(number);
  if (leg != nullptr) leg->dialog.answered(response);
  if (leg != nullptr && (verdict == OnText::dead || verdict == OnText::unknown)) {
    if (is_unknown_there(response)) {
      forget(*leg);
    } else {
      hang_up(*leg);
    }
  } else {
    done(number);
  }
  std::vector<Text> told;
  Text& text = texts_.front();
  const bool once_more =
      (verdict == OnText::dead && !std::exchange(text.again, true)) ||
      (verdict == OnText::refused && is_unliked(response) && make_plain(text.errand));
  if (!once_more) told.push_back(take_front());
  used();
  go_on();
  for (Text& each : told) shared_.callbacks.finished(std::move(each.errand), response);
  settle();
}

void Session::type(v1::Message::ChatState state, const std::string& resource) {
  lock_ = resource;
  used();
  const bool active = state == v1::Message::COMPOSING;
  if (active == typing_ || current() == nullptr || out_) return;
  typing_ = active;
  repeats_ = active ? kRepeats + 1 : 1;
  send_typing();
}

// Who does not repeat it is taken to have stopped.
void Session::send_typing() {
  Leg* leg = current();
  if (leg == nullptr || out_ || repeats_ == 0) return;
  --repeats_;
  if (typing_) {
    shared_.alarms.set({number_, 0, Due::repeat}, shared_.surroundings.clock() + kRepeat);
  } else {
    shared_.alarms.cancel({number_, 0, Due::repeat});
  }
  sip::Request request = leg->dialog.request("INFO");
  request.content_type = kKeyboardType;
  request.body = keyboard_activity(typing_);
  ++leg->busy;
  shared_.surroundings.send(std::move(request), [&shared = shared_, session = number_,
                                                 number = leg->number](sip::Response response) {
    const auto found = shared.find(session);
    if (found == nullptr) return;
    Leg* leg = found->find(number);
    if (leg != nullptr) leg->dialog.answered(response);
    if (leg != nullptr && is_unknown_there(response)) {
      found->forget(*leg);
    } else {
      found->done(number);
    }
    found->settle();
  });
}

bool Session::hopeless(const Text& text) const {
  return text.deadline - shared_.surroundings.clock() < kLeastForAnswer;
}

Session::Text Session::take_front() {
  Text text = std::move(texts_.front());
  texts_.pop_front();
  bytes_ -= text.bytes;
  text.errand.request = {};
  return text;
}

// Of those who wait; the first may be out.
std::vector<Session::Text> Session::take_hopeless() {
  std::vector<Text> late;
  looking_ = Clock::time_point::max();
  const bool first_is_out = out_ || (inviting_ && inviting_->carries_text);
  for (auto text = std::next(texts_.begin(), first_is_out ? 1 : 0); text != texts_.end();) {
    if (!hopeless(*text)) {
      watch(text++->deadline);
      continue;
    }
    bytes_ -= text->bytes;
    text->errand.request = {};
    late.push_back(std::move(*text));
    text = texts_.erase(text);
  }
  return late;
}

void Session::give_up(std::vector<Text> late) {
  for (Text& text : late)
    shared_.callbacks.finished(std::move(text.errand), {408, "No Time Is Left", {}, true});
}

void Session::watch(Clock::time_point deadline) {
  const Clock::time_point when = deadline - kLeastForAnswer + 1ms;  // then it is hopeless
  if (when >= looking_) return;
  looking_ = when;
  shared_.alarms.set({number_, 0, Due::text}, when);
}

}  // namespace causeway::gateway::session
