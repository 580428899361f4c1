#include "frontend_gateway/presence/notifications.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "common/stanza/conditions.h"
#include "frontend_gateway/address/mapping.h"
#include "frontend_gateway/pidf/document.h"
#include "frontend_gateway/sip/text.h"
#include "frontend_gateway/translate/headers.h"

namespace causeway::gateway::presence {
namespace {

using namespace std::chrono_literals;
using causeway::address::Jid;
using mapping::SipUri;

// After the last look at somebody: what is known may be asked for again, and a refused user agent
// tries again at once.
constexpr auto kLinger = 30s;
constexpr auto kRefused = 600s;
// For a user's server to answer a probe. Some say nothing of a user who is offline.
constexpr auto kAnswerWait = 30s;
// When the devices of a user have all told of themselves after the first of them has.
constexpr auto kMoreDevices = 500ms;

std::string bare(const v1::Address& address) {
  if (address.local().empty()) return address.domain();
  return absl::StrCat(address.local(), "@", address.domain());
}

// The XMPP user as the SIP user wrote him, which is what her user agent compares the document with;
// for what would be another user, the plain form.
std::string entity_of(const sip::Dialog& dialog, const std::string& remote) {
  const auto written = SipUri::parse(translate::uri_of(dialog.local_uri));
  if (written.ok()) {
    const auto jid = mapping::to_jid(*written);
    if (jid.ok() && jid->bare() == remote) return written->bare();
  }
  const auto jid = Jid::parse(remote);
  if (!jid.ok()) return sip::concat({"pres:", remote});
  const auto uri = mapping::to_sip(*jid);
  return uri.ok() ? uri->bare() : sip::concat({"pres:", remote});
}

}  // namespace

Notifications::Notifications(const policy::Current& policy, policy::Contacts& contacts,
                             Surroundings& surroundings, Limits limits, Rows rows, Shown shown)
    : policy_(policy),
      contacts_(contacts),
      surroundings_(surroundings),
      limits_(std::move(limits)),
      shown_(std::move(shown)),
      notifier_(book_, surroundings, {.interval = limits_.interval},
                [this](Number pair, bool poll) { ended(pair, poll); }),
      peers_(surroundings, limits_.peer_grace,
             {.lost = [this](const std::string& route) { lost(route); },
              .returned = [this](const std::string& route,
                                 bool long_away) { returned(route, long_away); },
              .try_again = [this](const std::string& route) { return try_again(route); }}),
      asker_(
          book_, surroundings, {.per_second = limits_.asked_per_second},
          {.handed_on =
               [this](Number number) {
                 Pair& pair = *book_.pair(number);
                 if (!pair.view && pair.state == Pair::State::granted)
                   deadlines_.set({Due::What::answer, number}, surroundings_.clock() + kAnswerWait);
                 peers_.reached(pair.route());
               },
           .refused = [this](
                          Number number,
                          const v1::StanzaError&) { peers_.failed(book_.pair(number)->route()); }}),
      deadlines_(surroundings, [this](const Due& what) { due(what); }) {
  for (const store::Grant& row : rows.grants) restore(row);
  for (store::Subscription& row : rows.subscriptions) restore(std::move(row));
}

// --- Rows

void Notifications::restore(const store::Grant& row) {
  if (book_.find(row.local, row.remote) != nullptr) return;
  Pair& pair = book_.add(row.local, row.remote);
  pair.kept = true;
  book_.set_state(
      pair, row.state == store::Grant::State::granted ? Pair::State::granted : Pair::State::asked,
      row.since);
}

void Notifications::restore(store::Subscription row) {
  auto dialog = sip::Dialog::from_text(row.dialog);
  if (!dialog) {
    log::error("presence.row.unreadable", "A subscription of the database cannot be read.",
               {{"local", row.local}, {"peer", row.remote}});
    return;
  }
  Pair* pair = book_.find(row.local, row.remote);
  if (pair == nullptr) {
    pair = &book_.add(row.local, row.remote);
    book_.set_state(*pair, Pair::State::asked, surroundings_.now());
  }
  if (pair->entity.empty()) pair->entity = entity_of(*dialog, row.remote);
  const std::uint32_t ceiling = dialog->local_cseq;
  book_.add(*pair, {.dialog = *std::move(dialog),
                    .event_id = std::move(row.event_id),
                    .expires = row.expires,
                    .established = true,
                    .ceiling = ceiling});
}

void Notifications::start() {
  policy_changed();  // it may be another one than that of the life before
  for (const Number number : book_.pairs()) {
    Pair& pair = *book_.pair(number);
    for (const Number subscription : pair.subscriptions)
      set_expiry(*book_.subscription(subscription));
    review(pair);
  }
  asker_.queue_all();
}

void Notifications::drain() {
  draining_ = true;
  if (!limits_.deactivate) return;
  for (const Number number : book_.pairs()) {
    if (Pair* pair = book_.pair(number)) end_all(*pair, Reason::deactivated);
  }
}

// --- From XMPP

void Notifications::from_xmpp(causeway::link::Delivery delivery) {
  const v1::Stanza& stanza = delivery.stanza;
  Pair* pair = book_.find(bare(stanza.to()), bare(stanza.from()));
  if (pair == nullptr || !stanza.has_presence()) return delivery.receipt.taken();
  switch (stanza.presence().type()) {
    case v1::Presence::SUBSCRIBED:
      return subscribed(*pair, std::move(delivery.receipt));
    case v1::Presence::UNSUBSCRIBED:
      return unsubscribed(*pair, std::move(delivery.receipt));
    case v1::Presence::AVAILABLE:
    case v1::Presence::UNAVAILABLE:
      changed(*pair, stanza);
      break;
    case v1::Presence::ERROR:
      if (asker_.asked(stanza)) failed(*pair, stanza.error());
      break;
    default:
      break;
  }
  delivery.receipt.taken();
}

// What is not written now is written later; and if there is no later, the next life asks again and
// is told again (RFC 6121 section 3.1.3).
void Notifications::subscribed(Pair& pair, causeway::link::Receipt receipt) {
  if (pair.state != Pair::State::asked) return receipt.taken();
  book_.set_state(pair, Pair::State::granted, surroundings_.now());
  pair.kept = true;
  surroundings_.write({{row_of(pair)}}, [this, number = pair.number, receipt = std::move(receipt)](
                                            const absl::Status& status) mutable {
    const Pair* now = book_.pair(number);
    const bool still = now != nullptr && now->state == Pair::State::granted;
    if (!status.ok() && still) surroundings_.write({{row_of(*now)}}, {});
    receipt.taken();
  });
  for (const Number number : std::vector<Number>(pair.subscriptions))
    if (Subscription* each = book_.subscription(number)) notifier_.tell_now(*each);
  review(pair);
  // A server that granted it long ago says no more than that it has.
  if (!pair.subscriptions.empty()) asker_.ask_now(pair);
}

// A server says so too to a probe of somebody whom nobody has granted anything (RFC 6121 section
// 4.3.2). That is the answer to a single look, and not to a request that was made after it.
void Notifications::unsubscribed(Pair& pair, causeway::link::Receipt receipt) {
  if (pair.state == Pair::State::none) {
    end_all(pair, Reason::timeout);
    return receipt.taken();
  }
  const bool of_a_look = pair.state == Pair::State::asked && pair.looked_at &&
                         surroundings_.clock() - *pair.looked_at < kAnswerWait;
  if (pair.state == Pair::State::refused || of_a_look) return receipt.taken();
  refuse(pair, Reason::rejected, 403, std::move(receipt));
}

void Notifications::changed(Pair& pair, const v1::Stanza& presence) {
  if (pair.subscriptions.empty() && !pair.view) return;  // nobody looks
  if (pair.state == Pair::State::refused) return;
  if (peers_.away() > 0) peers_.reached(pair.route());
  deadlines_.cancel({Due::What::answer, pair.number});
  show(pair, views_.after(pair.view, pair.entity, pidf::device_of(presence)));
}

void Notifications::show(Pair& pair, ViewRef view) {
  if (view == pair.view) return;
  pair.view = std::move(view);
  for (const Number number : std::vector<Number>(pair.subscriptions)) {
    Subscription* each = book_.subscription(number);
    if (each == nullptr) continue;
    if (each->poll) {
      deadlines_.set({Due::What::end, number}, surroundings_.clock() + kMoreDevices);
    } else if (pair.state == Pair::State::granted) {
      notifier_.tell(*each);
    }
  }
}

void Notifications::show_closed(Pair& pair) {
  if (pair.state == Pair::State::granted && !pair.subscriptions.empty())
    show(pair, views_.closed(pair.entity));
}

void Notifications::failed(Pair& pair, const v1::StanzaError& error) {
  if (error.condition() == v1::ITEM_NOT_FOUND) return refuse(pair, Reason::noresource, 404);
  show_closed(pair);
}

// --- Ends

void Notifications::end_all(Pair& pair, Reason reason) {
  for (const Number number : std::vector<Number>(pair.subscriptions)) {
    Subscription* each = book_.subscription(number);
    if (each == nullptr) continue;
    deadlines_.cancel({Due::What::end, number});
    notifier_.end(*each, each->poll ? Reason::timeout : reason);
  }
}

void Notifications::refuse(Pair& pair, Reason reason, int status, causeway::link::Receipt receipt) {
  const Number number = pair.number;
  pair.kept = false;
  pair.view = nullptr;
  pair.status = status;
  pair.until = surroundings_.clock() + kRefused;
  book_.set_state(pair, Pair::State::refused, {});
  remove_row(pair, std::move(receipt));
  end_all(pair, reason);
  if (Pair* still = book_.pair(number)) review(*still);
}

// As with `subscribed`: what has not gone now goes later, unless she has asked again.
void Notifications::remove_row(const Pair& pair, causeway::link::Receipt receipt) {
  const store::Grant row = row_of(pair);
  if (!receipt.owed()) return surroundings_.write({{row, true}}, {});
  surroundings_.write(
      {{row, true}}, [this, row, receipt = std::move(receipt)](const absl::Status& status) mutable {
        const Pair* now = book_.find(row.local, row.remote);
        const bool over = now == nullptr || now->state == Pair::State::refused;
        if (!status.ok() && over) surroundings_.write({{row, true}}, {});
        receipt.taken();
      });
}

bool Notifications::forget(const std::string& local, const std::string& remote) {
  Pair* pair = book_.find(local, remote);
  const bool known =
      pair != nullptr && (pair->state == Pair::State::asked || pair->state == Pair::State::granted);
  if (known) withdraw(*pair);
  return known;
}

void Notifications::withdraw(Pair& pair) {
  asker_.unsubscribe(pair);
  refuse(pair, Reason::rejected, 403);
}

void Notifications::ended(Number number, bool poll) {
  Pair& pair = *book_.pair(number);
  if (!pair.subscriptions.empty()) return;
  if (pair.state != Pair::State::refused) pair.until = surroundings_.clock() + kLinger;
  if (pair.state == Pair::State::granted && !poll && !draining_) {
    pair.since = surroundings_.now();
    surroundings_.write({{row_of(pair)}}, {});
    if (!shown_ || !shown_(pair.local, pair.remote)) asker_.leave(pair);
  }
  deadlines_.set({Due::What::review, number}, surroundings_.clock());
}

// --- Time

void Notifications::due(const Due& due) {
  if (draining_) return;
  if (due.what == Due::What::end) {
    Subscription* subscription = book_.subscription(due.number);
    if (subscription == nullptr) return;
    if (subscription->poll) return look_over(*subscription);
    return notifier_.end(*subscription, Reason::timeout);
  }
  Pair* pair = book_.pair(due.number);
  if (pair == nullptr) return;
  if (due.what == Due::What::review) return review(*pair);
  if (!pair->view) show_closed(*pair);
}

// What time makes of it, and when it is to be looked at again.
void Notifications::review(Pair& pair) {
  const absl::Time now = surroundings_.now();
  const bool watched = !pair.subscriptions.empty();
  if (!watched && surroundings_.clock() < pair.until)
    return deadlines_.set({Due::What::review, pair.number}, pair.until);
  if (!watched) pair.view = nullptr;
  if (pair.state == Pair::State::asked) {
    const absl::Time end = pair.since + limits_.give_up_after;
    if (now < end) return review_at(pair, end);
    return refuse(pair, Reason::giveup, 403);
  }
  if (watched) return;
  if (pair.state != Pair::State::granted) {
    deadlines_.cancel({Due::What::review, pair.number});
    deadlines_.cancel({Due::What::answer, pair.number});
    return book_.remove(pair);
  }
  if (limits_.forget_after == absl::ZeroDuration()) return;
  const absl::Time end = pair.since + limits_.forget_after;
  if (now < end) return review_at(pair, end);
  log::info("presence.authorization.unused", "Nobody has looked for long; the authorization ends.",
            {{"local", pair.local}, {"peer", pair.remote}});
  withdraw(pair);
}

void Notifications::review_at(const Pair& pair, absl::Time when) {
  deadlines_.set(
      {Due::What::review, pair.number},
      surroundings_.clock() + absl::ToChronoMilliseconds(when - surroundings_.now()) + 1ms);
}

// --- Peers and policy

void Notifications::stream_event(const v1::StreamEvent& event) {
  const std::string route = Peers::route(event.local_domain(), event.remote_domain());
  if (!book_.has_pairs_on(route)) return;
  if (event.kind() == v1::StreamEvent::ESTABLISHED) return peers_.reached(route);
  const bool failed =
      event.kind() == v1::StreamEvent::FAILED && event.direction() == v1::StreamEvent::OUTBOUND;
  if (failed) peers_.failed(route);
}

void Notifications::lost(const std::string& route) {
  for (const Number number : book_.pairs_on(route)) show_closed(*book_.pair(number));
}

// Whose question was refused meanwhile is asked in any case.
void Notifications::returned(const std::string& route, bool long_away) {
  for (const Number number : book_.pairs_on(route)) {
    Pair& pair = *book_.pair(number);
    if (!pair.subscriptions.empty() && (long_away || !pair.asked_at)) asker_.queue(pair);
  }
}

bool Notifications::try_again(const std::string& route) {
  for (const Number number : book_.pairs_on(route)) {
    Pair& pair = *book_.pair(number);
    if (pair.subscriptions.empty()) continue;
    asker_.ask_now(pair);
    return true;
  }
  return false;
}

bool Notifications::may_watch(const Pair& pair) const {
  const auto local = Jid::parse(pair.local);
  const auto remote = Jid::parse(pair.remote);
  if (!local.ok() || !remote.ok()) return false;
  const auto from = mapping::to_sip(*local);
  const auto to = mapping::to_sip(*remote);
  return from.ok() && to.ok() && policy_->admit_from_sip(policy::Act::watch, *from, *to).ok();
}

void Notifications::policy_changed() {
  for (const Number number : book_.pairs()) {
    Pair* pair = book_.pair(number);
    if (pair == nullptr || pair->subscriptions.empty() || may_watch(*pair)) continue;
    log::info("presence.watcher.refused", "Who watched a user may not do so any more.",
              {{"local", pair->local}, {"peer", pair->remote}});
    end_all(*pair, Reason::rejected);
  }
}

std::vector<Notifications::Authorization> Notifications::authorizations() const {
  std::vector<Authorization> all;
  for (const Number number : book_.pairs()) {
    const Pair& pair = *book_.pair(number);
    Authorization each{pair.local, pair.remote, pair.state, pair.since, {}};
    for (const Number subscription : pair.subscriptions) {
      const Subscription& one = *book_.subscription(subscription);
      each.dialogs.push_back({one.dialog.call_id, one.dialog.remote_target, one.expires});
    }
    all.push_back(std::move(each));
  }
  std::ranges::sort(all, {},
                    [](const Authorization& each) { return std::tie(each.local, each.remote); });
  return all;
}

}  // namespace causeway::gateway::presence
