#include "frontend_gateway/session/session.h"

#include <algorithm>
#include <utility>

#include "common/log/log.h"
#include "frontend_gateway/session/ms_text.h"
#include "frontend_gateway/session/verdicts.h"
#include "frontend_gateway/translate/headers.h"

namespace causeway::gateway::session {
namespace {

using namespace std::chrono_literals;

// The devices of a user who writes from all of them at once; a further one ends the oldest.
constexpr std::size_t kMostLegs = 4;
constexpr auto kRefreshWait = 30s;  // for the answer to a refresh that is an INVITE

std::string instance_in(std::string_view contact, const mapping::SipUri& user) {
  const auto uri = mapping::SipUri::parse(contact);
  return uri.ok() && uri->host == user.host ? uri->gr : std::string();
}

}  // namespace

Session::Session(Shared& shared, std::uint64_t number, Parties parties)
    : shared_(shared), number_(number), parties_(std::move(parties)) {
  used();
}

Session::~Session() = default;

void Session::finish() {
  finishing_ = true;
  go_on();
  settle();
}

void Session::unlock(const std::string& resource) {
  if (lock_ == resource) lock_.clear();
}

Leg* Session::find(std::uint64_t number) {
  const auto found = std::ranges::find(legs_, number, [](const auto& leg) { return leg->number; });
  return found == legs_.end() ? nullptr : found->get();
}

Leg& Session::add(sip::Dialog dialog, Interval interval, bool updates, std::string_view contact) {
  if (legs_.size() >= kMostLegs) hang_up(*legs_.front());
  auto leg = std::make_unique<Leg>(Leg{.number = ++shared_.numbers, .dialog = std::move(dialog)});
  leg->interval = interval;
  leg->updates = updates;
  leg->instance = instance_in(translate::uri_of(contact), parties_.sip);
  shared_.dialogs[leg->dialog.id()] = {number_, leg->number};
  await_refresh(*leg);
  used();
  if (const Alarm alarm{number_, 0, Due::idle}; !shared_.alarms.contains(alarm))
    shared_.alarms.set(alarm, used_ + shared_.limits.idle_close);
  shared_.refusers.remove(parties_.sip.bare());
  return *legs_.emplace_back(std::move(leg));
}

// Two devices of one SIP user: the answers go to the one that spoke last, and the other's dialog
// has no more use.
void Session::speak_on(Leg& leg) {
  Leg* before = current();
  current_ = leg.number;
  leg.ending = false;
  if (before != nullptr && before != &leg) end(*before);
}

void Session::end(Leg& leg) {
  leg.ending = true;
  if (leg.busy == 0) hang_up(leg);
}

// Nothing depends on the answer: to us the dialog has ended.
void Session::hang_up(Leg& leg) {
  sip::Request bye = leg.dialog.request("BYE");
  forget(leg);
  ++shared_.goodbyes;
  shared_.surroundings.send(std::move(bye),
                            [&shared = shared_](const sip::Response&) { --shared.goodbyes; });
}

void Session::forget(Leg& leg) {
  if (current_ == leg.number) current_ = 0;
  shared_.dialogs.erase(leg.dialog.id());
  shared_.alarms.cancel({number_, leg.number, Due::refresh});
  std::erase_if(legs_, [&](const auto& each) { return each.get() == &leg; });
  if (current_ == 0 && !legs_.empty() && !finishing_) speak_on(*legs_.back());
}

void Session::end_all() {
  current_ = 0;
  std::vector<std::uint64_t> numbers;
  for (const auto& leg : legs_) numbers.push_back(leg->number);
  for (const std::uint64_t number : numbers)
    if (Leg* leg = find(number)) end(*leg);
}

// A request under way in it has ended.
void Session::done(std::uint64_t number) {
  Leg* leg = find(number);
  if (leg != nullptr && --leg->busy == 0 && leg->ending) hang_up(*leg);
}

void Session::await_refresh(const Leg& leg) {
  const Alarm alarm{number_, leg.number, Due::refresh};
  if (leg.interval.length == 0s) return shared_.alarms.cancel(alarm);
  shared_.alarms.set(alarm, shared_.surroundings.clock() + leg.interval.due());
}

// RFC 4028 section 10: by us; or the other end has not done it in time, and is gone.
void Session::refresh(Leg& leg) {
  if (!leg.interval.ours) {
    log::debug("session.expired", "The other end of a session has not refreshed it.",
               {{"user", parties_.sip.bare()}});
    return hang_up(leg);
  }
  sip::Request request = leg.dialog.request(leg.updates ? "UPDATE" : "INVITE");
  request.headers = asking(leg.interval.length, true);
  request.headers.push_back({"Supported", "timer"});
  if (!leg.updates) {
    request.content_type = "application/sdp";
    request.body = write_offer();
    request.answer_within = kRefreshWait;
  }
  leg.refreshing = true;
  ++leg.busy;
  shared_.surroundings.send(std::move(request), [&shared = shared_, session = number_,
                                                 number = leg.number](sip::Response response) {
    if (const auto found = shared.find(session)) found->refreshed(number, response);
  });
}

void Session::refreshed(std::uint64_t number, const sip::Response& response) {
  if (Leg* leg = find(number)) {
    leg->refreshing = false;
    leg->dialog.answered(response);
    if (response.status < 300) {
      leg->interval = agreed(response);
      leg->repeated = false;
      await_refresh(*leg);
    } else if (is_unknown_there(response)) {
      forget(*leg);
    } else if (ends_dialog(response) || std::exchange(leg->repeated, true)) {
      end(*leg);
    } else {
      leg->interval.length = std::max(leg->interval.length, wanted(response));
      shared_.alarms.set({number_, number, Due::refresh},
                         shared_.surroundings.clock() + leg->interval.length / 4);
    }
  }
  done(number);
  go_on();
  settle();
}

void Session::due(const Alarm& alarm) {
  switch (alarm.what) {
    case Due::idle:
      idle();
      break;
    case Due::text:
      give_up(take_hopeless());
      break;
    case Due::silence:
      composing(false, {});
      break;
    case Due::repeat:
      if (typing_) send_typing();
      break;
    case Due::refresh:
      if (Leg* leg = find(alarm.leg)) refresh(*leg);
      go_on();
      break;
  }
  settle();
}

// The alarm is not set anew for every text: it looks when it was due at the earliest.
void Session::idle() {
  const auto now = shared_.surroundings.clock();
  const bool working = inviting_ || answering_ > 0 || !texts_.empty();
  const auto when = (working ? now : used_) + shared_.limits.idle_close;
  if (when > now) return shared_.alarms.set({number_, 0, Due::idle}, when);
  finishing_ = true;
  end_all();
}

void Session::settle() {
  if (legs_.empty() && texts_.empty() && !inviting_ && answering_ == 0) shared_.over(*this);
}

}  // namespace causeway::gateway::session
