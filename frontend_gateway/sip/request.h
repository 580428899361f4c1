#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "frontend_gateway/sip/connection.h"
#include "frontend_gateway/sip/libre.h"
#include "frontend_gateway/sip/loop.h"
#include "frontend_gateway/sip/user_agent.h"

namespace causeway::gateway::sip {

// The requests we send, from send() to the final response. Via, branch, retransmission and Timer F
// are libre's. In the loop's thread.
class Requests {
 public:
  struct Limits {
    std::size_t pending;
    std::chrono::milliseconds answer_within;
  };

  Requests(struct ::sip* stack, Loop& loop, Limits limits);
  ~Requests();

  // `next_hop` as configured: "sip:10.0.0.5:5060;transport=tcp". Fails for what cannot be sent to,
  // for one when there is no listener of its transport, whose address the Via would carry.
  absl::Status aim(const std::string& next_hop);

  void send(Request request, UserAgent::Answered answered);
  // Answers everything with 503; what is sent from now on, too.
  void close();

 private:
  using Clock = std::chrono::steady_clock;
  struct Pending;

  static int on_send(sip_transp transport, const sa* local, const sa* peer, mbuf* message,
                     void* arg);
  static void on_response(int error, const sip_msg* message, void* arg);

  std::string written(const Request& request);
  bool named() const { return route_.af == AF_UNSPEC; }
  bool resolved() const { return !named() || Clock::now() < resolved_until_; }
  void resolved(sip_transp transport, const sa& peer);
  void limit(Pending& pending, std::chrono::milliseconds answer_within);
  void pump();
  void start(Pending& pending);
  void unsent(std::uint64_t id, int error);
  void finish(std::uint64_t id, Response response);
  void lost(const sa& peer);
  void expire();
  void arm();

  struct ::sip* stack_;
  Loop& loop_;
  const Limits limits_;
  std::string route_text_;
  uri route_{};  // points into route_text_
  bool reliable_ = false;
  // libre asks the DNS for each request. What it found is used again for a while, and until it
  // fails.
  std::string resolved_text_;
  uri resolved_{};  // points into resolved_text_
  Clock::time_point resolved_until_{};
  std::uint64_t resolving_ = 0;  // the request that finds out
  bool closed_ = false;

  std::uint64_t sent_ = 0;
  absl::flat_hash_map<std::uint64_t, std::unique_ptr<Pending>> pending_;
  std::deque<std::uint64_t> waiting_;  // for room in the connection's window
  std::size_t outstanding_ = 0;        // octets handed to libre and not answered
  absl::btree_set<std::pair<Clock::time_point, std::uint64_t>> deadlines_;  // of pending_
  Clock::time_point armed_for_ = Clock::time_point::max();
  Connection connection_;
};

// Why a request may not be sent; empty when it may. Pure.
std::string flaw(const Request& request);

}  // namespace causeway::gateway::sip
