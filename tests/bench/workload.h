#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <cstdint>

#include "tests/bench/ledger.h"
#include "tests/bench/sip_side.h"
#include "tests/bench/xmpp_side.h"

namespace causeway::bench {

// How much, and how fast.
struct Load {
  std::uint64_t messages = 0;
  double per_second = 0;        // 0: as fast as `window` allows
  std::uint64_t window = 2000;  // at most this many under way
};

struct Outcome {
  std::chrono::duration<double> time{};  // from the first sent to the last received
  bool complete = false;                 // false: some had not come 30 s after the last was sent
};

// Sends the load and returns when everything has arrived, or when nothing has for 30 s.
asio::awaitable<Outcome> xmpp_to_sip(XmppSide& from, edge::tls::Transport& stream,
                                     std::size_t pairs, Ledger& ledger, Load load);
asio::awaitable<Outcome> sip_to_xmpp(SipSide& from, Ledger& ledger, Load load);

}  // namespace causeway::bench
