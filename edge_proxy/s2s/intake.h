#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/address/domain.h"
#include "common/xml/element.h"
#include "edge_proxy/ledger/ledger.h"
#include "edge_proxy/s2s/carrier.h"
#include "edge_proxy/s2s/environment.h"
#include "edge_proxy/s2s/handled.h"
#include "edge_proxy/s2s/liveness.h"
#include "edge_proxy/s2s/relay.h"
#include "edge_proxy/stream/transport_stream.h"

namespace causeway::edge::s2s {

// The inward half of one established stream, whichever side opened it. It reads until the stream
// ends: stanzas go to the gateways, all of one read together; acknowledgements are given and taken
// here (XEP-0198), in their place among the stanzas; what else concerns the stream is its owner's.
//
// Stays on its thread.
class Intake {
 public:
  using Clock = std::chrono::steady_clock;

  // The owner of the stream.
  class Host {
   public:
    virtual ~Host() = default;
    // What becomes of a stanza. Throws StreamError.
    virtual Admitted admit(const xml::Element& element) = 0;
    // An element for which concerns_stream() holds. What follows it in the stream comes later.
    virtual asio::awaitable<void> heed(xml::Element element) = 0;
    // The outward half: at least for what is no stanza.
    virtual Carrier& carrier() = 0;
    // The peer may send stanzas on this stream.
    virtual bool hears() const = 0;
  };

  Intake(Environment& environment, stream::TransportStream& stream, ledger::Page& page, Host& host);
  ~Intake();

  // Returns never: throws what the stream throws.
  asio::awaitable<void> run();
  // After the peer has ended the stream: waits until what it has sent is handled, and says so, so
  // that it need not send it again. Not longer than to the deadline.
  asio::awaitable<void> settle(Clock::time_point deadline);

  // Before we end the stream: says what is handled by now.
  void take_leave();

  // Stream management, as the one who asks for it: the peer's features offer it.
  void propose_management();
  // What of it can be seen from outside.
  bool manages() const { return handled_ != nullptr; }

  // Which way stanzas go: from the peer, to it.
  struct Ways {
    bool hears;
    bool sends;
  };
  // What there is to do about a stream that carries nothing. `peer` says what the peer waits.
  Due due(Clock::time_point now, Ways ways, const Partner* partner, const StreamLimits& peer) const;
  // Asks the peer for a sign of life, from one of our domains to one of its.
  void ask(const address::Domain& local, const address::Domain& remote, Ways ways);
  void tick(Clock::time_point now);

 private:
  struct Ping {
    std::string id;
    std::string from;  // of the answer
    std::string to;
    Clock::time_point sent_at;
  };

  asio::awaitable<void> wait_for_gateways();
  std::optional<xml::Element> pass(xml::Element first);
  bool answers_ping(const xml::Element& element);
  void manage(const xml::Element& element);
  void enable();
  void begin_counting();
  void acknowledge();
  std::optional<Clock::time_point> waits_since() const;
  std::optional<Clock::time_point> asked_at() const;

  Environment& environment_;
  stream::TransportStream& stream_;
  ledger::Page& page_;
  Host& host_;
  std::shared_ptr<Handled> handled_;
  bool proposed_ = false;
  Clock::time_point proposed_at_{};
  std::optional<Clock::time_point> owed_since_;  // an <a/> that the peer has asked for
  std::optional<Ping> ping_;
  bool paused_ = false;  // it is we who do not read
  Clock::time_point resumed_at_{};
};

}  // namespace causeway::edge::s2s
