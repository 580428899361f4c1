#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "frontend_gateway/sip/checks.h"
#include "frontend_gateway/sip/libre.h"
#include "frontend_gateway/sip/loop.h"
#include "frontend_gateway/sip/repeats.h"
#include "frontend_gateway/sip/seldom.h"
#include "frontend_gateway/sip/trust.h"
#include "frontend_gateway/sip/user_agent.h"

namespace causeway::gateway::sip {

// What arrives. A request passes three doors: ours, where what is wrong is refused without keeping
// state; libre's transactions, which take retransmissions, CANCEL and the ACK of a refusal; and
// ours again, which hands it on. In the loop's thread.
class Incoming {
 public:
  struct Limits {
    std::size_t message_bytes;
    std::size_t pending;
  };

  // What is asked of the requests we send.
  struct Ours {
    std::function<void(Request)> send;                    // whose outcome nobody waits for
    std::function<bool(std::string_view from_tag)> made;  // a request with it came back to us
    std::function<bool(const std::string& dialog)>
        inviting;                                        // an INVITE of ours is under way in it
    std::function<void(const sip_msg& response)> stray;  // nobody waits for it
  };

  Incoming(struct ::sip* stack, Loop& loop, std::vector<UserAgent::Method> methods, Limits limits,
           Trust trust, Ours ours);
  ~Incoming();

  absl::Status open();
  // What is unanswered stays so.
  void close();
  std::uint64_t strangers() const { return strangers_; }

 private:
  friend class Transaction;

  bool guard(const sip_msg& message);
  bool trusted(const sip_msg& message) const;
  void turn_away(const sip_msg& message, bool cut);
  bool guard_response(const sip_msg& message);
  bool receive(const sip_msg& message);
  void refuse(const sip_msg& message, const Refusal& why);
  void answer_options(const sip_msg& message);
  void hand_on(const sip_msg& message, IncomingRequest request);
  const UserAgent::Method* method(std::string_view name) const;
  std::string contact(const sip_msg& message) const;
  void unacknowledged(const IncomingRequest& invite);
  void end_unasked(const IncomingRequest& invite);

  struct ::sip* stack_;
  Loop& loop_;
  const std::vector<UserAgent::Method> methods_;
  const Limits limits_;
  const Trust trust_;
  const Ours ours_;
  std::uint64_t strangers_ = 0;  // requests of those who are not trusted
  Seldom seldom_;
  std::vector<std::string> names_, in_dialog_;  // of methods_
  Repeats repeats_;
  std::array<sip_lsnr*, 4> doors_{};  // libre keeps the addresses of these, and clears them
  absl::flat_hash_set<Transaction*> unanswered_;
  absl::flat_hash_set<std::uint64_t> identities_;  // of those out of dialogs
};

// One request being answered. Owned by its Answer; closed with the agent.
class Transaction {
 public:
  Transaction(Incoming& owner, const sip_msg& message);
  ~Transaction();

  bool open();
  void reply(int status, std::string_view reason, const std::vector<Header>& headers,
             std::string_view content_type, std::string_view body);
  void close();

 private:
  bool invite() const { return view(message_->met) == "INVITE"; }
  void cancelled();

  Incoming* owner_;
  const std::uint64_t identity_;
  Owned<sip_msg> message_;
  sip_strans* transaction_ = nullptr;  // libre's after the final response
  bool cancelled_ = false;             // and answered 487
};

}  // namespace causeway::gateway::sip
