#include "edge_proxy/s2s/acceptor.h"

#include <sys/socket.h>

#include <asio/detail/socket_option.hpp>
#include <asio/error.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "common/log/log.h"

namespace causeway::edge::s2s {
namespace {

using asio::ip::tcp;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

// Out of file descriptors, most often: whoever closes one will not be faster for being asked often.
constexpr std::chrono::seconds kPauseAfterFailure{1};

}  // namespace

Acceptor::Acceptor(Environment& environment, asio::any_io_executor executor)
    : environment_(environment), executor_(executor), tasks_(executor) {}

absl::StatusOr<tcp::endpoint> Acceptor::bind(const tcp::endpoint& address, Port port) {
  tcp::acceptor socket(executor_);
  std::error_code error;
  socket.open(address.protocol(), error);
  if (error == asio::error::address_family_not_supported) {
    return absl::UnimplementedError("this host does not speak this protocol family");
  }
  if (!error) socket.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) socket.set_option(ReusePort(true), error);
  if (!error && address.address().is_v6()) socket.set_option(asio::ip::v6_only(true), error);
  if (!error) socket.bind(address, error);
  const tcp::endpoint bound = error ? address : socket.local_endpoint(error);
  if (error) return absl::UnavailableError(error.message());
  if (port == Port::direct_tls) direct_tls_ports_.insert(bound.port());
  sockets_.push_back(std::move(socket));
  return bound;
}

absl::Status Acceptor::listen() {
  for (tcp::acceptor& socket : sockets_) {
    std::error_code error;
    socket.listen(tcp::acceptor::max_listen_connections, error);
    if (error) return absl::UnavailableError(error.message());
  }
  return absl::OkStatus();
}

void Acceptor::accept() {
  for (tcp::acceptor& socket : sockets_) tasks_.spawn(accept(socket));
}

asio::awaitable<void> Acceptor::accept(tcp::acceptor& socket) {
  for (;;) {
    std::error_code error;
    tcp::socket accepted =
        co_await socket.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::operation_aborted) co_return;
    if (!error) {
      welcome(std::move(accepted));
      continue;
    }
    log::warning("s2s.accept_failed",
                 "A connection could not be accepted; trying again in a second.",
                 {{"reason", error.message()}});
    asio::steady_timer timer(executor_, kPauseAfterFailure);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

// XEP-0205: who is one too many is told nothing, it would only cost more.
void Acceptor::welcome(tcp::socket socket) {
  std::error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  if (error) return;  // gone again
  std::optional<Admission::Ticket> ticket = environment_.admission.stranger(peer.address());
  if (!ticket) {
    log::debug("s2s.turned_away", "Too many connections that have not authenticated.",
               {{"address", peer.address().to_string()}});
    environment_.tally.turned_away.add();
    return;
  }
  tasks_.spawn(serve(std::move(socket), *std::move(ticket)));
}

asio::awaitable<void> Acceptor::serve(tcp::socket socket, Admission::Ticket ticket) {
  std::error_code gone_again;
  const bool direct_tls = direct_tls_ports_.contains(socket.local_endpoint(gone_again).port());
  Session session(tls::Transport(std::move(socket)), environment_,
                  direct_tls ? Port::direct_tls : Port::any, std::move(ticket));
  sessions_.insert(&session);
  const absl::Cleanup gone = [&] { sessions_.erase(&session); };
  co_await session.run();
}

void Acceptor::configure() {
  for (Session* const session : sessions_) session->configure();
}

void Acceptor::close(std::string_view domain) {
  for (Session* const session : sessions_) session->close(domain);
}

void Acceptor::tick(std::chrono::steady_clock::time_point now) {
  for (Session* const session : sessions_) session->tick(now);
}

void Acceptor::stop() {
  std::error_code ignored;
  for (tcp::acceptor& socket : sockets_) socket.close(ignored);
  for (Session* const session : sessions_) {
    session->end(stream::StreamError(stream::Condition::system_shutdown));
  }
}

}  // namespace causeway::edge::s2s
