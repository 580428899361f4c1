#include "frontend_gateway/presence/notifier/peers.h"

#include <algorithm>
#include <utility>

#include "common/log/log.h"
#include "frontend_gateway/sip/text.h"

namespace causeway::gateway::presence {
namespace {

using namespace std::chrono_literals;

// Between the stanzas that try whether a domain is back: one for all of its users.
constexpr auto kFirstPause = 20s;
constexpr auto kLongestPause = 300s;

std::string local_of(const std::string& route) { return route.substr(0, route.find(' ')); }
std::string peer_of(const std::string& route) { return route.substr(route.find(' ') + 1); }

}  // namespace

Peers::Peers(Surroundings& surroundings, std::chrono::milliseconds grace, Handlers handlers)
    : surroundings_(surroundings),
      grace_(grace),
      handlers_(std::move(handlers)),
      looks_(surroundings, [this](const std::string& route) { look(route); }) {}

std::string Peers::route(std::string_view local, std::string_view remote) {
  return sip::concat({local, " ", remote});
}

void Peers::failed(const std::string& route) {
  const auto now = surroundings_.clock();
  if (!away_.try_emplace(route, Away{now + grace_, kFirstPause}).second) return;
  looks_.set(route, std::min<Clock::time_point>(now + kFirstPause, now + grace_));
}

void Peers::reached(const std::string& route) {
  const auto found = away_.find(route);
  if (found == away_.end()) return;
  const Away away = found->second;
  away_.erase(found);
  looks_.cancel(route);
  if (away.lost)
    log::info("presence.peer.back", "A domain answers again; its users are asked for presence.",
              {{"local", local_of(route)}, {"peer", peer_of(route)}});
  handlers_.returned(route, away.long_away);
}

void Peers::look(const std::string& route) {
  const auto found = away_.find(route);
  if (found == away_.end()) return;
  Away& away = found->second;
  const auto now = surroundings_.clock();
  const bool newly_lost = !away.lost && now >= away.grace_ends;
  away.lost = away.lost || newly_lost;
  away.long_away = true;
  const auto next = now + away.pause;
  looks_.set(route, away.lost ? next : std::min(next, away.grace_ends));
  away.pause = std::min<Clock::duration>(away.pause * 2, kLongestPause);
  if (newly_lost) {
    log::warning("presence.peer.lost",
                 "A domain cannot be reached; its users are shown as offline.",
                 {{"local", local_of(route)}, {"peer", peer_of(route)}});
    handlers_.lost(route);
  }
  if (handlers_.try_again(route)) return;
  away_.erase(route);
  looks_.cancel(route);
}

}  // namespace causeway::gateway::presence
