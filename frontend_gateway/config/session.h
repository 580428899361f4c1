#pragma once

#include <chrono>
#include <cstddef>

namespace causeway::gateway::config {

// IM sessions with SIP users (INVITE), as Lync has them.
struct Session {
  std::size_t sessions = 20000;     // at once; some 3 KiB each
  std::size_t per_partner = 10000;  // ... with users of one XMPP domain
  std::size_t per_user = 500;       // ... of one user, of either side
  std::size_t queued_texts = 50;  // of one session, until it is open and those before are answered
  std::size_t queued_bytes = 64 << 10;
  std::chrono::milliseconds invite_timeout{30000};  // to open one
  std::chrono::seconds idle_close{600};             // without a text or typing
  std::chrono::seconds session_expires{1800};       // RFC 4028, what we ask for
  std::chrono::seconds remember{24 * 3600};         // that a user refused one, in mode auto
  std::size_t remembered = 100000;                  // such users
  friend bool operator==(const Session&, const Session&) = default;
};

}  // namespace causeway::gateway::config
