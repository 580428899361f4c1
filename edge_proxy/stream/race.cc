#include "edge_proxy/stream/race.h"

#include <algorithm>
#include <cassert>

namespace causeway::edge::stream {
namespace {

Race::Family family_of(const asio::ip::address& address) {
  return address.is_v6() ? Race::Family::ipv6 : Race::Family::ipv4;
}

Race::Family other(Race::Family family) {
  return family == Race::Family::ipv6 ? Race::Family::ipv4 : Race::Family::ipv6;
}

}  // namespace

Race::Race(std::size_t targets, Limits limits) : hosts_(targets), limits_(limits) {}

void Race::resolved(std::size_t target, Family family, const std::vector<asio::ip::address>& found,
                    Clock::time_point now) {
  Addresses& addresses = hosts_[target].of(family);
  addresses.known = true;
  addresses.untried.insert(addresses.untried.end(), found.begin(), found.end());
  if (!found.empty() && !first_known_) first_known_ = now;
}

bool Race::is_resolved(std::size_t target, Family family) const {
  const Host& host = hosts_[target];
  return family == Family::ipv6 ? host.ipv6.known : host.ipv4.known;
}

std::optional<Race::Attempt> Race::next(Clock::time_point now) {
  if (under_way_ >= limits_.attempts || !any_untried()) return std::nullopt;
  if (!begun_) {
    if (!may_begin(now)) return std::nullopt;
    begun_ = true;
    next_family_ = first_family();
  } else if (under_way_ != 0 && now < next_start_) {
    return std::nullopt;
  }
  std::optional<Attempt> attempt = take(next_family_);
  if (!attempt) attempt = take(other(next_family_));
  if (!attempt) return std::nullopt;  // there is one; g++ 12 cannot know
  next_family_ = other(family_of(attempt->address));
  next_start_ = now + limits_.attempt_delay;
  latest_ = attempt;
  ++under_way_;
  return attempt;
}

Race::Clock::time_point Race::wake() const {
  if (under_way_ >= limits_.attempts || !any_untried()) return Clock::time_point::max();
  return begun_ ? next_start_ : *first_known_ + limits_.resolution_delay;
}

void Race::failed(const Attempt& attempt, Clock::time_point now) {
  assert(under_way_ != 0);
  --under_way_;
  if (latest_ == attempt) next_start_ = now;
}

void Race::won(const Attempt&) {
  assert(under_way_ != 0);
  --under_way_;
}

void Race::gave_way(const Attempt& attempt) {
  assert(under_way_ != 0);
  --under_way_;
  hosts_[attempt.target].of(family_of(attempt.address)).untried.push_front(attempt.address);
}

bool Race::over() const {
  return under_way_ == 0 && std::all_of(hosts_.begin(), hosts_.end(), [](const Host& host) {
           return host.ipv6.known && host.ipv4.known && host.ipv6.untried.empty() &&
                  host.ipv4.untried.empty();
         });
}

// RFC 8305 section 3; XEP-0495 section 4.2 for the targets behind the first.
bool Race::may_begin(Clock::time_point now) const {
  const auto first = std::find_if(hosts_.begin(), hosts_.end(), [](const Host& host) {
    return !host.ipv6.known || !host.ipv4.known || !host.ipv6.untried.empty() ||
           !host.ipv4.untried.empty();
  });
  if (first->ipv6.known && !(first->ipv6.untried.empty() && first->ipv4.untried.empty())) {
    return true;
  }
  return now >= *first_known_ + limits_.resolution_delay;
}

bool Race::any_untried() const {
  return std::any_of(hosts_.begin(), hosts_.end(), [](const Host& host) {
    return !host.ipv6.untried.empty() || !host.ipv4.untried.empty();
  });
}

std::optional<Race::Attempt> Race::take(Family family) {
  for (std::size_t target = 0; target < hosts_.size(); ++target) {
    std::deque<asio::ip::address>& untried = hosts_[target].of(family).untried;
    if (untried.empty()) continue;
    const Attempt attempt{target, untried.front()};
    untried.pop_front();
    return attempt;
  }
  return std::nullopt;
}

Race::Family Race::first_family() const {
  for (const Host& host : hosts_) {
    if (!host.ipv6.untried.empty()) return Family::ipv6;
    if (!host.ipv4.untried.empty()) return Family::ipv4;
  }
  return Family::ipv6;
}

}  // namespace causeway::edge::stream
