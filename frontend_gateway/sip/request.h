#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "frontend_gateway/config/config.h"
#include "frontend_gateway/sip/acknowledged.h"
#include "frontend_gateway/sip/digest.h"
#include "frontend_gateway/sip/hop.h"
#include "frontend_gateway/sip/libre.h"
#include "frontend_gateway/sip/locator.h"
#include "frontend_gateway/sip/loop.h"
#include "frontend_gateway/sip/tls.h"
#include "frontend_gateway/sip/user_agent.h"

namespace causeway::gateway::sip {

// The requests we send, from send() to the final response: which targets there are, which one is
// tried, and which next. Via, branch, retransmission and Timers B and F are libre's. In the loop's
// thread.
class Requests {
 public:
  struct Limits {
    std::size_t pending;
    std::chrono::milliseconds answer_within;
    std::chrono::milliseconds failover_after;
    std::chrono::milliseconds health_period;
    std::chrono::milliseconds health_patience;
  };

  Requests(struct ::sip* stack, Loop& loop, Locator& locator, const Tls* tls, Limits limits);
  ~Requests();

  // Fails for a next hop that cannot be sent to, for one when there is no listener of its
  // transport, whose address the Via would carry.
  absl::Status aim(const config::Sip& settings);

  void send(Request request, UserAgent::Answered answered);
  // A response that no transaction waits for: a 2xx to INVITE, repeated or of a fork.
  void stray(const sip_msg& response);
  // Whether a request out of dialogs with this From tag is one of ours that came back.
  bool made(std::string_view from_tag) const { return from_tag.starts_with(mark_); }
  // Whether an INVITE of ours is under way in that dialog (RFC 3261 section 14.2).
  bool inviting(const std::string& dialog) const { return inviting_.contains(dialog); }
  std::vector<UserAgent::NextHop> next_hops() const;
  // Answers everything with 503; what is sent from now on, too.
  void close();

 private:
  using Clock = std::chrono::steady_clock;
  struct Pending;
  struct Route;
  using HopKey = std::tuple<int, std::array<std::uint8_t, 16>, std::uint16_t>;

  static int on_send(sip_transp transport, const sa* local, const sa* peer, mbuf* message,
                     void* arg);
  static void on_response(int error, const sip_msg* message, void* arg);

  // In the order of a request's life.
  static HopKey key_of(const Target& target);
  bool leads_to(const Route& route, const Hop& hop) const;
  Pending& taken(Request request, UserAgent::Answered answered);
  void dispatch(Pending& pending, std::string wrong, bool full);
  std::string written(Pending& pending);
  Route* route_for(const Request& request);
  void seek(Pending& pending);
  void seek(Route& route);
  void located(Route& route, std::vector<Target> targets, Clock::time_point until);
  void advance(Pending& pending);
  const Target* choose(Pending& pending);
  bool proves(const Hop& hop, const Target& target) const;
  Hop& hop_at(const Target& target);
  void pump(Hop& hop);
  void start(Pending& pending);
  void unsent(std::uint64_t id, int error);
  Hop* leave(Pending& pending);
  bool may_move(const Pending& pending) const;
  void move_on(Pending& pending, Response response);
  void put_aside(Hop& hop, std::chrono::seconds time, bool asked);
  void answer(Pending& pending, const sip_msg& message);
  bool authenticate(Pending& pending, const sip_msg& message);
  void acknowledge(const Request& invite, const std::string& authorization, const sip_msg& response,
                   bool end);
  void give_up(Pending& pending);
  void finish(std::uint64_t id, Response response);

  void limit(Pending& pending, std::chrono::milliseconds answer_within);
  void wake_at(Pending& pending, Clock::time_point when);
  void expired(Pending& pending);
  void lost(Hop& hop);
  void expire();
  void arm();
  void forget(Hop& hop);
  void check();
  void check(Route& route, const Target& target);
  void heard_of(const HopKey& key, const Response& response);

  struct ::sip* stack_;
  Loop& loop_;
  Locator& locator_;
  const Tls* const tls_;  // nothing without listeners of TLS
  const Limits limits_;
  const std::string mark_;  // begins the From tags made here
  bool closed_ = false;

  std::vector<std::unique_ptr<Route>> routes_;  // the first is the default
  absl::flat_hash_map<std::string, Route*> by_domain_;
  absl::flat_hash_map<HopKey, std::unique_ptr<Hop>> hops_;

  std::uint64_t sent_ = 0;
  absl::flat_hash_map<std::uint64_t, std::unique_ptr<Pending>> pending_;
  std::size_t within_ = 0;                          // of pending_, those in dialogs
  absl::flat_hash_map<std::string, int> inviting_;  // by dialog
  absl::btree_set<std::pair<Clock::time_point, std::uint64_t>> deadlines_;  // of pending_
  Clock::time_point armed_for_ = Clock::time_point::max();
  Acknowledged acknowledged_;
};

// Why a request may not be sent; empty when it may. Pure.
std::string flaw(const Request& request);

// Whether libre's word that a request under way has ended so says that its target has not got it:
// of a connection it tells no failure but that nothing was sent, over UDP that of a repetition.
// Pure.
bool surely_unsent(int error, bool reliable);

}  // namespace causeway::gateway::sip
