#include "edge_proxy/s2s/acceptor.h"

#include <sys/socket.h>

#include <asio/detail/socket_option.hpp>
#include <asio/error.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "common/log/log.h"

namespace causeway::edge::s2s {
namespace {

using asio::ip::tcp;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

// Who closes a descriptor will not be faster for being asked often.
constexpr std::chrono::milliseconds kPauseWithoutDescriptors{200};

const char* words_for(Admission::Refusal refusal) {
  switch (refusal) {
    case Admission::Refusal::address_too_fast:
      return "this address connects too often";
    case Admission::Refusal::address_full:
      return "too many from this address";
    case Admission::Refusal::network_full:
      return "too many from this network";
    case Admission::Refusal::all_full:
      break;
  }
  return "too many in all";
}

bool lacks_resources(const std::error_code& error) {
  return error == std::errc::too_many_files_open ||
         error == std::errc::too_many_files_open_in_system || error == std::errc::no_buffer_space ||
         error == std::errc::not_enough_memory;
}

// The socket itself is no good, and will not become any better.
bool is_lasting(const std::error_code& error) {
  return error == std::errc::invalid_argument || error == std::errc::bad_file_descriptor ||
         error == std::errc::not_a_socket || error == std::errc::operation_not_supported;
}

asio::awaitable<void> pause() {
  asio::steady_timer timer(co_await asio::this_coro::executor, kPauseWithoutDescriptors);
  co_await timer.async_wait(asio::use_awaitable);
}

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
  absl::Status status;
  for (auto socket = sockets_.begin(); socket != sockets_.end();) {
    std::error_code error;
    socket->listen(tcp::acceptor::max_listen_connections, error);
    if (error) status = absl::UnavailableError(error.message());
    socket = error ? sockets_.erase(socket) : std::next(socket);
  }
  return status;
}

void Acceptor::accept() {
  for (tcp::acceptor& socket : sockets_) tasks_.spawn(accept(socket));
}

asio::awaitable<void> Acceptor::accept(tcp::acceptor& socket) {
  for (;;) {
    std::error_code error;
    tcp::socket accepted =
        co_await socket.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::operation_aborted || !socket.is_open()) co_return;
    if (!error) {
      welcome(std::move(accepted));
    } else if (is_lasting(error)) {
      log::error("s2s.accept_ended", "One of the sockets that accept connections is of no use.",
                 {{"reason", error.message()}});
      co_return;
    } else if (lacks_resources(error)) {
      // Those who connect wait in the kernel's queue, as far as it goes.
      if (environment_.admission.worth_telling(std::chrono::steady_clock::now())) {
        log::warning("s2s.accept_failed",
                     "Connections cannot be accepted at the moment; they are asked for again and "
                     "again.",
                     {{"reason", error.message()}});
      }
      co_await pause();
    }
    // Whatever else it was concerned the one connection that was not to be.
  }
}

// XEP-0205: who is one too many is told nothing, it would only cost more.
void Acceptor::welcome(tcp::socket socket) {
  std::error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  if (error) return;  // gone again
  const auto now = std::chrono::steady_clock::now();
  Admission::Answer answer = environment_.admission.stranger(peer.address(), now);
  if (!answer.ticket && answer.refusal == Admission::Refusal::all_full && make_room(now)) {
    answer = environment_.admission.stranger_again(peer.address());
  }
  if (!answer.ticket) {
    log::debug("s2s.turned_away", "Too many connections that have not authenticated.",
               {{"address", peer.address().to_string()}, {"reason", words_for(answer.refusal)}});
    return;
  }
  strangers_.push_back({nullptr, now});
  const auto stranger = std::prev(strangers_.end());
  Admission::Ticket ticket = remember(stranger, *std::move(answer.ticket));
  tasks_.spawn(serve(std::move(socket), stranger, std::move(ticket)));
}

// When all places are taken, the one that is held for the longest time goes to somebody else,
// unless its holder may still be about to prove something. Each thread has its share of the
// connections, so its oldest is about as old as any.
bool Acceptor::make_room(std::chrono::steady_clock::time_point now) {
  if (strangers_.empty()) return false;
  const Stranger oldest = strangers_.front();
  if (oldest.session == nullptr) return false;
  if (now - oldest.since < environment_.limits.unauthenticated_patience) return false;
  oldest.session->displace();
  return true;
}

// The ticket goes back when the stream has authenticated, or ends.
Admission::Ticket Acceptor::remember(Strangers::iterator stranger, Admission::Ticket ticket) {
  return Admission::Ticket([this, stranger, held = std::move(ticket)]() mutable {
    strangers_.erase(stranger);
    held = {};
  });
}

asio::awaitable<void> Acceptor::serve(tcp::socket socket, Strangers::iterator stranger,
                                      Admission::Ticket ticket) {
  std::error_code gone_again;
  const bool direct_tls = direct_tls_ports_.contains(socket.local_endpoint(gone_again).port());
  auto session =
      std::make_unique<Session>(tls::Transport(std::move(socket)), environment_,
                                direct_tls ? Port::direct_tls : Port::any, std::move(ticket));
  stranger->session = session.get();
  co_await run(std::move(session));
}

asio::awaitable<void> Acceptor::run(std::unique_ptr<Session> session) {
  {
    sessions_.insert(session.get());
    const absl::Cleanup gone = [&] { sessions_.erase(session.get()); };
    co_await session->run();
  }
  if (const std::optional<std::size_t> thread = session->goes_to()) {
    environment_.hand_over(*thread, std::move(session));
  }
}

void Acceptor::adopt(std::unique_ptr<Session> session) {
  session->arrive(environment_, executor_);
  if (stopped_) session->end(stream::StreamError(stream::Condition::system_shutdown));
  tasks_.spawn(run(std::move(session)));
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
  stopped_ = true;
  for (Session* const session : sessions_) session->stop();
}

}  // namespace causeway::edge::s2s
