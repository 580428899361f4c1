#include "frontend_gateway/presence/notifier/notifier.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "common/log/log.h"
#include "frontend_gateway/pidf/document.h"
#include "frontend_gateway/presence/notifier/verdict.h"
#include "frontend_gateway/presence/notifier/wish.h"
#include "frontend_gateway/sip/text.h"
#include "frontend_gateway/translate/headers.h"

namespace causeway::gateway::presence {
namespace {

using namespace std::chrono_literals;

// CSeqs that a row leaves room for: more than an hour of a NOTIFY every five seconds, so that a
// refresh, which writes the row anyway, mostly comes first.
constexpr std::uint32_t kRoom = 1024;

// Six changes that each had to wait are half a minute of it. From there the turns come half as
// often, and so on, down to one in a minute, which is what a person still follows.
constexpr std::uint8_t kFlapsUntilSlower = 6;
constexpr int kMostHalvings = 4;
constexpr auto kSlowest = 60s;

// After a server on the way has failed. The subscription ends by its own timer if it lasts.
constexpr auto kFirstPause = 5s;
constexpr auto kLongestPause = 300s;
constexpr std::uint8_t kMostFailures = 255;

std::chrono::seconds pause_after(std::uint8_t failures, const sip::Response& response) {
  const auto pause = std::min<std::chrono::seconds>(
      kLongestPause, kFirstPause * (1 << std::min<int>(failures, 8)));
  std::string_view value = translate::header(response.headers, "Retry-After");
  value = value.substr(0, value.find_first_not_of("0123456789"));
  const auto seconds = sip::number(value, 86400);
  return std::clamp<std::chrono::seconds>(std::chrono::seconds(seconds.value_or(0)), pause,
                                          std::max<std::chrono::seconds>(pause, kLongestPause));
}

}  // namespace

Notifier::Notifier(Book& book, Surroundings& surroundings, Limits limits, Ended ended)
    : book_(book),
      surroundings_(surroundings),
      limits_(limits),
      ended_(std::move(ended)),
      turns_(surroundings, [this](Number number) {
        if (Subscription* subscription = book_.subscription(number)) turn(*subscription);
      }) {}

void Notifier::tell(Subscription& subscription) {
  subscription.due = true;
  turn(subscription);
}

void Notifier::tell_now(Subscription& subscription) {
  subscription.due = subscription.urgent = true;
  turn(subscription);
}

void Notifier::end(Subscription& subscription, Reason reason, ViewRef last) {
  if (subscription.ending) return;
  subscription.ending = reason;
  subscription.last = std::move(last);
  if (!subscription.poll)
    surroundings_.write({{row_of(subscription, *book_.pair(subscription.pair), 0), true}}, {});
  tell_now(subscription);
}

void Notifier::turn(Subscription& subscription) {
  if (!subscription.established || subscription.pending || !subscription.due) return;
  const Pair& pair = *book_.pair(subscription.pair);
  if (!subscription.urgent && nothing_new(subscription, pair)) {
    subscription.due = false;
    return;
  }
  const bool at_once = subscription.urgent || is_first_document(subscription, pair);
  if (!at_once && surroundings_.clock() < subscription.next)
    return turns_.set(subscription.number, subscription.next);
  turns_.cancel(subscription.number);
  if (subscription.ending) return send_last(subscription);
  if (!may_number(subscription)) return;
  send(subscription, pair);
}

// What was granted a moment ago is seen now: that it was granted is no news to wait after.
bool Notifier::is_first_document(const Subscription& subscription, const Pair& pair) const {
  return !subscription.shown && pair.state == Pair::State::granted && pair.view;
}

// It changed, and changed back before its turn came.
bool Notifier::nothing_new(const Subscription& subscription, const Pair& pair) const {
  return pair.state == Pair::State::granted && subscription.told && pair.view &&
         (subscription.told == pair.view || *subscription.told == *pair.view);
}

// A single look has no other life that goes on with its CSeqs.
bool Notifier::may_number(Subscription& subscription) {
  if (subscription.poll || subscription.dialog.local_cseq < subscription.ceiling) return true;
  make_room(subscription);  // and then it is its turn again
  return false;
}

void Notifier::make_room(Subscription& subscription) {
  if (subscription.writing == 0) write(subscription, {}, {});
}

void Notifier::write(Subscription& subscription, std::vector<store::Change> with, Written written) {
  const std::uint32_t ceiling = subscription.dialog.local_cseq + kRoom;
  with.push_back({row_of(subscription, *book_.pair(subscription.pair), ceiling)});
  ++subscription.writing;
  surroundings_.write(std::move(with), [this, number = subscription.number, ceiling,
                                        written = std::move(written)](absl::Status status) mutable {
    if (Subscription* kept = book_.subscription(number)) {
      --kept->writing;
      if (status.ok()) kept->ceiling = std::max(kept->ceiling, ceiling);
    }
    if (written) written(status.ok());
    Subscription* kept = book_.subscription(number);
    if (kept == nullptr || !kept->due) return;
    if (status.ok()) return turn(*kept);
    turns_.set(number, surroundings_.clock() + kFirstPause);
  });
}

void Notifier::send(Subscription& subscription, const Pair& pair) {
  const bool granted = pair.state == Pair::State::granted;
  const ViewRef view = granted ? pair.view : nullptr;
  const auto left =
      std::max<std::int64_t>(0, absl::ToInt64Seconds(subscription.expires - surroundings_.now()));
  wait_for_next(subscription);
  subscription.due = subscription.urgent = false;
  subscription.pending = true;
  const bool scarce = subscription.dialog.local_cseq + kRoom / 2 >= subscription.ceiling;
  if (scarce && !subscription.poll) make_room(subscription);
  subscription.told = view;
  subscription.shown = subscription.shown || view;
  ++pending_;
  surroundings_.send(
      request(subscription,
              sip::concat({granted ? "active" : "pending", ";expires=", std::to_string(left)}),
              view),
      [this, number = subscription.number](const sip::Response& response) {
        --pending_;
        answered(number, response);
      });
}

void Notifier::wait_for_next(Subscription& subscription) {
  const auto now = surroundings_.clock();
  if (!subscription.urgent) {
    const bool waited = now < subscription.next + limits_.interval / 2;
    subscription.flaps = waited ? std::min(subscription.flaps + 1, 255) : 0;
  }
  const int halvings = std::min(subscription.flaps / kFlapsUntilSlower, kMostHalvings);
  const auto pause = std::min<Clock::duration>(
      limits_.interval * (1 << halvings), std::max<Clock::duration>(limits_.interval, kSlowest));
  subscription.next = now + pause;
}

void Notifier::send_last(Subscription& subscription) {
  sip::Request last =
      request(subscription, sip::concat({"terminated;reason=", word_of(*subscription.ending)}),
              subscription.last);
  forget(subscription);
  ++pending_;
  surroundings_.send(std::move(last), [this](const sip::Response&) { --pending_; });
}

void Notifier::forget(Subscription& subscription) {
  const Number pair = subscription.pair;
  const bool poll = subscription.poll;
  turns_.cancel(subscription.number);
  book_.remove(subscription);
  ended_(pair, poll);
}

void Notifier::answered(Number number, const sip::Response& response) {
  Subscription* subscription = book_.subscription(number);
  if (subscription == nullptr) return;
  subscription->pending = false;
  subscription->dialog.answered(response);
  switch (verdict_on(response)) {
    case Verdict::told:
      subscription->failures = 0;
      return turn(*subscription);
    case Verdict::later:
      return postpone(*subscription, response);
    case Verdict::gone:
      if (!subscription->ending)
        surroundings_.write({{row_of(*subscription, *book_.pair(subscription->pair), 0), true}},
                            {});
      return forget(*subscription);
  }
}

// What ends it is sent all the same, once: nobody waits for the answer to that.
void Notifier::postpone(Subscription& subscription, const sip::Response& response) {
  if (!subscription.ending) {
    subscription.next = surroundings_.clock() + pause_after(subscription.failures, response);
    subscription.failures = std::min<int>(subscription.failures + 1, kMostFailures);
    subscription.told = nullptr;
    subscription.due = true;
  }
  turn(subscription);
}

sip::Request Notifier::request(Subscription& subscription, std::string state, const ViewRef& view) {
  sip::Request notify = subscription.dialog.request("NOTIFY");
  notify.headers.reserve(2);
  notify.headers.push_back({"Event", subscription.event_id.empty()
                                         ? kEvent
                                         : sip::concat({kEvent, ";id=", subscription.event_id})});
  notify.headers.push_back({"Subscription-State", std::move(state)});
  if (view) {
    notify.content_type = pidf::kType;
    notify.body = view->document();
  }
  return notify;
}

}  // namespace causeway::gateway::presence
