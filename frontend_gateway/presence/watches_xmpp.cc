#include <algorithm>
#include <utility>

#include "common/stanza/conditions.h"
#include "frontend_gateway/presence/subscriber/address.h"
#include "frontend_gateway/presence/watches.h"

namespace causeway::gateway::presence {
namespace {

using State = Watch::State;
using v1::Presence;

v1::StanzaError not_durable() {
  return stanza::error(v1::RESOURCE_CONSTRAINT,
                       "This cannot be kept at the moment. Try again later.");
}

const pidf::Device* device_at(const std::vector<pidf::Device>& devices,
                              const std::string& resource) {
  const auto found = std::ranges::find(devices, resource, &pidf::Device::resource);
  return found == devices.end() ? nullptr : &*found;
}

bool anybody_there(const std::vector<pidf::Device>& devices) {
  return std::ranges::any_of(devices, &pidf::Device::open);
}

const std::vector<pidf::Device>& devices_of(const KnownRef& known, bool notes) {
  static const std::vector<pidf::Device> kNone;
  return known == nullptr ? kNone : known->devices(notes);
}

v1::Stanza to_watcher(const Watch& watch, Presence::Type type) {
  v1::Stanza stanza;
  *stanza.mutable_from() = address_of(watch.local);
  *stanza.mutable_to() = address_of(watch.remote);
  stanza.mutable_presence()->set_type(type);
  return stanza;
}

}  // namespace

void Watches::subscribe(causeway::link::Delivery delivery) {
  const v1::Address& from = delivery.stanza.from();
  const v1::Address& to = delivery.stanza.to();
  if (from.local().empty() || to.local().empty())
    return delivery.receipt.refused(
        stanza::error(v1::SERVICE_UNAVAILABLE, "Only users watch, and are watched."));
  const auto admitted = policy_->admit_from_xmpp(policy::Act::watch, from, to, contacts_);
  if (!admitted.ok()) return delivery.receipt.refused(admitted.refusal());
  if (Watch* watch = find(bare(to), bare(from)))
    return subscribe_again(*watch, std::move(delivery.receipt));
  if (auto full = no_room(bare(from))) return delivery.receipt.refused(*std::move(full));

  Watch& watch = add(bare(to), bare(from));
  if (!first_request(watch)) {
    erase(watch);
    return delivery.receipt.refused(
        stanza::error(v1::JID_MALFORMED, "The address has no form in SIP."));
  }
  owed_[watch.number].push_back(std::move(delivery.receipt));
  put(watch, [this, number = watch.number](bool durable) { stored(number, durable); });
}

// RFC 6121 section 3.1.3: who has it already is told so once more, since he has forgotten.
void Watches::subscribe_again(Watch& watch, Receipt receipt) {
  if (watch.state == State::storing) {
    watch.again = watch.leaving;
    owed_[watch.number].push_back(std::move(receipt));
  } else if (watch.leaving || watch.state == State::closing) {
    watch.again = true;
    watch.quiet = false;
    owed_[watch.number].push_back(std::move(receipt));
  } else {
    receipt.taken();
    if (watch.authorized) {
      authorize(watch);
    } else {
      sooner(watch);
    }
  }
}

void Watches::stored(WatchNumber number, bool durable) {
  Watch* watch = find(number);
  // What was asked after an `unsubscribe` has its row when that is done.
  if (!durable || watch == nullptr || !watch->again) settle_owed(number, durable);
  if (watch == nullptr || watch->state != State::storing) return;
  if (!durable) return erase(*watch);
  watch->state = State::backoff;
  if (!watch->leaving) subscribe_anew(*watch);
}

void Watches::settle_owed(WatchNumber number, bool durable) {
  auto owed = owed_.extract(number);
  if (owed.empty()) return;
  for (Receipt& receipt : owed.mapped()) durable ? receipt.taken() : receipt.refused(not_durable());
}

// What nobody watches needs no end (RFC 6121 section 3.3.3).
void Watches::unsubscribe(causeway::link::Delivery delivery) {
  const std::string local = bare(delivery.stanza.to());
  const std::string remote = bare(delivery.stanza.from());
  Watch* watch = find(local, remote);
  if (watch == nullptr && strangers_.contains(names(local, remote)))
    return forget_stranger(names(local, remote), std::move(delivery.receipt));
  if (watch == nullptr || watch->state == State::closing || watch->leaving) {
    if (watch != nullptr && std::exchange(watch->again, false)) settle_owed(watch->number, true);
    return delivery.receipt.taken();
  }
  watch->leaving = true;
  remove(*watch, [this, number = watch->number,
                  receipt = std::move(delivery.receipt)](bool durable) mutable {
    durable ? receipt.taken() : receipt.refused(not_durable());
    left(number, durable);
  });
}

void Watches::forget_stranger(const std::string& both, Receipt receipt) {
  store::Watch row = std::move(strangers_.extract(both).mapped());
  write({row, true}, [this, both, row, receipt = std::move(receipt)](bool durable) mutable {
    durable ? receipt.taken() : receipt.refused(not_durable());
    if (!durable) strangers_.emplace(both, std::move(row));
  });
}

void Watches::left(WatchNumber number, bool durable) {
  Watch* watch = find(number);
  if (watch == nullptr || !watch->leaving) return;
  watch->leaving = false;
  if (durable) return close(*watch);
  settle_owed(number, true);
  if (std::exchange(watch->again, false) && watch->authorized) authorize(*watch);
  if (watch->state == State::backoff && watch->attempt == 0) subscribe_anew(*watch);
}

// RFC 6121 section 4.3.2. Who waits for an answer is told nothing: `unsubscribed` would be one.
void Watches::probe(causeway::link::Delivery delivery) {
  delivery.receipt.taken();
  const v1::Address& from = delivery.stanza.from();
  const v1::Address& to = delivery.stanza.to();
  Watch* watch = find(bare(to), bare(from));
  if (watch == nullptr && strangers_.contains(names(bare(to), bare(from)))) return;
  if (watch == nullptr) {
    v1::Stanza answer;
    *answer.mutable_from() = to;
    answer.mutable_from()->clear_resource();
    *answer.mutable_to() = from;
    answer.mutable_presence()->set_type(Presence::UNSUBSCRIBED);
    return surroundings_.submit(std::move(answer), [](auto) {});
  }
  if (!watch->authorized || watch->state == State::closing) return;
  sooner(*watch);
  // Of what only another life knew, the next NOTIFY tells, or the next failure.
  if (watch->told_unknown) return;
  const auto& devices = devices_of(watch->state == State::active ? watch->known : watch->told,
                                   notes_may_leave(*watch));
  for (const pidf::Device& device : devices) {
    if (device.open) tell_device(*watch, device, from);
  }
  if (!anybody_there(devices)) tell_nobody_there(*watch, from);
}

// Somebody looks: the next attempt does not wait for its time, unless it was the other side that
// named one.
void Watches::sooner(Watch& watch) {
  if (watch.state != State::backoff || drained_) return;
  constexpr std::chrono::seconds kLeast(30);
  const auto now = surroundings_.clock();
  if (watch.not_before > now) return;
  if (watch.attempt != 0 && watch.attempted + kLeast > now) return;
  pace_.wait_in_front(watch.number);
}

void Watches::authorize(Watch& watch) {
  if (!watch.authorized) {
    set_authorized(watch, true);
    if (!watch.leaving) put(watch);
  }
  surroundings_.submit(to_watcher(watch, Presence::SUBSCRIBED),
                       [this, number = watch.number](std::optional<v1::StanzaError> refusal) {
                         // The next NOTIFY says it again.
                         if (Watch* watch = refusal ? find(number) : nullptr)
                           set_authorized(*watch, false);
                       });
  watch.told_unknown = true;
  watch.told_at = Clock::time_point::min();
  tell(watch);
}

// The difference between what he has been told and what there is, at most once in a while.
void Watches::tell(Watch& watch) {
  if (!watch.authorized || watch.state == State::closing || too_early_to_tell(watch)) return;
  const KnownRef now = watch.state == State::active ? watch.known : nullptr;
  const bool notes = notes_may_leave(watch);
  if (!watch.told_unknown && watch.told == now && watch.told_notes == notes) return;
  const KnownRef before = std::exchange(watch.told, now);
  const bool before_notes = std::exchange(watch.told_notes, notes);
  static const std::vector<pidf::Device> kUnknown;
  tell_difference(watch, watch.told_unknown ? kUnknown : devices_of(before, before_notes),
                  devices_of(now, notes));
}

bool Watches::too_early_to_tell(Watch& watch) {
  const auto now = surroundings_.clock();
  Clock::time_point when = Clock::time_point::min();
  if (watch.told_at != Clock::time_point::min()) when = watch.told_at + limits_.interval;
  if (watch.state != State::active) when = std::max(when, watch.keep_until);
  if (when <= now) return false;
  tells_.set(watch.number, when);
  return true;
}

void Watches::tell_difference(Watch& watch, const std::vector<pidf::Device>& before,
                              const std::vector<pidf::Device>& now) {
  const v1::Address to = address_of(watch.remote);
  const bool unknown = std::exchange(watch.told_unknown, false);
  bool told = false;
  for (const pidf::Device& device : now) {
    const pidf::Device* same = device_at(before, device.resource);
    if (same != nullptr && *same == device) continue;
    tell_device(watch, device, to);
    told = true;
  }
  for (const pidf::Device& device : before) {
    if (!device.open || device_at(now, device.resource) != nullptr) continue;
    tell_device(watch, {.resource = device.resource}, to);
    told = true;
  }
  if (unknown && !anybody_there(now)) {
    tell_nobody_there(watch, to);
    told = true;
  }
  if (told) watch.told_at = surroundings_.clock();
}

void Watches::tell_device(Watch& watch, const pidf::Device& device, const v1::Address& to) {
  v1::Stanza stanza = pidf::presence_of(device);
  *stanza.mutable_from() = address_of(watch.local);
  stanza.mutable_from()->set_resource(device.resource);
  *stanza.mutable_to() = to;
  submit(watch, std::move(stanza));
}

// Of all devices at once: nobody knows which he has seen.
void Watches::tell_nobody_there(Watch& watch, const v1::Address& to) {
  v1::Stanza stanza = to_watcher(watch, Presence::UNAVAILABLE);
  *stanza.mutable_to() = to;
  submit(watch, std::move(stanza));
}

void Watches::tell_error(Watch& watch) {
  if (std::exchange(watch.error_told, true)) return;
  v1::Stanza stanza = to_watcher(watch, Presence::ERROR);
  *stanza.mutable_error() = stanza::error(v1::ITEM_NOT_FOUND, "There is no such user at present.");
  surroundings_.submit(std::move(stanza), [](auto) {});
}

// Each of those who were there goes, and then the authorization.
void Watches::tell_goodbye(Watch& watch) {
  if (watch.quiet) return;
  const v1::Address to = address_of(watch.remote);
  if (watch.authorized) {
    for (const pidf::Device& device : devices_of(watch.told, false)) {
      if (device.open) tell_device(watch, {.resource = device.resource}, to);
    }
    if (watch.told_unknown) tell_nobody_there(watch, to);
  }
  surroundings_.submit(to_watcher(watch, Presence::UNSUBSCRIBED), [](auto) {});
}

// What is not handed on is told with the next NOTIFY: with that of the refresh, if no other.
void Watches::submit(Watch& watch, v1::Stanza stanza) {
  surroundings_.submit(std::move(stanza),
                       [this, number = watch.number](std::optional<v1::StanzaError> refusal) {
                         if (Watch* watch = refusal ? find(number) : nullptr)
                           watch->told_unknown = true;
                       });
}

bool Watches::notes_may_leave(const Watch& watch) const {
  const auto admitted = policy_->admit_from_xmpp(policy::Act::watch, address_of(watch.remote),
                                                 address_of(watch.local), contacts_);
  return admitted.ok() && policy::Policy::notes_may_leave(admitted->type);
}

}  // namespace causeway::gateway::presence
