#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/address/domain.h"
#include "common/log/log.h"
#include "frontend_gateway/address/mapping.h"
#include "frontend_gateway/address/text.h"
#include "frontend_gateway/presence/subscriber/address.h"
#include "frontend_gateway/presence/watches.h"

namespace causeway::gateway::presence {
namespace {

using State = Watch::State;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Header = sip::Header;

// RFC 6665 section 4.1.2.4, Timer N: the first NOTIFY comes within 64 round trips, or never. The
// same for the last one.
constexpr seconds kFirstNotify(32);
// From "deactivated" to the watcher's being told: time for the other server to take over.
constexpr seconds kKeep(30);
// Between two attempts that nobody has asked to be longer apart.
constexpr seconds kLeastPause(30);
// "probation" without a time, and "giveup" (RFC 6665 section 4.1.3).
constexpr seconds kProbation(60);
constexpr seconds kMuchLater(4 * 3600);
// A user may be away from the directory for a while, in a migration or by mistake.
constexpr std::chrono::hours kMissing(7 * 24);

std::optional<seconds> seconds_in(const sip::Response& response, std::string_view name) {
  return seconds_of(translate::header(response.headers, name));
}

translate::SipAnswer unknown_dialog() { return {481, "Subscription Does Not Exist", {}}; }

std::optional<std::string> uri_of(const std::string& user) {
  const v1::Address address = address_of(user);
  const auto domain = causeway::address::Domain::parse(address.domain());
  if (!domain.ok()) return std::nullopt;
  const auto uri = mapping::to_sip(address.local(), *domain, "");
  if (!uri.ok()) return std::nullopt;
  return uri->bare();
}

}  // namespace

// --- Names.

std::string Watches::call_id(const Watch& watch) const {
  return absl::StrCat(surroundings_.life(), "-w", watch.number, "-", watch.attempt);
}

// Who has not seen the SUBSCRIBE cannot make a NOTIFY for it.
std::string Watches::local_tag(const std::string& call_id) const {
  return absl::StrCat(absl::Hex(translate::keyed_hash(key_, call_id), absl::kZeroPad16));
}

Watch* Watches::watch_of(const sip::IncomingRequest& notify) {
  const std::string prefix = surroundings_.life() + "-w";
  std::string_view rest = notify.call_id;
  if (rest.substr(0, prefix.size()) != prefix || notify.to_tag != local_tag(notify.call_id))
    return nullptr;
  rest.remove_prefix(prefix.size());
  WatchNumber number = 0;
  if (!absl::SimpleAtoi(std::string(take_until(rest, '-')), &number)) return nullptr;
  Watch* watch = find(number);
  return watch != nullptr && call_id(*watch) == notify.call_id ? watch : nullptr;
}

// --- SUBSCRIBE.

// Nothing for a user whom SIP cannot name.
std::optional<sip::Request> Watches::first_request(const Watch& watch) const {
  const auto from = uri_of(watch.remote);
  const auto to = uri_of(watch.local);
  if (!from || !to) return std::nullopt;
  sip::Request request;
  request.method = "SUBSCRIBE";
  request.request_uri = *to;
  request.from = *from;
  request.to = *to;
  request.call_id = call_id(watch);
  request.from_tag = local_tag(request.call_id);
  request.cseq = 1;
  request.contact = true;
  return request;
}

void Watches::subscribe_anew(Watch& watch) {
  if (drained_) return;
  drop_dialog(watch);
  due_.cancel(watch.number);
  ++watch.attempt;
  watch.attempted = surroundings_.clock();
  watch.state = State::trying;
  auto request = first_request(watch);
  if (!request) return ended(watch, Ending::denied, std::nullopt);
  send(watch, *std::move(request));
}

void Watches::refresh(Watch& watch) {
  if (watch.dialog == nullptr) return;
  send(watch, watch.dialog->request("SUBSCRIBE"));
}

void Watches::send(Watch& watch, sip::Request request, std::optional<seconds> expires) {
  const auto usual = std::max<std::int64_t>(watch.expires, limits_.expires.count());
  request.headers.push_back(Header{"Event", "presence"});
  request.headers.push_back(Header{"Accept", std::string(pidf::kType)});
  request.headers.push_back(Header{"Expires", absl::StrCat(expires ? expires->count() : usual)});
  watch.unanswered = true;
  surroundings_.send(std::move(request),
                     [this, number = watch.number, attempt = watch.attempt](
                         sip::Response response) { answered(number, attempt, response); });
}

void Watches::answered(WatchNumber number, std::uint32_t attempt, const sip::Response& response) {
  Watch* watch = find(number);
  if (watch == nullptr || watch->attempt != attempt || !watch->unanswered) return;
  if (drained_ && watch->state != State::closing) return;
  watch->unanswered = false;
  const bool success = response.status < 300;
  if (watch->state == State::closing) {
    if (success) accepted(*watch, response);
    if (success && !watch->goodbye) return say_goodbye(*watch);
    return closed(*watch);
  }
  success ? accepted(*watch, response) : refused(*watch, response);
}

void Watches::accepted(Watch& watch, const sip::Response& response) {
  if (watch.dialog != nullptr) {
    watch.dialog->answered(response);
  } else if (auto dialog = sip::Dialog::asked(*first_request(watch), response)) {
    watch.dialog = std::make_unique<sip::Dialog>(*std::move(dialog));
  }
  if (watch.state == State::closing) return;
  const seconds time = seconds_in(response, "Expires").value_or(limits_.expires);
  if (watch.state == State::trying) watch.state = State::pending;
  const auto now = surroundings_.clock();
  if (!watch.notified) {
    watch.expires_at = now + time;
    return due_.set(watch.number, now + kFirstNotify);
  }
  watch.failures = 0;
  // A NOTIFY that was faster has said it already, and that counts (RFC 6665 section 4.1.3).
  if (watch.booked <= now) granted(watch, time);
}

void Watches::refused(Watch& watch, const sip::Response& response) {
  const bool within = watch.dialog != nullptr;
  const Ending ending = ending_of_status(response.status, within);
  const auto retry_after = seconds_in(response, "Retry-After");
  if (ending == Ending::too_brief) {
    const seconds least = seconds_in(response, "Min-Expires").value_or(seconds(0));
    const seconds asked(std::max<std::int64_t>(watch.expires, limits_.expires.count()));
    if (least <= asked) return ended(watch, Ending::failed, retry_after);
    watch.expires = static_cast<std::uint32_t>(least.count());
    return within ? refresh(watch) : subscribe_anew(watch);
  }
  if (ending == Ending::failed_within && retry_refresh(watch, retry_after)) return;
  ended(watch, ending, retry_after);
}

// RFC 6665 section 4.1.2.2: until it expires the subscription stands, and the notifier may be
// sending still. False: there is no time for another attempt.
bool Watches::retry_refresh(Watch& watch, std::optional<seconds> retry_after) {
  auto pause = back_off(watch.failures, random_);
  if (retry_after) pause = std::max<milliseconds>(pause, *retry_after);
  const auto when = surroundings_.clock() + pause;
  if (when >= watch.expires_at) return false;
  if (watch.failures < 255) ++watch.failures;
  due_.set(watch.number, when);
  return true;
}

// --- NOTIFY.

void Watches::from_sip(const sip::IncomingRequest& notify, Reply reply) {
  const auto news = read_news(notify);
  if (!news.ok()) return reply(news.refusal());
  Watch* watch = watch_of(notify);
  if (watch == nullptr) {
    if (ended_.contains(notify.call_id)) return reply({200, "OK", {}});
    return reply(unknown_dialog());
  }
  translate::SipAnswer answer = enter_dialog(*watch, notify);
  if (answer.status == 200) answer = heard(*watch, notify, *news);
  reply(answer);
}

// RFC 3856 section 6.9: one dialog for a SUBSCRIBE, whatever it was forked to.
translate::SipAnswer Watches::enter_dialog(Watch& watch, const sip::IncomingRequest& notify) {
  if (watch.dialog == nullptr) {
    const bool expected = watch.state == State::trying || watch.state == State::pending ||
                          (watch.state == State::closing && watch.unanswered);
    if (!expected) return unknown_dialog();
    auto dialog = sip::Dialog::notified(*first_request(watch), notify);
    if (!dialog) return {400, "Missing Contact", {}};
    watch.dialog = std::make_unique<sip::Dialog>(*std::move(dialog));
  }
  if (watch.dialog->id() != sip::Dialog::id_of(notify)) return unknown_dialog();
  if (!watch.dialog->accept(notify)) return {500, "Out Of Order", {{"Retry-After", "0"}}};
  watch.notified = true;
  return {200, "OK", {}};
}

translate::SipAnswer Watches::heard(Watch& watch, const sip::IncomingRequest& notify,
                                    const News& news) {
  translate::SipAnswer answer{200, "OK", {}};
  if (watch.state == State::closing) return answer;
  const bool final_ =
      news.state == News::State::terminated && ending_of_reason(news.reason) == Ending::final_;
  if (news.state == News::State::active || final_) {
    auto known = shelf_.read(watch.local, notify);
    if (known.ok()) {
      if (*known != nullptr || !final_) watch.known = *std::move(known);
    } else {
      answer = known.refusal();
      if (!std::exchange(watch.logged, true))
        log::warning("watch.document_refused", "A presence server sent what is not taken.",
                     {{"user", watch.local}, {"reason", answer.reason}, {"from", notify.source}});
    }
  }
  if (news.state == News::State::terminated) {
    ended_.set(notify.call_id, surroundings_.clock() + kFirstNotify);
    ended(watch, ending_of_reason(news.reason), news.retry_after);
    return answer;
  }
  watch.failures = 0;
  watch.missing_since = {};
  watch.error_told = false;
  watch.keep_until = {};
  watch.state = news.state == News::State::active ? State::active : State::pending;
  if (news.expires) {
    granted(watch, *news.expires);
  } else if (watch.booked == Clock::time_point{} && watch.expires_at != Clock::time_point{}) {
    granted(watch, std::chrono::ceil<seconds>(watch.expires_at - surroundings_.clock()));
  }
  if (watch.state == State::active && !watch.authorized) {
    authorize(watch);
  } else {
    tell(watch);
  }
  return answer;
}

// A subscription ends when it is said to end; a later NOTIFY that says the same does not move the
// refresh.
void Watches::granted(Watch& watch, seconds time) {
  constexpr seconds kSame(2);
  const auto now = surroundings_.clock();
  const auto expires_at = now + time;
  const bool same = watch.booked != Clock::time_point{} && watch.booked > now &&
                    expires_at + kSame > watch.expires_at && expires_at < watch.expires_at + kSame;
  if (same) return;
  if (watch.booked != Clock::time_point{}) calendar_.release(watch.booked);
  watch.expires_at = expires_at;
  // Less than a notifier may grant is no subscription, but a circle.
  watch.booked = calendar_.book(now, std::max(time, seconds(10)));
  due_.set(watch.number, watch.booked);
}

// --- Ends.

void Watches::drop_dialog(Watch& watch) {
  if (watch.booked != Clock::time_point{}) calendar_.release(watch.booked);
  watch.booked = {};
  watch.expires_at = {};
  watch.dialog.reset();
  watch.notified = watch.unanswered = watch.goodbye = watch.logged = false;
}

void Watches::ended(Watch& watch, Ending ending, std::optional<seconds> retry_after) {
  using Tell = Consequence::Tell;
  const Consequence consequence = consequence_of(ending);
  const auto now = surroundings_.clock();
  drop_dialog(watch);
  due_.cancel(watch.number);
  watch.state = ending == Ending::final_ ? State::active : State::backoff;
  if (ending == Ending::nobody) {
    if (watch.missing_since == Clock::time_point{}) watch.missing_since = now;
    if (now - watch.missing_since >= kMissing) return ended(watch, Ending::denied, std::nullopt);
    if (!watch.authorized) tell_error(watch);
  }
  if (ending == Ending::final_ && !watch.authorized) authorize(watch);
  if (consequence.tell == Tell::soon) watch.keep_until = now + kKeep;
  if (consequence.tell == Tell::unsubscribed) tell_goodbye(watch);
  if (consequence.tell == Tell::unavailable || consequence.tell == Tell::error ||
      consequence.tell == Tell::soon || ending == Ending::final_)
    tell(watch);
  if (ending == Ending::postponed && !retry_after) retry_after = kProbation;
  go_on(watch, consequence.next, retry_after);
}

void Watches::go_on(Watch& watch, Consequence::Next next, std::optional<seconds> retry_after) {
  using Next = Consequence::Next;
  const auto now = surroundings_.clock();
  watch.not_before = retry_after ? now + *retry_after : Clock::time_point{};
  milliseconds pause = back_off(watch.failures, random_);
  switch (next) {
    case Next::forget:
      remove(watch);
      return erase(watch);
    case Next::rest:
    case Next::repeat:
      return;
    case Next::at_once:
      if (watch.attempted + kLeastPause <= now) return pace_.wait_in_front(watch.number);
      break;
    case Next::much_later:
      pause = retry_after ? milliseconds(*retry_after) : milliseconds(kMuchLater);
      break;
    case Next::back_off:
      break;
  }
  if (watch.failures < 255) ++watch.failures;
  if (retry_after) pause = std::max<milliseconds>(pause, *retry_after);
  due_.set(watch.number, now + pause);
}

// By XMPP, or by policy: the row is gone, or going.
void Watches::close(Watch& watch) {
  const State before = std::exchange(watch.state, State::closing);
  due_.cancel(watch.number);
  tells_.cancel(watch.number);
  if (watch.unanswered) return;  // its answer goes on
  if (watch.dialog == nullptr || before == State::backoff) return closed(watch);
  say_goodbye(watch);
}

void Watches::say_goodbye(Watch& watch) {
  if (watch.dialog == nullptr || drained_) return closed(watch);
  watch.goodbye = true;
  send(watch, watch.dialog->request("SUBSCRIBE"), seconds(0));
}

void Watches::closed(Watch& watch) {
  if (watch.attempt != 0) ended_.set(call_id(watch), surroundings_.clock() + kFirstNotify);
  if (!watch.again) {
    tell_goodbye(watch);
    return erase(watch);
  }
  // He has asked anew meanwhile: from the beginning.
  watch.again = false;
  set_authorized(watch, false);
  watch.told = watch.known = nullptr;
  watch.told_unknown = true;
  drop_dialog(watch);
  watch.state = State::storing;
  put(watch, [this, number = watch.number](bool durable) { stored(number, durable); });
}

}  // namespace causeway::gateway::presence
