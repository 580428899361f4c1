#include "frontend_gateway/presence/notif_peers.h"

#include <algorithm>
#include <utility>

#include "common/log/log.h"

namespace causeway::gateway::presence {
namespace {

using namespace std::chrono_literals;

// Between the stanzas that try whether a domain is back: one for all of its users.
constexpr auto kFirstPause = 20s;
constexpr auto kLongestPause = 300s;

}  // namespace

Peers::Peers(Surroundings& surroundings, std::chrono::milliseconds grace, Handlers handlers)
    : surroundings_(surroundings),
      grace_(grace),
      handlers_(std::move(handlers)),
      looks_(surroundings, [this](const std::string& domain) { look(domain); }) {}

void Peers::failed(const std::string& domain) {
  const auto now = surroundings_.clock();
  if (!away_.try_emplace(domain, Away{now + grace_, kFirstPause}).second) return;
  looks_.set(domain, std::min<Clock::time_point>(now + kFirstPause, now + grace_));
}

void Peers::reached(const std::string& domain) {
  const auto found = away_.find(domain);
  if (found == away_.end()) return;
  if (found->second.told)
    log::info("presence.peer.back", "A domain answers again; its users are asked for presence.",
              {{"peer", domain}});
  away_.erase(found);
  looks_.cancel(domain);
  handlers_.returned(domain);
}

void Peers::look(const std::string& domain) {
  const auto found = away_.find(domain);
  if (found == away_.end()) return;
  Away& away = found->second;
  const auto now = surroundings_.clock();
  const bool lost = !std::exchange(away.told, away.told || now >= away.grace_ends) && away.told;
  auto next = now + away.pause;
  if (!away.told) next = std::min(next, away.grace_ends);
  away.pause = std::min<Clock::duration>(away.pause * 2, kLongestPause);
  looks_.set(domain, next);
  if (lost) {
    log::warning("presence.peer.lost",
                 "A domain cannot be reached; its users are shown as offline.", {{"peer", domain}});
    handlers_.lost(domain);
  }
  if (handlers_.try_again(domain)) return;
  away_.erase(domain);
  looks_.cancel(domain);
}

}  // namespace causeway::gateway::presence
