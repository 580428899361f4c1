#include "frontend_gateway/config/session.h"

#include "frontend_gateway/config/sections.h"

namespace causeway::gateway::config {

using namespace ::causeway::config;

const Settings<Session>& session_settings() {
  constexpr std::int64_t kDay = 86'400;
  static const Settings<Session> settings = {
      number("sessions", &Session::sessions, 1, 1'000'000),
      number("per_partner", &Session::per_partner, 1, 1'000'000),
      number("per_user", &Session::per_user, 1, 1'000'000),
      number("queued_texts", &Session::queued_texts, 1, 10'000),
      number("queued_bytes", &Session::queued_bytes, 1'300, 16 << 20),
      number("invite_timeout_ms", &Session::invite_timeout, 1'000, 180'000),
      number("idle_close_seconds", &Session::idle_close, 10, 7 * kDay),
      number("session_expires_seconds", &Session::session_expires, 90, kDay),
      number("remember_seconds", &Session::remember, 1, 30 * kDay),
      number("remembered", &Session::remembered, 1, 10'000'000),
  };
  return settings;
}

}  // namespace causeway::gateway::config
