#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "frontend_gateway/address/sip_uri.h"
#include "frontend_gateway/config/session.h"
#include "frontend_gateway/courier/errand.h"
#include "frontend_gateway/session/modes.h"
#include "frontend_gateway/sip/message.h"
#include "frontend_gateway/surroundings/deadlines.h"
#include "frontend_gateway/surroundings/surroundings.h"

namespace causeway::gateway::session {

class Session;

// What a session asks of the rest of the gateway.
struct Callbacks {
  // A text from SIP as the MESSAGE out of a dialog that it would be: between addresses of record,
  // with the resource the answer goes to as gr, and the Call-ID of the session. Answers it.
  std::function<void(const sip::IncomingRequest&, Reply)> hear;
  // A text whose recipient takes it in page mode only. In their order.
  std::function<void(const mapping::SipUri& from, const mapping::SipUri& to, Errand)> page;
  // Every other text, once, without its request.
  std::function<void(Errand, sip::Response)> finished;
  // How texts go to the users of a hosted domain, an A-label.
  std::function<Mode(const std::string& domain)> mode;
};

// What is due in a session, or in one of its dialogs.
enum class Due : std::uint8_t { idle, text, silence, repeat, refresh };
struct Alarm {
  std::uint64_t session = 0;
  std::uint64_t leg = 0;  // 0: none
  Due what = Due::idle;

  friend auto operator<=>(const Alarm&, const Alarm&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Alarm& alarm) {
    return H::combine(std::move(h), alarm.session, alarm.leg, static_cast<int>(alarm.what));
  }
};

// What all sessions have in common.
struct Shared {
  struct Place {
    std::uint64_t session;
    std::uint64_t leg;
  };

  Shared(Surroundings& all, const config::Session& settings, Callbacks call,
         Deadlines<Alarm>::Due due)
      : surroundings(all),
        limits(settings),
        callbacks(std::move(call)),
        alarms(all, std::move(due)),
        refusers(settings.remembered, settings.remember) {}

  // Who finds one keeps it alive while it is at work.
  std::shared_ptr<Session> find(std::uint64_t session) const {
    const auto found = sessions.find(session);
    return found == sessions.end() ? nullptr : found->second;
  }

  Surroundings& surroundings;
  const config::Session limits;
  const Callbacks callbacks;
  Deadlines<Alarm> alarms;
  Refusers refusers;  // by the bare SIP URI
  absl::flat_hash_map<std::uint64_t, std::shared_ptr<Session>> sessions;
  absl::flat_hash_map<std::string, Place> dialogs;  // by Dialog::id()
  std::function<void(Session&)> over;               // it has ended, and is forgotten
  std::uint64_t numbers = 0;                        // given to sessions and legs
  std::size_t goodbyes = 0;                         // BYEs without an answer
  bool draining = false;
};

}  // namespace causeway::gateway::session
