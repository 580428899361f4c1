#include "frontend_gateway/presence/watches.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "common/stanza/conditions.h"
#include "frontend_gateway/presence/subscriber/address.h"

namespace causeway::gateway::presence {

using State = Watch::State;

Watches::Watches(const policy::Current& policy, const policy::Contacts& contacts,
                 Surroundings& surroundings, Limits limits, std::vector<store::Watch> rows)
    : policy_(policy),
      contacts_(contacts),
      surroundings_(surroundings),
      limits_(limits),
      key_(translate::random_key()),
      pace_(surroundings, limits.subscribes_per_second,
            [this](WatchNumber number) {
              Watch* watch = find(number);
              if (watch != nullptr && watch->state == State::backoff) subscribe_anew(*watch);
            }),
      due_(surroundings, [this](WatchNumber number) { due(number); }),
      tells_(surroundings,
             [this](WatchNumber number) {
               if (Watch* watch = find(number)) tell(*watch);
             }),
      ended_(surroundings, [](const std::string&) {}) {
  watches_.reserve(rows.size());
  by_names_.reserve(rows.size());
  for (store::Watch& row : rows) load(std::move(row));
}

void Watches::load(store::Watch row) {
  if (find(row.local, row.remote) != nullptr) return;
  Watch& watch = add(std::move(row.local), std::move(row.remote));
  watch.since = row.since;
  watch.state = State::backoff;
  if (row.state == store::Watch::State::active) set_authorized(watch, true);
}

void Watches::start() {
  std::vector<WatchNumber> strangers;
  for (const auto& [number, watch] : watches_) {
    const auto admitted = policy_->admit_from_xmpp(policy::Act::watch, address_of(watch->remote),
                                                   address_of(watch->local), contacts_);
    if (admitted.ok()) {
      pace_.wait(number);
    } else {
      strangers.push_back(number);
    }
  }
  for (const WatchNumber number : strangers) {
    Watch& watch = *find(number);
    strangers_.emplace(names(watch.local, watch.remote), row_of(watch));
    erase(watch);
  }
  if (size() + strangers.size() == 0) return;
  log::info("watch.restored", "Subscriptions to SIP users' presence are made again for XMPP users.",
            {{"watches", absl::StrCat(size())}, {"not_admitted", absl::StrCat(strangers.size())}});
}

// Of a partner or a user who was left out by mistake, say.
void Watches::admit_strangers() {
  absl::erase_if(strangers_, [this](auto& each) {
    store::Watch& row = each.second;
    if (find(row.local, row.remote) != nullptr) return true;  // he has asked anew meanwhile
    const auto admitted = policy_->admit_from_xmpp(policy::Act::watch, address_of(row.remote),
                                                   address_of(row.local), contacts_);
    if (!admitted.ok()) return false;
    load(std::move(row));
    pace_.wait(last_);
    return true;
  });
}

void Watches::from_xmpp(causeway::link::Delivery delivery) {
  switch (delivery.stanza.presence().type()) {
    case v1::Presence::SUBSCRIBE:
      return subscribe(std::move(delivery));
    case v1::Presence::UNSUBSCRIBE:
      return unsubscribe(std::move(delivery));
    case v1::Presence::PROBE:
      return probe(std::move(delivery));
    default:
      return delivery.receipt.taken();
  }
}

void Watches::policy_changed() {
  std::vector<WatchNumber> numbers;
  numbers.reserve(watches_.size());
  for (const auto& [number, watch] : watches_) numbers.push_back(number);
  for (const WatchNumber number : numbers) {
    Watch* watch = find(number);
    if (watch == nullptr || watch->state == State::closing) continue;
    const v1::Address from = address_of(watch->remote);
    const v1::Address to = address_of(watch->local);
    if (policy_->admit_from_xmpp(policy::Act::watch, from, to, contacts_).ok()) {
      tell(*watch);  // perhaps with notes now, or without
      continue;
    }
    watch->quiet =
        policy_->partner(from.domain()) == nullptr || policy_->hosted(to.domain()) == nullptr;
    remove(*watch);
    close(*watch);
  }
  admit_strangers();
}

void Watches::drain() {
  drained_ = true;
  pace_.stop();
}

std::vector<store::Watch> Watches::list() const {
  std::vector<store::Watch> rows;
  rows.reserve(watches_.size());
  for (const auto& [number, watch] : watches_)
    rows.push_back({watch->local, watch->remote,
                    watch->authorized ? store::Watch::State::active : store::Watch::State::pending,
                    watch->since});
  return rows;
}

bool Watches::shows(std::string_view local, std::string_view remote) const {
  const auto found = by_names_.find(names(local, remote));
  return found != by_names_.end() && watches_.at(found->second)->authorized;
}

std::size_t Watches::in_state(State state) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      watches_, [&](const auto& each) { return each.second->state == state; }));
}

