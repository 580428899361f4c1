#pragma once

#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "common/address/domain.h"
#include "edge_proxy/async/task_group.h"
#include "edge_proxy/dialback/request.h"
#include "edge_proxy/ledger/ledger.h"
#include "edge_proxy/s2s/carrier.h"
#include "edge_proxy/s2s/environment.h"
#include "edge_proxy/s2s/events.h"
#include "edge_proxy/s2s/intake.h"
#include "edge_proxy/s2s/route.h"
#include "edge_proxy/s2s/stream_limits.h"
#include "edge_proxy/stream/places.h"
#include "edge_proxy/stream/transport_stream.h"

namespace causeway::edge::s2s {

// One stream that we open, for a route that has none: connected, negotiated, then carrying stanzas
// until it ends; to the peer, and when it is bidirectional also from it. Stays on its thread; lives
// as long as the coroutine that runs it, which `tasks` owns.
class Call final : private Intake::Host {
 public:
  using Clock = std::chrono::steady_clock;

  Call(Environment& environment, async::TaskGroup& tasks, Route& route);

  // Looks for a server, and negotiates; false when there is no stream.
  asio::awaitable<bool> establish();
  // From then on: carries the route, to the end of the stream.
  void begin();
  asio::awaitable<void> serve();

  // From outside these, on its thread.
  void configure();                     // there is a new directory
  void close(std::string_view domain);  // the operator does not want streams with it
  void tick(Clock::time_point now);
  // Writes what can be written, and ends the stream.
  void stop();

  // Whether another pair of domains might be carried here, too (XEP-0220 section 2.6): of the same
  // partner, and provable by dialback, which needs no other stream.
  bool may_take(const Route& route) const;
  // Proves the pair; false when the peer would not have it, or leads elsewhere. The caller keeps
  // this alive meanwhile, and the route.
  asio::awaitable<bool> take(Route& route, Clock::time_point deadline);

  // A stream is up, or ending: worth waiting for at the end of the daemon.
  bool serving() const { return carrier_.has_value(); }

 private:
  // Establishing, in the order of call.cc.
  asio::awaitable<void> connect(std::shared_ptr<const Directory> directory, stream::Steps& steps);
  asio::awaitable<bool> attempt(const Directory& directory, bool direct_tls, stream::Steps& steps);
  void failed(Refusal refusal, const FailureReport& failure, const stream::Steps& steps);

  // Established.
  asio::awaitable<void> end(std::optional<stream::StreamError> fault, bool lost, bool left);
  void interrupt(stream::StreamError error);

  // Of Intake::Host.
  Admitted admit(const xml::Element& element) override;
  asio::awaitable<void> heed(xml::Element element) override;
  Carrier& carrier() override { return *carrier_; }
  bool hears() const override { return bidi_; }

  bool still_allowed() const;
  StreamReport about() const;

  Environment& environment_;
  async::TaskGroup& tasks_;
  Route& route_;  // which it was made for

  std::unique_ptr<stream::TransportStream> stream_;
  std::optional<Admission::Ticket> place_;
  std::string address_;  // of the server it leads to, or the last one that was tried
  v1::StreamEvent::Proof proof_ = v1::StreamEvent::NO_PROOF;
  // Another pair that the peer was asked to believe.
  struct Asked {
    Route& route;
    dialback::Request request;
    asio::steady_timer answered;  // cancelled when it is, or when nothing will come any more
    std::optional<dialback::Verdict> verdict;
    bool taken = false;
  };

  bool may_carry(const Route& route) const;
  bool may_still_carry() const;
  void settle(Asked& asked);
  asio::awaitable<bool> is_at_same_place(const Route& route);

  std::string id_;                // which the peer gave the stream
  bool dialback_errors_ = false;  // it takes further pairs, and says so when it does not
  std::list<Asked*> asked_;
  absl::flat_hash_set<const Route*> declined_;
  bool bidi_ = false;
  bool management_ = false;  // the peer has it
  StreamLimits peer_limits_;
  ledger::Page page_;  // while it is up
  std::optional<Carrier> carrier_;
  std::optional<Intake> intake_;
};

}  // namespace causeway::edge::s2s
