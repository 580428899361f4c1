#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/address/domain.h"
#include "common/link/delivery.h"
#include "edge_proxy/async/task_group.h"
#include "edge_proxy/s2s/backoff.h"
#include "edge_proxy/s2s/environment.h"
#include "edge_proxy/s2s/events.h"
#include "edge_proxy/s2s/send_queue.h"
#include "edge_proxy/stream/transport_stream.h"

namespace causeway::edge::s2s {

// The outbound side of one (local, remote) pair of domains: what waits for a stream, the one
// stream, and the pause after a failure. Stays on its thread. Its coroutines belong to Peers' task
// group, which ends them before it goes.
class Peer {
 public:
  using Clock = std::chrono::steady_clock;

  Peer(Environment& environment, async::TaskGroup& tasks, address::Domain local,
       address::Domain remote);
  ~Peer();

  // Queues the stanza or refuses it; flush() sets what is queued in motion.
  void send(causeway::link::Delivery delivery);
  void flush();

  void configure();   // there is a new directory
  void heard_from();  // its server is up: no pause any longer
  void close();       // the operator does not want the stream; what waits makes another
  void tick(Clock::time_point now);
  // Writes what can be written, refuses what waits for a stream, and ends the stream.
  void stop();

  // No coroutine is at work, and nothing is worth remembering.
  bool idle(Clock::time_point now) const;
  bool at_work() const { return running_ || writing_; }
  // A stream is up, or ending: worth waiting for at the end of the daemon.
  bool serving() const { return serving_ || writing_; }

 private:
  // Establishing, in the order of peer.cc.
  asio::awaitable<void> run();
  asio::awaitable<bool> establish();
  asio::awaitable<void> connect(std::shared_ptr<const Directory> directory, stream::Steps& steps);
  asio::awaitable<bool> attempt(const Directory& directory, bool direct_tls, stream::Steps& steps);
  void failed(Refusal refusal, const FailureReport& failure, const stream::Steps& steps);

  // Established.
  asio::awaitable<void> serve();
  asio::awaitable<void> listen();
  asio::awaitable<void> write();
  std::string take();
  void end(stream::StreamError error);
  void lost();

  std::optional<Refusal> refusal_for(std::size_t bytes) const;
  bool permitted() const;
  bool still_allowed() const;
  StreamReport about() const;

  Environment& environment_;
  async::TaskGroup& tasks_;
  const address::Domain local_;
  const address::Domain remote_;

  SendQueue queue_;
  std::vector<SendQueue::Waiting> in_flight_;

  std::unique_ptr<stream::TransportStream> stream_;
  std::string address_;  // of the server it leads to, or the last one that was tried
  ledger::Page page_;    // while it is up
  std::optional<Admission::Ticket> place_;
  v1::StreamEvent::Proof proof_ = v1::StreamEvent::NO_PROOF;
  bool running_ = false;  // run() is at work
  bool serving_ = false;  // serve() is
  bool up_ = false;       // the stream carries stanzas
  bool writing_ = false;  // write() is at work
  bool keep_alive_due_ = false;
  bool stopping_ = false;

  Backoff backoff_;
  Refusal last_refusal_{};
};

}  // namespace causeway::edge::s2s
