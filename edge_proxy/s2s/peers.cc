#include "edge_proxy/s2s/peers.h"

#include <algorithm>

#include "absl/status/statusor.h"
#include "common/log/log.h"
#include "common/stanza/conditions.h"

namespace causeway::edge::s2s {

Peers::Peers(Environment& environment, asio::any_io_executor executor)
    : environment_(environment), tasks_(std::move(executor)) {}

void Peers::send(std::vector<causeway::link::Delivery> deliveries) {
  std::vector<Peer*> touched;
  for (causeway::link::Delivery& delivery : deliveries) {
    Peer* const peer = find(delivery.stanza);
    if (peer == nullptr) {
      delivery.receipt.refused(stanza::error(v1::POLICY_VIOLATION, "not an allowed partner"));
      continue;
    }
    peer->send(std::move(delivery));
    if (std::find(touched.begin(), touched.end(), peer) == touched.end()) touched.push_back(peer);
  }
  // Only now, so that one write takes all of the batch.
  for (Peer* const peer : touched) peer->flush();
}

Peer* Peers::find(const v1::Stanza& stanza) {
  const PairView pair(stanza.from().domain(), stanza.to().domain());
  if (const auto found = peers_.find(pair); found != peers_.end()) return found->second.get();
  const Directory& directory = *environment_.directory;
  if (!directory.hosts(pair.first) || directory.partner(pair.second) == nullptr) return nullptr;
  absl::StatusOr<address::Domain> local = address::Domain::parse(pair.first);
  absl::StatusOr<address::Domain> remote = address::Domain::parse(pair.second);
  if (!local.ok() || !remote.ok()) return nullptr;
  auto peer = std::make_unique<Peer>(environment_, tasks_, *std::move(local), *std::move(remote));
  return peers_.emplace(Pair(pair), std::move(peer)).first->second.get();
}

void Peers::configure() {
  for (auto& entry : peers_) entry.second->configure();
}

void Peers::heard_from(std::string_view remote) {
  for (auto& entry : peers_) {
    if (entry.first.second == remote) entry.second->heard_from();
  }
}

void Peers::close(std::string_view remote) {
  for (auto& entry : peers_) {
    if (entry.first.second == remote) entry.second->close();
  }
}

void Peers::tick(std::chrono::steady_clock::time_point now) {
  for (auto& entry : peers_) entry.second->tick(now);
  absl::erase_if(peers_, [&](const auto& entry) { return entry.second->idle(now); });
}

void Peers::stop() {
  for (auto& entry : peers_) entry.second->stop();
}

bool Peers::serving() const {
  return std::any_of(peers_.begin(), peers_.end(),
                     [](const auto& entry) { return entry.second->serving(); });
}

}  // namespace causeway::edge::s2s
