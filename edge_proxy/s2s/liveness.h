#pragma once

#include <chrono>
#include <optional>

namespace causeway::edge::s2s {

// Whether a stream that carries nothing is still there, by the three settings that the original
// had:
//
//   StreamInactivityTimeout: nothing at all, in either direction, white space included, for so
//   long:
//     the stream is closed.
//   EnableKeepAlive (of the partner): both sides let themselves be heard. We write white space when
//     we have been silent for half of the KeepAliveInterval, and a peer that may send on this
//     stream must be heard within the whole of it, or the stream is closed. Without it, neither.
//   KeepAliveInterval: is below StreamInactivityTimeout as a rule (300 s, 600 s), so that
//   keep-alives
//     hold an idle stream.
//
// White space does not show that a peer is dead before TCP gives up. Where the peer has to answer,
// to <r/> or to a ping, it is asked after `quiet`, and must answer within `answer`: a dead one is
// noticed after the sum of the two.
struct Timing {
  std::chrono::steady_clock::duration inactivity;
  std::chrono::steady_clock::duration keep_alive;  // the interval
  bool keeps_alive;                                // the partner does
  std::chrono::steady_clock::duration quiet;
  std::chrono::steady_clock::duration answer;
  // What the peer says it waits for a sign of ours (XEP-0478); its absence is no limit.
  std::optional<std::chrono::steady_clock::duration> peer_waits;
};

struct Signs {
  using Time = std::chrono::steady_clock::time_point;
  Time now;
  Time last_heard;
  Time last_sent;
  std::optional<Time> asked_at;  // an answer is owed since
  bool hears;                    // the peer may send stanzas on this stream
  bool sends;                    // we may
  bool can_ask;
};

enum class Due {
  nothing,
  white_space,  // to be written
  question,     // to be put
  end_idle,     // nobody needs the stream
  end_silent,   // the peer has not been heard for too long
};

Due due(const Signs& signs, const Timing& timing);

}  // namespace causeway::edge::s2s
