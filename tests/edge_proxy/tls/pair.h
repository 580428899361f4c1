#pragma once

#include <asio/co_spawn.hpp>
#include <asio/experimental/deferred.hpp>
#include <asio/experimental/parallel_group.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <utility>

#include "edge_proxy/tls/transport.h"
#include "tests/support/asio/run.h"

namespace causeway::test {

// Two ends of one connection over loopback.
struct Pair {
  edge::tls::Transport client;
  edge::tls::Transport server;
};

inline std::pair<asio::ip::tcp::socket, asio::ip::tcp::socket> connected_sockets(
    asio::any_io_executor executor) {
  using asio::ip::tcp;
  tcp::acceptor acceptor(executor, {asio::ip::address_v4::loopback(), 0});
  tcp::socket client(executor);
  client.connect(acceptor.local_endpoint());
  tcp::socket server = acceptor.accept();
  return {std::move(client), std::move(server)};
}

inline Pair connected_pair(asio::any_io_executor executor) {
  auto [client, server] = connected_sockets(executor);
  return {edge::tls::Transport(std::move(client)), edge::tls::Transport(std::move(server))};
}

// How each of two coroutines, run side by side, ended.
struct Endings {
  std::exception_ptr first;
  std::exception_ptr second;
  void rethrow() const {
    if (first) std::rethrow_exception(first);
    if (second) std::rethrow_exception(second);
  }
};

inline asio::awaitable<Endings> both(asio::awaitable<void> first, asio::awaitable<void> second) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto group = asio::experimental::make_parallel_group(
                   asio::co_spawn(executor, std::move(first), asio::experimental::deferred),
                   asio::co_spawn(executor, std::move(second), asio::experimental::deferred))
                   .async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
  auto outcome = co_await std::move(group);
  Endings endings{std::get<1>(outcome), std::get<2>(outcome)};
  co_return endings;
}

// The handshake at both ends.
inline asio::awaitable<void> secure(Pair& pair, std::shared_ptr<const edge::tls::Context> client,
                                    std::shared_ptr<const edge::tls::Context> server) {
  const Endings endings = co_await both(pair.client.connect_tls(client, "fabrikam.example"),
                                        pair.server.accept_tls(server));
  endings.rethrow();
}

// What a server and a client of ours see of `peer`.
struct Seen {
  edge::tls::PeerCertificate inbound;
  edge::tls::PeerCertificate outbound;
};

inline Seen see(const std::shared_ptr<const edge::tls::Context>& us,
                const std::shared_ptr<const edge::tls::Context>& peer) {
  asio::io_context io;
  Pair in = connected_pair(io.get_executor());
  run(io, secure(in, peer, us));
  Pair out = connected_pair(io.get_executor());
  run(io, secure(out, us, peer));
  return {in.server.peer_certificate(), out.client.peer_certificate()};
}

}  // namespace causeway::test
