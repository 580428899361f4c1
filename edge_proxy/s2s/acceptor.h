#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "edge_proxy/async/task_group.h"
#include "edge_proxy/s2s/environment.h"
#include "edge_proxy/s2s/session.h"

namespace causeway::edge::s2s {

// The listening sockets of one thread, and the inbound streams that came through them. Every thread
// has its own socket on each address (SO_REUSEPORT): the kernel shares the connections out.
class Acceptor {
 public:
  Acceptor(Environment& environment, asio::any_io_executor executor);

  // Takes the address; nobody can connect before listen(). Returns the address with the port that
  // it was given. An error says what is wrong.
  absl::StatusOr<asio::ip::tcp::endpoint> bind(const asio::ip::tcp::endpoint& address, Port port);
  // From here on connections are taken, and wait for accept(). Any thread, but before accept(). An
  // address that cannot be listened on is given up; the error is the last of them.
  absl::Status listen();
  void accept();

  // A session that has come from another thread.
  void adopt(std::unique_ptr<Session> session);

  void configure();
  void close(std::string_view domain);  // the streams with this domain
  void tick(std::chrono::steady_clock::time_point now);
  // Accepts no more, and ends every stream with <system-shutdown/>.
  void stop();
  bool at_work() const { return !sessions_.empty(); }
  asio::awaitable<void> abandon() { return tasks_.stop(); }

 private:
  // A stream that has not authenticated; they stand in the order in which they came.
  struct Stranger {
    Session* session;
    std::chrono::steady_clock::time_point since;
  };
  using Strangers = std::list<Stranger>;

  asio::awaitable<void> accept(asio::ip::tcp::acceptor& socket);
  void welcome(asio::ip::tcp::socket socket);
  bool make_room(std::chrono::steady_clock::time_point now);
  Admission::Ticket remember(Strangers::iterator stranger, Admission::Ticket ticket);
  asio::awaitable<void> serve(asio::ip::tcp::socket socket, Strangers::iterator stranger,
                              Admission::Ticket ticket);
  asio::awaitable<void> run(std::unique_ptr<Session> session);

  Environment& environment_;
  asio::any_io_executor executor_;
  std::list<asio::ip::tcp::acceptor> sockets_;
  absl::flat_hash_set<std::uint16_t> direct_tls_ports_;
  Strangers strangers_;
  absl::flat_hash_set<Session*> sessions_;
  bool stopped_ = false;
  async::TaskGroup tasks_;
};

}  // namespace causeway::edge::s2s
