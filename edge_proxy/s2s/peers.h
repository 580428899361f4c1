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
#include "edge_proxy/s2s/call.h"
#include "edge_proxy/s2s/environment.h"
#include "edge_proxy/s2s/route.h"

namespace causeway::edge::s2s {

// The outward side of one thread: the routes to the partners it owns, and the calls made for them.
class Peers {
 public:
  Peers(Environment& environment, asio::any_io_executor executor);

  // In order. Each stanza's receipt says what became of it.
  void send(std::vector<causeway::link::Delivery> deliveries);
  // The way from one of our domains to one of a partner's; nullptr when they have nothing to say to
  // each other.
  Route* route(std::string_view local, std::string_view remote);

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

  asio::awaitable<void> call(Route& route);
  asio::awaitable<bool> share(Route& route);
  void look_again(Route& route);
  asio::awaitable<void> look(Route& route);

  Environment& environment_;
  absl::flat_hash_map<Pair, std::unique_ptr<Route>, Hash, Equal> routes_;
  std::vector<std::shared_ptr<Call>> calls_;
  async::TaskGroup tasks_;
};

}  // namespace causeway::edge::s2s
