#include "frontend_gateway/gateway/tastes.h"

namespace causeway::gateway {

Tastes::Tastes(const config::Sip& settings, std::size_t most) : most_(most) {
  for (const config::SipRoute& route : settings.routes) {
    OfDomain& domain = domains_[route.domain];
    domain.takes[index(What::markup)] = route.html;
    domain.takes[index(What::notifications)] = route.notifications;
    domain.takes[index(What::typing)] = route.typing;
    for (std::size_t kind = 0; kind < kKinds; ++kind)
      by_domain_[kind] = by_domain_[kind] || domain.takes[kind];
  }
}

bool Tastes::anybody_takes(What what) const {
  return by_domain_[index(what)] || shown_[index(what)] > 0;
}

bool Tastes::takes(What what, const mapping::SipUri& user) const {
  if (!anybody_takes(what)) return false;
  const auto learned = users_.find(user.bare());
  if (learned != users_.end() && learned->second.tastes[index(what)] != Taste::unknown)
    return learned->second.tastes[index(what)] == Taste::takes;
  const auto domain = domains_.find(user.host);
  return domain != domains_.end() && domain->second.takes[index(what)];
}

void Tastes::learn(What what, const mapping::SipUri& user, bool takes) {
  const auto [known, is_new] = users_.try_emplace(user.bare());
  Taste& taste = known->second.tastes[index(what)];
  const Taste before = std::exchange(taste, takes ? Taste::takes : Taste::declines);
  if (takes && before != Taste::takes) ++shown_[index(what)];
  if (!takes && before == Taste::takes) --shown_[index(what)];
  if (!is_new) return;
  oldest_first_.push_back(known->first);
  if (oldest_first_.size() <= most_) return;
  const auto oldest = users_.find(oldest_first_.front());
  for (std::size_t kind = 0; kind < kKinds; ++kind)
    if (oldest->second.tastes[kind] == Taste::takes) --shown_[kind];
  users_.erase(oldest);
  oldest_first_.pop_front();
}

}  // namespace causeway::gateway
