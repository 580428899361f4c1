#include "edge_proxy/s2s/liveness.h"

#include <algorithm>

namespace causeway::edge::s2s {

Due due(const Signs& signs, const Timing& timing) {
  const auto heard = signs.now - signs.last_heard;
  const auto sent = signs.now - signs.last_sent;
  if (signs.asked_at && signs.now - *signs.asked_at >= timing.answer) return Due::end_silent;
  if (std::min(heard, sent) >= timing.inactivity) return Due::end_idle;
  if (!timing.keeps_alive) return Due::nothing;
  if (signs.hears && heard >= timing.keep_alive) return Due::end_silent;
  if (signs.can_ask && !signs.asked_at && heard >= std::min(timing.quiet, timing.keep_alive / 2)) {
    return Due::question;
  }
  const auto expected = std::min(timing.keep_alive, timing.peer_waits.value_or(timing.keep_alive));
  if (signs.sends && sent >= expected / 2) return Due::white_space;
  return Due::nothing;
}

}  // namespace causeway::edge::s2s
