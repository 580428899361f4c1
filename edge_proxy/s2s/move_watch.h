#pragma once

#include <chrono>
#include <optional>

#include "edge_proxy/stream/whereabouts.h"

namespace causeway::edge::s2s {

// Whether a server that could not be reached has moved since: looked up after the failure, then
// again when a stanza asks for it and the DNS may have changed. A value; knows no clock, and looks
// nothing up.
class MoveWatch {
 public:
  using Clock = std::chrono::steady_clock;

  // It could not be reached, wherever it is now.
  void failed() {
    before_.reset();
    wanted_ = true;
  }
  // It can, or somebody wants to try: nothing to be watched.
  void reset() {
    before_.reset();
    wanted_ = false;
  }

  // Whether it is time to look; then until found() or given_up().
  bool due(Clock::time_point now) const {
    return wanted_ && !looking_ && (!before_ || now >= before_->expires);
  }
  void look() { looking_ = true; }
  bool looking() const { return looking_; }

  // What a look has shown. True: it has moved.
  bool found(const stream::Whereabouts& now) {
    looking_ = false;
    if (!wanted_) return false;
    const bool moved = before_ && stream::has_moved(*before_, now);
    if (!before_ || moved) {
      before_ = now;
    } else {
      before_->expires = now.expires;
    }
    return moved;
  }
  void given_up() { looking_ = false; }

 private:
  bool wanted_ = false;
  bool looking_ = false;
  std::optional<stream::Whereabouts> before_;
};

}  // namespace causeway::edge::s2s
