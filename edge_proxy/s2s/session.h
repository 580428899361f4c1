#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "edge_proxy/async/task_group.h"
#include "edge_proxy/ledger/ledger.h"
#include "edge_proxy/s2s/environment.h"
#include "edge_proxy/s2s/events.h"
#include "edge_proxy/s2s/inbound.h"
#include "edge_proxy/stream/transport_stream.h"

namespace causeway::edge::s2s {

// One inbound stream, from its first byte to its last: negotiated, then relayed to the gateways. A
// local of the coroutine that runs it; stays on its thread.
class Session {
 public:
  // `stranger` is its place among the unauthenticated, given back once it has proved a domain.
  Session(tls::Transport transport, Environment& environment, Port port,
          Admission::Ticket stranger);

  asio::awaitable<void> run();

  // From outside run(), on its thread.
  void end(stream::StreamError error) { stream_.interrupt(std::move(error)); }
  void configure();                     // there is a new directory
  void close(std::string_view domain);  // if it is a stream with this domain
  void tick(std::chrono::steady_clock::time_point now);

 private:
  asio::awaitable<void> serve();
  void establish();
  asio::awaitable<void> relay();
  std::vector<xml::Element> pass(xml::Element first);
  asio::awaitable<void> dialback(xml::Element request);
  asio::awaitable<void> verify(xml::Element request);
  void report_end(const FailureReport& end) const;
  StreamReport about() const;

  Environment& environment_;
  stream::TransportStream stream_;
  Inbound inbound_;
  bool established_ = false;
  Admission::Ticket stranger_;
  std::optional<Admission::Ticket> place_;
  ledger::Page page_;               // once it is established
  async::TaskGroup verifications_;  // of further domains, while stanzas go on
};

}  // namespace causeway::edge::s2s
