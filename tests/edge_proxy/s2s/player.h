#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <string>

#include "edge_proxy/async/task_group.h"
#include "edge_proxy/s2s/federation.h"
#include "edge_proxy/tls/transport.h"
#include "tests/edge_proxy/s2s/dialogue.h"
#include "tests/edge_proxy/s2s/world.h"

namespace causeway::test {

// Plays the peer's part of a dialogue to a whole Federation, over loopback. Throws when the edge
// does not say its lines.
class Player {
 public:
  Player(const World& world, const Dialogue& dialogue);

  // Only the first `lines` lines; then the connection is cut.
  void play(std::size_t lines);

 private:
  v1::Snapshot snapshot() const;
  void forbid_more();
  asio::awaitable<void> perform(std::size_t lines);
  asio::awaitable<void> open();
  asio::awaitable<void> act(const Line& line);
  asio::awaitable<void> expect(const std::string& pattern);
  asio::awaitable<void> expect_end();
  asio::awaitable<void> handshake();
  asio::awaitable<void> answer_questions();
  asio::awaitable<void> answer_question(asio::ip::tcp::socket socket);
  std::string filled_in(std::string text) const;

  const World& world_;
  const Dialogue& dialogue_;
  asio::io_context io_{1};
  asio::ip::tcp::acceptor server_;  // of the peer's domain
  std::shared_ptr<Gathered> gathered_ = std::make_shared<Gathered>();
  edge::s2s::Federation federation_;
  std::optional<edge::tls::Transport> peer_;
  std::string heard_;  // and not yet expected
  std::string id_;     // which the edge gave its stream
  std::string ping_;   // the id of the last ping the edge has sent
  edge::async::TaskGroup tasks_;
};

}  // namespace causeway::test