Watch* Watches::find(std::string_view local, std::string_view remote) {
  const auto found = by_names_.find(names(local, remote));
  return found == by_names_.end() ? nullptr : find(found->second);
}

Watch* Watches::find(WatchNumber number) {
  const auto found = watches_.find(number);
  return found == watches_.end() ? nullptr : found->second.get();
}

Watch& Watches::add(std::string local, std::string remote) {
  auto watch = std::make_unique<Watch>(++last_);
  by_names_.emplace(names(local, remote), watch->number);
  watch->local = std::move(local);
  watch->remote = std::move(remote);
  watch->since = surroundings_.now();
  count(held_, *watch, 1);
  count(pending_, *watch, 1);
  return *watches_.emplace(watch->number, std::move(watch)).first->second;
}

void Watches::erase(Watch& watch) {
  drop_dialog(watch);
  due_.cancel(watch.number);
  tells_.cancel(watch.number);
  if (!watch.authorized) count(pending_, watch, -1);
  count(held_, watch, -1);
  settle_owed(watch.number, true);  // `unsubscribed` was the answer
  by_names_.erase(names(watch.local, watch.remote));
  watches_.erase(watch.number);
}

void Watches::count(Counts& counts, const Watch& watch, int difference) {
  for (const std::string_view name : {std::string_view(watch.remote), domain_of(watch.remote)}) {
    const auto found = counts.try_emplace(std::string(name)).first;
    found->second += static_cast<std::size_t>(difference);
    if (found->second == 0) counts.erase(found);
  }
}

std::optional<v1::StanzaError> Watches::no_room(const std::string& remote) const {
  const auto reached = [](const Counts& counts, std::string_view name, std::size_t limit) {
    const auto found = counts.find(std::string(name));
    return found != counts.end() && found->second >= limit;
  };
  const std::string_view domain = domain_of(remote);
  if (watches_.size() >= limits_.watches || reached(held_, remote, limits_.watches_per_watcher) ||
      reached(held_, domain, limits_.watches_per_domain))
    return stanza::error(v1::RESOURCE_CONSTRAINT, "Too many users are watched already.");
  if (reached(pending_, remote, limits_.pending_per_watcher) ||
      reached(pending_, domain, limits_.pending_per_domain))
    return stanza::error(v1::RESOURCE_CONSTRAINT, "Too many requests wait for an answer.");
  return std::nullopt;
}

void Watches::set_authorized(Watch& watch, bool authorized) {
  if (watch.authorized == authorized) return;
  watch.authorized = authorized;
  count(pending_, watch, authorized ? -1 : 1);
}

void Watches::put(const Watch& watch, Durable written) {
  write({row_of(watch)}, std::move(written));
}
void Watches::remove(const Watch& watch, Durable written) {
  write({row_of(watch), true}, std::move(written));
}
void Watches::write(store::Change change, Durable written) {
  std::vector<store::Change> changes;
  changes.push_back(std::move(change));
  if (!written) return surroundings_.write(std::move(changes), {});
  surroundings_.write(
      std::move(changes),
      [written = std::move(written)](absl::Status status) mutable { written(status.ok()); });
}

void Watches::due(WatchNumber number) {
  Watch* watch = find(number);
  if (watch == nullptr || drained_) return;
  switch (watch->state) {
    case State::pending:
    case State::active:
      if (watch->unanswered) return;
      if (!watch->notified) return ended(*watch, Ending::failed, std::nullopt);
      return refresh(*watch);
    case State::backoff:
      return pace_.wait(number);
    case State::storing:
    case State::trying:
    case State::closing:
      return;
  }
}

}  // namespace causeway::gateway::presence
