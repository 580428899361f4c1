#include "edge_proxy/s2s/send_queue.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/hash/hash.h"
#include "common/log/log.h"
#include "common/stanza/conditions.h"

namespace causeway::edge::s2s {
namespace {

bool is_replaceable(const v1::Stanza& stanza) {
  return stanza.has_presence() && !stanza.has_error() &&
         (stanza.presence().type() == v1::Presence::AVAILABLE ||
          stanza.presence().type() == v1::Presence::UNAVAILABLE);
}

auto parts(const v1::Address& address) {
  return std::tie(address.local(), address.domain(), address.resource());
}

std::uint64_t key_of(const v1::Stanza& stanza) {
  return absl::HashOf(parts(stanza.from()), parts(stanza.to()));
}

}  // namespace

void refuse(causeway::link::Delivery& delivery, const Refusal& refusal, ledger::Tally* tally) {
  if (tally) tally->outgoing.refused[refusal.condition].add();
  if (!delivery.receipt.owed()) {
    log::info("bounce.dropped", "An error could not be delivered; its sender is not told.",
              {{"peer", delivery.stanza.to().domain()}, {"reason", refusal.text}});
    return;
  }
  delivery.receipt.refused(stanza::error(refusal.condition, refusal.text));
}

void SendQueue::push(causeway::link::Delivery delivery, std::size_t bytes) {
  const std::chrono::milliseconds patience(delivery.stanza.patience_ms());
  const Clock::time_point deadline =
      patience.count() == 0 ? Clock::time_point::max() : Clock::now() + patience;
  const bool is_presence = delivery.stanza.has_presence();
  Waiting waiting{std::move(delivery), deadline, bytes};
  count(bytes);
  if (!is_presence) {
    urgent_.push_back(std::move(waiting));
    return;
  }
  // The newer one takes its own place at the end: it must not overtake what was said in between.
  if (Presences::iterator* const replaced = older(waiting.delivery.stanza)) {
    take(*replaced).delivery.receipt.taken();
  }
  presences_.push_back(std::move(waiting));
  remember(std::prev(presences_.end()));
}

SendQueue::Waiting SendQueue::pop() {
  if (urgent_.empty()) return take(presences_.begin());
  Waiting next = std::move(urgent_.front());
  urgent_.pop_front();
  discount(next.bytes);
  return next;
}

void SendQueue::put_back(std::vector<Waiting> lost) {
  for (auto last = lost.rbegin(); last != lost.rend(); ++last) {
    if (last->tried) {
      refuse(last->delivery, {v1::REMOTE_SERVER_TIMEOUT, "the connection was lost twice"}, tally_);
      continue;
    }
    last->tried = true;
    if (last->delivery.stanza.has_presence()) {
      put_back_presence(std::move(*last));
      continue;
    }
    count(last->bytes);
    urgent_.push_front(std::move(*last));
  }
}

void SendQueue::put_back_presence(Waiting presence) {
  if (older(presence.delivery.stanza) != nullptr) {  // what waits is newer than what was lost
    presence.delivery.receipt.taken();
    return;
  }
  count(presence.bytes);
  presences_.push_front(std::move(presence));
  remember(presences_.begin());
}

void SendQueue::refuse_all(const Refusal& refusal) {
  while (!empty()) {
    Waiting next = pop();
    refuse(next.delivery, refusal, tally_);
  }
}

void SendQueue::expire(Clock::time_point now) {
  const auto late = [now](const Waiting& waiting) { return waiting.deadline <= now; };
  if (std::any_of(urgent_.begin(), urgent_.end(), late)) {
    std::deque<Waiting> kept;
    for (Waiting& waiting : urgent_) {
      if (!late(waiting)) {
        kept.push_back(std::move(waiting));
        continue;
      }
      discount(waiting.bytes);
      refuse(waiting.delivery, kTooLate, tally_);
    }
    urgent_ = std::move(kept);
  }
  for (auto presence = presences_.begin(); presence != presences_.end();) {
    const auto each = presence++;
    if (!late(*each)) continue;
    Waiting waiting = take(each);
    refuse(waiting.delivery, kTooLate, tally_);
  }
}

// The presence that waits with the same addresses; nullptr when there is none.
SendQueue::Presences::iterator* SendQueue::older(const v1::Stanza& stanza) {
  if (latest_.empty() || !is_replaceable(stanza)) return nullptr;
  const auto found = latest_.find(key_of(stanza));
  if (found == latest_.end()) return nullptr;
  const v1::Stanza& waiting = found->second->delivery.stanza;
  const bool same =
      parts(waiting.from()) == parts(stanza.from()) && parts(waiting.to()) == parts(stanza.to());
  return same ? &found->second : nullptr;
}

void SendQueue::remember(Presences::iterator presence) {
  const v1::Stanza& stanza = presence->delivery.stanza;
  if (is_replaceable(stanza)) latest_[key_of(stanza)] = presence;
}

void SendQueue::forget(Presences::iterator presence) {
  const v1::Stanza& stanza = presence->delivery.stanza;
  if (latest_.empty() || !is_replaceable(stanza)) return;
  const auto found = latest_.find(key_of(stanza));
  if (found != latest_.end() && found->second == presence) latest_.erase(found);
}

SendQueue::Waiting SendQueue::take(Presences::iterator presence) {
  forget(presence);
  Waiting out = std::move(*presence);
  presences_.erase(presence);
  discount(out.bytes);
  return out;
}

void SendQueue::count(std::size_t bytes) {
  bytes_ += bytes;
  sum_.fetch_add(bytes, std::memory_order_relaxed);
}

void SendQueue::discount(std::size_t bytes) {
  bytes_ -= bytes;
  sum_.fetch_sub(bytes, std::memory_order_relaxed);
}

}  // namespace causeway::edge::s2s
