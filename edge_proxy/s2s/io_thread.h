#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "common/link/delivery.h"
#include "edge_proxy/async/task_group.h"
#include "edge_proxy/ledger/ledger.h"
#include "edge_proxy/s2s/acceptor.h"
#include "edge_proxy/s2s/environment.h"
#include "edge_proxy/s2s/peers.h"

namespace causeway::edge::s2s {

// What all I/O threads share. Outlives them.
struct Shared {
  const config::Config& config;
  const Federation::Uplink& uplink;
  Admission admission;
  Governor governor;
  ledger::Ledger& ledger;
  std::shared_ptr<const tls::Context> tls;
  std::atomic<std::size_t> queued_bytes{0};
  dialback::Quota verifications;
  std::function<void(std::string_view)> heard_from;  // tells every thread
  std::function<void(v1::Stanza)> answer;            // Federation::send of a stanza of our own
  std::function<std::size_t(const Partner&)> owner;  // see Environment
  std::function<void(std::size_t, std::unique_ptr<Session>)> hand_over;
};

// One I/O thread: an io_context that it alone runs, and every stream that lives on it. What is said
// from other threads is posted.
class IoThread {
 public:
  IoThread(Shared& shared, std::size_t number);
  ~IoThread();  // stopped and joined by then
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  // Before start(). An error says what is missing.
  absl::Status open();
  absl::StatusOr<asio::ip::tcp::endpoint> bind(const asio::ip::tcp::endpoint& address, Port port);
  void start();
  absl::Status listen();  // before the first configure(), which begins to accept

  // From any thread, between start() and join().
  void configure(std::shared_ptr<const Directory> directory);
  void send(std::vector<causeway::link::Delivery> deliveries);
  void adopt(std::unique_ptr<Session> session);  // from another of them
  void heard_from(std::string remote);
  void use(std::shared_ptr<const tls::Context> certificates);  // for handshakes from now on
  void close(std::string remote);                              // ends the streams with this domain
  void stop();                                                 // begins it
  void join();  // waits for its end, which stop() bounds

 private:
  void apply(std::shared_ptr<const Directory> directory);
  asio::awaitable<void> tick();
  asio::awaitable<void> wind_up();
  void run();

  const config::Limits& limits_;
  ledger::Tally& tally_;
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::vector<char> read_buffer_;
  stream::StreamSettings streams_;
  dns::Resolver resolver_;
  dialback::Verifier verifier_;
  Environment environment_;
  Acceptor acceptor_;
  Peers peers_;
  std::thread thread_;
  async::TaskGroup ticking_;
  async::TaskGroup ending_;
};

}  // namespace causeway::edge::s2s
