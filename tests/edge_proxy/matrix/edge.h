#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "edge_proxy/s2s/federation.h"
#include "tests/edge_proxy/matrix/name_server.h"
#include "tests/edge_proxy/matrix/oracle.h"
#include "tests/edge_proxy/matrix/peer.h"
#include "tests/edge_proxy/matrix/world.h"
#include "tests/edge_proxy/s2s/world.h"

namespace causeway::test::matrix {

// What came of a cell, and what was said on the way.
struct Played {
  Outcome outcome;
  std::string dialogue;
  std::string breach{};  // of what must hold in every cell; empty: none
};

// A whole edge that receives, for all cells with its settings and its peers' TLS. play() from any
// number of threads.
class ReceivingEdge {
 public:
  ReceivingEdge(const World& world, const Cell& settings);
  ~ReceivingEdge();
  Played play(const Cell& cell);

 private:
  void vouch_for_peers(std::stop_token stopped);

  const World& world_;
  const PeerTls peer_tls_;
  Listener authority_;
  std::shared_ptr<Gathered> gathered_ = std::make_shared<Gathered>();
  edge::s2s::Federation federation_;
  std::vector<int> ports_;
  std::atomic<int> cells_{0};
  std::jthread vouching_;
};

// The place of an initiating edge in the world. Each cell has an edge of its own, because an edge
// remembers failures. One thread.
class InitiatingEdge {
 public:
  explicit InitiatingEdge(const World& world) : world_(world), name_server_(listener_.port()) {}
  Played play(const Cell& cell);

 private:
  const World& world_;
  Listener listener_;
  NameServer name_server_;
};

}  // namespace causeway::test::matrix
