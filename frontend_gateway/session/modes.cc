#include "frontend_gateway/session/modes.h"

namespace causeway::gateway::session {

void Refusers::add(const std::string& user, Clock::time_point now) {
  const Clock::time_point until = now + remembered_;
  until_[user] = until;
  oldest_first_.emplace_back(until, user);
  while (!oldest_first_.empty() &&
         (oldest_first_.size() > most_ || oldest_first_.front().first <= now)) {
    const auto found = until_.find(oldest_first_.front().second);
    // It may have refused again since then.
    if (found != until_.end() && found->second == oldest_first_.front().first) until_.erase(found);
    oldest_first_.pop_front();
  }
}

bool Refusers::contains(const std::string& user, Clock::time_point now) const {
  const auto found = until_.find(user);
  return found != until_.end() && found->second > now;
}

}  // namespace causeway::gateway::session
