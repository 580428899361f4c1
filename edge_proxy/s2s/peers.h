#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/link/delivery.h"
#include "edge_proxy/async/task_group.h"
#include "edge_proxy/s2s/environment.h"
#include "edge_proxy/s2s/peer.h"

namespace causeway::edge::s2s {

// The outbound streams of one thread: one for each pair of domains that this thread owns.
class Peers {
 public:
  Peers(Environment& environment, asio::any_io_executor executor);

  // In order. Each stanza's receipt says what became of it.
  void send(std::vector<causeway::link::Delivery> deliveries);

  void configure();
  void heard_from(std::string_view remote);
  void close(std::string_view remote);
  void tick(std::chrono::steady_clock::time_point now);
  void stop();
  bool serving() const;
  // After stop() and some time: ends what is still at work.
  asio::awaitable<void> abandon() { return tasks_.stop(); }

 private:
  using Pair = std::pair<std::string, std::string>;  // local, remote
  using PairView = std::pair<std::string_view, std::string_view>;
  // So that a look-up makes no strings.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const PairView& pair) const {
      return TextHash{}(pair.first) * 31 + TextHash{}(pair.second);
    }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const PairView& a, const PairView& b) const { return a == b; }
  };

  Peer* find(const v1::Stanza& stanza);

  Environment& environment_;
  absl::flat_hash_map<Pair, std::unique_ptr<Peer>, Hash, Equal> peers_;
  async::TaskGroup tasks_;
};

}  // namespace causeway::edge::s2s
