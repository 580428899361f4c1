// What a SUBSCRIBE does (RFC 6665 section 4.2.1, RFC 8048 section 4.3).

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "frontend_gateway/address/mapping.h"
#include "frontend_gateway/address/text.h"
#include "frontend_gateway/presence/notifications.h"

namespace causeway::gateway::presence {
namespace {

using namespace std::chrono_literals;
using mapping::SipUri;
using translate::SipAnswer;

// What a dialog may hold of its Call-ID, tags, Contact and Record-Routes: several times what is
// seen, and little enough for a hundred thousand of them.
constexpr std::size_t kMostDialogBytes = 3072;

// RFC 3856 section 6.10 leaves five seconds for the answer to a single look; and what the XMPP side
// says of several devices comes in several stanzas.
constexpr auto kLongestLook = 4500ms;

// 500 and not 503, which takes a server out of use for everything (RFC 3261 section 21.5.4):
// without a database messages still pass.
SipAnswer not_durable() {
  return {500, "Subscriptions Cannot Be Stored Now", {{"Retry-After", "30"}}};
}

// And so for what is full.
SipAnswer too_many(std::string reason) {
  return {480, std::move(reason), {{"Retry-After", "300"}}};
}

SipAnswer accepted(Pair::State state, std::chrono::seconds expires) {
  const bool granted = state == Pair::State::granted;
  return {granted ? 200 : 202,
          granted ? "OK" : "Accepted",
          {{"Expires", std::to_string(expires.count())}}};
}

// RFC 7247 section 8: a user who asked for security on every hop is not sent over one without it.
bool is_sips(std::string_view uri) { return equal_ignoring_case(uri.substr(0, 5), "sips:"); }

}  // namespace

void Notifications::from_sip(const sip::IncomingRequest& request, Reply reply) {
  if (draining_) return reply({503, "Stopping", {{"Retry-After", "5"}}});
  if (!request.to_tag.empty()) return go_on(request, std::move(reply));
  subscribe(request, std::move(reply));
}

void Notifications::subscribe(const sip::IncomingRequest& request, Reply reply) {
  auto fresh = judged(request);
  if (!fresh.ok()) return reply(fresh.refusal());
  const Pair* pair = book_.find(fresh->local, fresh->remote);
  if (pair != nullptr && pair->state == Pair::State::refused)
    return reply({pair->status, pair->status == 404 ? "No Such User" : "Not Authorized", {}});
  if (auto refusal = no_room(*fresh, pair)) return reply(*refusal);
  if (fresh->wish.expires == 0s) return look(*std::move(fresh), std::move(reply));
  install(*std::move(fresh), std::move(reply));
}

Outcome<Notifications::Fresh, SipAnswer> Notifications::judged(
    const sip::IncomingRequest& request) const {
  if (is_sips(request.to_uri)) return SipAnswer{416, "Only sip: Addresses Are Mapped", {}};
  const auto refused = [](const SipRefusal& refusal) {
    return SipAnswer{refusal.status, refusal.reason, {}};
  };
  const auto to = SipUri::parse(request.request_uri);
  if (!to.ok()) return refused(to.refusal());
  const auto from = SipUri::parse(request.from_uri);
  if (!from.ok()) return refused(from.refusal());
  const auto admitted = policy_->admit_from_sip(policy::Act::watch, *from, *to);
  if (!admitted.ok()) return refused(admitted.refusal());
  const auto local = mapping::to_jid(*from);
  if (!local.ok()) return refused(local.refusal());
  const auto remote = mapping::to_jid(*to);
  if (!remote.ok()) return refused(remote.refusal());
  auto wish = wish_of(request, limits_.expiries);
  if (!wish.ok()) return std::move(wish.refusal());
  auto dialog = sip::Dialog::answering(request);
  if (!dialog) return SipAnswer{400, "A Contact With a SIP URI Is Needed", {}};
  if (dialog->to_text().size() > kMostDialogBytes)
    return SipAnswer{400, "The Dialog Has Too Much to Remember", {}};
  return Fresh{local->bare(), remote->bare(), to->bare(), *std::move(dialog), *std::move(wish)};
}

std::optional<SipAnswer> Notifications::no_room(const Fresh& fresh, const Pair* pair) const {
  if (book_.subscriptions() >= limits_.subscriptions) return too_many("Too Many Subscriptions");
  if (pair == nullptr && book_.size() >= limits_.pairs) return too_many("Too Many Pairs of Users");
  if (book_.subscriptions_of(fresh.local) >= limits_.subscriptions_per_user)
    return too_many("Too Many Subscriptions of This User");
  const bool asks =
      fresh.wish.expires > 0s && (pair == nullptr || pair->state == Pair::State::none);
  if (!asks) return std::nullopt;
  const std::string_view remote = fresh.remote;
  const auto at = remote.find('@');
  const auto domain = at == std::string_view::npos ? remote : remote.substr(at + 1);
  if (book_.asked() >= limits_.asked || book_.asked_at(domain) >= limits_.asked_per_domain)
    return too_many("Too Many Users Are Being Asked");
  if (book_.asked_by(fresh.local) >= limits_.asked_per_user)
    return too_many("Too Many of This User's Requests Are Pending");
  return std::nullopt;
}

Pair& Notifications::pair_of(const Fresh& fresh) {
  Pair* found = book_.find(fresh.local, fresh.remote);
  Pair& pair = found != nullptr ? *found : book_.add(fresh.local, fresh.remote);
  if (pair.entity.empty()) pair.entity = fresh.entity;
  return pair;
}

void Notifications::install(Fresh fresh, Reply reply) {
  Pair& pair = pair_of(fresh);
  const absl::Time now = surroundings_.now();
  Subscription* subscription =
      book_.add(pair, {.dialog = std::move(fresh.dialog),
                       .event_id = std::move(fresh.wish.event_id),
                       .expires = now + absl::FromChrono(fresh.wish.expires)});
  if (subscription == nullptr) return reply({482, "Request Merged", {}});
  if (pair.state == Pair::State::none) book_.set_state(pair, Pair::State::asked, now);

  std::vector<store::Change> changes;
  if (!pair.kept) changes.push_back({row_of(pair)});
  std::optional<store::Contact> contact(
      {pair.local, pair.remote, store::Contact::By::subscription, now});
  if (contacts_.add(*contact)) {
    changes.push_back({*contact});
  } else {
    contact.reset();
  }
  notifier_.write(*subscription, std::move(changes),
                  [this, number = subscription->number, expires = fresh.wish.expires,
                   contact = std::move(contact), reply = std::move(reply)](bool durable) mutable {
                    installed(number, expires, durable, contact, reply);
                  });
}

void Notifications::installed(Number number, std::chrono::seconds expires, bool durable,
                              const std::optional<store::Contact>& contact, Reply& reply) {
  Subscription& subscription = *book_.subscription(number);  // nothing ends it before its 2xx
  if (!durable) {
    reply(not_durable());
    if (contact) contacts_.remove(contact->local, contact->remote);
    return refused(subscription);
  }
  Pair& pair = *book_.pair(subscription.pair);
  pair.kept = pair.state == Pair::State::asked || pair.state == Pair::State::granted;
  subscription.established = true;
  reply(accepted(pair.state, expires));
  set_expiry(subscription);
  const Number pair_number = pair.number;
  notifier_.tell_now(subscription);
  Pair* still = book_.pair(pair_number);
  if (still == nullptr || still->state == Pair::State::refused) return;
  if (!still->subscriptions.empty()) asker_.ask(*still);
  review(*still);
}

// The wish to ask goes too, unless somebody else has it.
void Notifications::refused(Subscription& subscription) {
  Pair& pair = *book_.pair(subscription.pair);
  book_.remove(subscription);
  const bool wanted = std::ranges::any_of(
      pair.subscriptions, [this](Number number) { return !book_.subscription(number)->poll; });
  if (pair.kept || wanted) return;
  if (pair.state == Pair::State::asked) book_.set_state(pair, Pair::State::none, {});
  review(pair);
}

// A single look (RFC 6665 section 4.4.3): nobody is asked for authorization because of it.
void Notifications::look(Fresh fresh, Reply reply) {
  Pair& pair = pair_of(fresh);
  Subscription* subscription = book_.add(pair, {.dialog = std::move(fresh.dialog),
                                                .event_id = std::move(fresh.wish.event_id),
                                                .poll = true,
                                                .established = true});
  if (subscription == nullptr) return reply({482, "Request Merged", {}});
  reply(accepted(pair.state, 0s));
  const bool to_wait = pair.state != Pair::State::asked && !pair.view;
  if (!to_wait) return look_over(*subscription);
  deadlines_.set({Due::What::end, subscription->number}, surroundings_.clock() + kLongestLook);
  if (pair.state == Pair::State::none) pair.looked_at = surroundings_.clock();
  asker_.ask(pair);
}

void Notifications::look_over(Subscription& subscription) {
  const Pair& pair = *book_.pair(subscription.pair);
  const bool may_see = pair.state != Pair::State::asked && pair.state != Pair::State::refused;
  notifier_.end(subscription, Reason::timeout, may_see ? pair.view : nullptr);
}

void Notifications::go_on(const sip::IncomingRequest& request, Reply reply) {
  Subscription* subscription = book_.subscription(sip::Dialog::id_of(request));
  const bool known = subscription != nullptr && subscription->established &&
                     !subscription->ending && !subscription->poll;
  if (!known) return reply({481, "Subscription Does Not Exist", {}});
  sip::Dialog dialog = subscription->dialog;
  if (request.cseq <= dialog.remote_cseq || !dialog.accept(request))
    return reply({500, "Out of Order", {}});
  subscription->dialog.remote_cseq = dialog.remote_cseq;
  const auto wish = wish_of(request, limits_.expiries);
  if (!wish.ok()) return reply(wish.refusal());
  if (wish->event_id != subscription->event_id)
    return reply({481, "Subscription Does Not Exist", {}});
  if (dialog.to_text().size() > kMostDialogBytes)
    return reply({400, "The Dialog Has Too Much to Remember", {}});
  subscription->dialog = std::move(dialog);
  if (wish->expires == 0s) return leave(*subscription, std::move(reply));
  refresh(*subscription, *wish, std::move(reply));
}

void Notifications::refresh(Subscription& subscription, const Wish& wish, Reply reply) {
  const absl::Time before =
      std::exchange(subscription.expires, surroundings_.now() + absl::FromChrono(wish.expires));
  notifier_.write(subscription, {},
                  [this, number = subscription.number, before, wish, reply = std::move(reply)](
                      bool durable) mutable { refreshed(number, before, wish, durable, reply); });
}

// Not durable: it goes on as it was.
void Notifications::refreshed(Number number, absl::Time before, const Wish& wish, bool durable,
                              Reply& reply) {
  Subscription* subscription = book_.subscription(number);
  if (subscription == nullptr || subscription->ending)
    return reply({481, "Subscription Does Not Exist", {}});
  if (!durable) {
    subscription->expires = std::min(subscription->expires, before);
    return reply(not_durable());
  }
  Pair& pair = *book_.pair(subscription->pair);
  reply(accepted(pair.state, wish.expires));
  set_expiry(*subscription);
  asker_.ask(pair);
  notifier_.tell_now(*subscription);
}

// What was known is not known any more; the authorization stays.
void Notifications::leave(Subscription& subscription, Reply reply) {
  const Pair& pair = *book_.pair(subscription.pair);
  reply(accepted(Pair::State::granted, 0s));
  deadlines_.cancel({Due::What::end, subscription.number});
  const bool granted = pair.state == Pair::State::granted;
  notifier_.end(subscription, Reason::timeout, granted ? views_.closed(pair.entity) : nullptr);
}

void Notifications::set_expiry(const Subscription& subscription) {
  const auto left = std::max(absl::ZeroDuration(), subscription.expires - surroundings_.now());
  deadlines_.set({Due::What::end, subscription.number},
                 surroundings_.clock() + absl::ToChronoMilliseconds(left));
}

}  // namespace causeway::gateway::presence
