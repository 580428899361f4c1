#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "frontend_gateway/presence/subscriber/shelf.h"
#include "frontend_gateway/sip/dialog.h"
#include "frontend_gateway/store/rows.h"

namespace causeway::gateway::presence {

// One that is gone leaves its number to nobody else, so what comes late finds nothing.
using WatchNumber = std::uint32_t;

// An XMPP user who wants to see a SIP user's presence, and the subscription that is held for him:
// the SIP side decides for each watcher by himself, so each has a dialog of his own. What they see
// of one user is shared.
struct Watch {
  using Clock = std::chrono::steady_clock;
  enum class State : std::uint8_t {
    storing,  // asked by XMPP; the row is on its way to the database
    trying,   // SUBSCRIBE is sent, and nothing has come yet
    pending,  // there is a subscription, and nobody has decided
    active,   // he may see it; without dialog after "invariant"
    backoff,  // there is no subscription; it is tried again
    closing,  // ended by XMPP or by policy; the SIP side is being told
  };

  explicit Watch(WatchNumber number) : number(number) {}

  WatchNumber number;
  std::string local, remote;  // bare JIDs: the SIP user, the XMPP user
  State state = State::storing;
  absl::Time since;

  // --- Towards XMPP.
  bool authorized = false;   // `subscribed` was said
  bool leaving = false;      // the row is going, because he has said `unsubscribe`
  bool again = false;        // he has said `subscribe` after that
  bool quiet = false;        // his domain is not to be written to
  bool error_told = false;   // he knows that there is no such user
  bool told_unknown = true;  // what he has been told was told by another life, or not handed on
  bool told_notes = false;
  KnownRef told;   // null: that nobody is there
  KnownRef known;  // by the last NOTIFY of this dialog or the one before
  Clock::time_point told_at = Clock::time_point::min();
  Clock::time_point keep_until{};  // he is not told of the subscription's loss before

  // --- Towards SIP.
  std::uint32_t attempt = 0;  // SUBSCRIBEs out of a dialog; names their Call-IDs
  std::uint32_t expires = 0;  // what the notifier asks for at least; 0: nothing
  bool unanswered = false;    // a SUBSCRIBE has no answer yet
  bool goodbye = false;       // and it is the last one
  bool notified = false;      // the dialog has had a NOTIFY
  bool logged = false;        // that a document of the dialog was refused
  std::uint8_t failures = 0;  // in a row
  std::unique_ptr<sip::Dialog> dialog;
  Clock::time_point attempted = Clock::time_point::min();
  Clock::time_point not_before{};  // by Retry-After
  Clock::time_point expires_at{};  // of the dialog; the beginning of time: nobody has said
  Clock::time_point booked{};      // the refresh, in the calendar
  Clock::time_point missing_since{};
};

inline store::Watch row_of(const Watch& watch) {
  return {watch.local, watch.remote,
          watch.authorized ? store::Watch::State::active : store::Watch::State::pending,
          watch.since};
}

}  // namespace causeway::gateway::presence
