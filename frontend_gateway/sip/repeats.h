#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "frontend_gateway/sip/libre.h"
#include "frontend_gateway/sip/loop.h"
#include "frontend_gateway/sip/message.h"

namespace causeway::gateway::sip {

// 2xx responses to INVITE, each repeated until its ACK (RFC 3261 section 13.3.1.4): what libre
// leaves to the one who answers. In the loop's thread.
class Repeats {
 public:
  // Of an INVITE whose 2xx nobody acknowledged for 32 s.
  using Unacknowledged = std::function<void(const IncomingRequest& invite)>;

  Repeats(struct ::sip* stack, Loop& loop, Unacknowledged unacknowledged);
  ~Repeats();

  // `response` was sent to `invite`, which came as `message`.
  void begin(IncomingRequest invite, Owned<sip_msg> message, Owned<mbuf> response);
  void acknowledged(const IncomingRequest& ack);
  void close();
  std::size_t size() const { return waiting_.size(); }

 private:
  struct Response;

  void arm(const std::string& key, std::uint64_t order, std::chrono::milliseconds delay);
  void due(const std::string& key, std::uint64_t order);

  struct ::sip* stack_;
  Loop& loop_;
  const Unacknowledged unacknowledged_;
  // By dialog and CSeq. Shared with nobody; a pointer because sip_msg is counted by libre.
  absl::flat_hash_map<std::string, std::unique_ptr<Response>> waiting_;
  std::uint64_t begun_ = 0;
};

// "<sip:192.0.2.1:5060;transport=tcp>": where requests of `transport` reach this listener.
std::string contact_at(sip_transp transport, const sa& listener);

}  // namespace causeway::gateway::sip
