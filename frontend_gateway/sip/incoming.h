#pragma once

#include <array>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "frontend_gateway/sip/checks.h"
#include "frontend_gateway/sip/libre.h"
#include "frontend_gateway/sip/user_agent.h"

namespace causeway::gateway::sip {

// What arrives. A request passes three doors: ours, where what is wrong is refused without keeping
// state; libre's transactions, which take retransmissions, ACK and CANCEL; and ours again, which
// hands it on. In the loop's thread.
class Incoming {
 public:
  struct Limits {
    std::size_t message_bytes;
    std::size_t pending;
  };

  Incoming(struct ::sip* stack, std::vector<UserAgent::Method> methods, Limits limits);
  ~Incoming();

  absl::Status open();
  // What is unanswered stays so.
  void close();

 private:
  friend class Transaction;

  bool guard(const sip_msg& message);
  bool guard_response(const sip_msg& message);
  bool receive(const sip_msg& message);
  void refuse(const sip_msg& message, const Refusal& why);
  void answer_options(const sip_msg& message);
  void hand_on(const sip_msg& message, IncomingRequest request);

  struct ::sip* stack_;
  const std::vector<UserAgent::Method> methods_;
  const Limits limits_;
  std::vector<std::string> names_;
  std::array<sip_lsnr*, 4> doors_{};  // libre keeps the addresses of these, and clears them
  absl::flat_hash_set<Transaction*> unanswered_;
};

// One request being answered. Owned by its Answer; closed with the agent.
class Transaction {
 public:
  Transaction(Incoming& owner, const sip_msg& message);
  ~Transaction();

  bool open();
  void reply(int status, std::string_view reason, const std::vector<Header>& headers);
  void close();

 private:
  Incoming* owner_;
  Owned<sip_msg> message_;
  sip_strans* transaction_ = nullptr;  // libre's after the final response
};

}  // namespace causeway::gateway::sip
