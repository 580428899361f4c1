#include "frontend_gateway/policy/contacts.h"

#include <algorithm>
#include <tuple>

namespace causeway::gateway::policy {
namespace {

constexpr std::size_t kMost = 1'000'000;  // some 150 MB

// No bare JID holds a space (RFC 7622 section 3.3).
std::string key(std::string_view local, std::string_view remote) {
  std::string key;
  key.reserve(local.size() + 1 + remote.size());
  key.append(local).append(1, ' ').append(remote);
  return key;
}

}  // namespace

Contacts::Contacts(const std::vector<store::Contact>& rows) {
  for (const store::Contact& row : rows) add(row);
}

bool Contacts::knows(std::string_view local, std::string_view remote) const {
  return known_.contains(key(local, remote));
}

bool Contacts::add(const store::Contact& contact) {
  if (known_.size() >= kMost) return false;
  return known_.try_emplace(key(contact.local, contact.remote), Known{contact.by, contact.since})
      .second;
}

bool Contacts::remove(std::string_view local, std::string_view remote) {
  return known_.erase(key(local, remote)) != 0;
}

std::vector<store::Contact> Contacts::list(std::string_view local) const {
  std::vector<store::Contact> found;
  for (const auto& [both, known] : known_) {
    const std::size_t space = both.find(' ');
    if (!local.empty() && local != std::string_view(both).substr(0, space)) continue;
    found.push_back({both.substr(0, space), both.substr(space + 1), known.by, known.since});
  }
  std::sort(found.begin(), found.end(), [](const store::Contact& a, const store::Contact& b) {
    return std::tie(a.local, a.remote) < std::tie(b.local, b.remote);
  });
  return found;
}

}  // namespace causeway::gateway::policy
