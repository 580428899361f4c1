#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "edge_proxy/async/task_group.h"
#include "edge_proxy/ledger/ledger.h"
#include "edge_proxy/s2s/carrier.h"
#include "edge_proxy/s2s/environment.h"
#include "edge_proxy/s2s/events.h"
#include "edge_proxy/s2s/inbound.h"
#include "edge_proxy/s2s/intake.h"
#include "edge_proxy/stream/transport_stream.h"

namespace causeway::edge::s2s {

// One inbound stream, from its first byte to its last: negotiated, then relayed to the gateways;
// and when it is bidirectional, it carries our stanzas to the peer. Owned by the coroutine that
// runs it.
//
// Stays on its thread, with one exception: a bidirectional stream that another thread accepted goes
// to the thread that owns the partner's routes, once, before its first stanza. So a route and the
// streams that can carry it are always on one thread, and nothing is handed between threads for
// each batch.
class Session final : private Intake::Host {
 public:
  // `stranger` is its place among the unauthenticated, given back once it has proved a domain.
  Session(tls::Transport transport, Environment& environment, Port port,
          Admission::Ticket stranger);
  ~Session() override;

  // To the end of the stream; or until it has to go to another thread, which goes_to() says then.
  asio::awaitable<void> run();
  std::optional<std::size_t> goes_to() const { return goes_to_; }
  // On the other thread: run() goes on from here.
  void arrive(Environment& environment, asio::any_io_executor executor);

  // From outside run(), on its thread.
  void end(stream::StreamError error) { stream_.interrupt(std::move(error)); }
  void displace();                      // a stranger, in favour of another
  void stop();                          // writes what waits, and ends the stream
  void configure();                     // there is a new directory
  void close(std::string_view domain);  // if it is a stream with this domain
  void tick(std::chrono::steady_clock::time_point now);

 private:
  asio::awaitable<void> serve();
  void establish();
  asio::awaitable<void> relay();
  void carry_back();
  asio::awaitable<void> finish(std::optional<stream::StreamError> fault, bool lost, bool left);

  // Of Intake::Host.
  Admitted admit(const xml::Element& element) override;
  asio::awaitable<void> heed(xml::Element request) override;
  Carrier& carrier() override;
  bool hears() const override { return true; }

  asio::awaitable<void> verify(xml::Element request);
  void report_end(const FailureReport& end) const;
  StreamReport about() const;

  Environment* environment_;
  stream::TransportStream stream_;
  Inbound inbound_;
  bool established_ = false;
  std::optional<std::size_t> goes_to_;
  Admission::Ticket stranger_;
  std::optional<Admission::Ticket> place_;
  ledger::Page page_;  // once it is established
  std::optional<Carrier> carrier_;
  std::optional<Intake> intake_;
  std::optional<async::TaskGroup> verifications_;  // of further domains, while stanzas go on
};

}  // namespace causeway::edge::s2s
