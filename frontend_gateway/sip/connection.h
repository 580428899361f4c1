#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "frontend_gateway/sip/libre.h"
#include "frontend_gateway/sip/loop.h"

namespace causeway::gateway::sip {

// What is known of the TCP or TLS connection to the next hop. libre opens and reuses it by itself,
// tells nobody when it closes, and refuses to queue more than 512 KiB on it; both matter to who
// sends requests.
class Connection {
 public:
  using Lost = absl::AnyInvocable<void(const sa& peer)>;

  // `lost` is called when the connection to `peer` is gone: what was sent on it will not be
  // answered.
  Connection(struct ::sip* stack, Loop& loop);
  ~Connection();
  void on_lost(Lost lost) { lost_ = std::move(lost); }

  // A request was handed to libre for `peer`.
  void used(const sa& peer);
  // A response came from `peer`: from here on libre reports the end, and queues as much as window()
  // says.
  void heard(const sip_msg& response);

  // Whether libre has a connection to the peer, and whether it stands. Slow: libre prints its
  // tables.
  bool listed() const;
  bool established() const;

  // Octets of requests that may be unanswered at once.
  std::size_t window() const;

 private:
  void ended();
  void watch();

  struct ::sip* stack_;
  Loop& loop_;
  Lost lost_;
  sa peer_;
  bool watched_ = false;
  const std::shared_ptr<const bool> life_ = std::make_shared<const bool>(true);  // for timers
  std::chrono::steady_clock::time_point used_{};
  sip_keepalive* until_closed_ = nullptr;  // libre clears it
};

}  // namespace causeway::gateway::sip
