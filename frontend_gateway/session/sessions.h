#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "causeway/v1/stanza.pb.h"
#include "frontend_gateway/address/sip_uri.h"
#include "frontend_gateway/config/session.h"
#include "frontend_gateway/courier/errand.h"
#include "frontend_gateway/policy/current.h"
#include "frontend_gateway/session/modes.h"
#include "frontend_gateway/session/session.h"
#include "frontend_gateway/session/shared.h"
#include "frontend_gateway/surroundings/surroundings.h"

namespace causeway::gateway::session {

// IM sessions as Lync has them, of two users each, both ways: INVITE with `m=message ... sip null`,
// then MESSAGE and INFO within the dialog, then BYE. One session for each pair of an XMPP user
// (bare JID) and a SIP user (address of record), whatever device or thread speaks. In the SIP
// loop's thread. Not durable: after a restart the other end's next request gets 481, and it opens
// another.
class Sessions {
 public:
  Sessions(const policy::Current& policy, Surroundings& surroundings, const config::Session& limits,
           Callbacks callbacks);
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;

  // From XMPP. `from` is the XMPP user, `to` the SIP user, as mapping::to_sip() has made them; the
  // resource of the one is his device, which gets the answers.

  // Whether the text of that message goes by send(), and not in page mode: there is a session, or
  // one may be opened for it. A headline opens none; nor, in mode auto, what a limit forbids.
  bool carries(const mapping::SipUri& from, const mapping::SipUri& to,
               const v1::Stanza& message) const;
  // `errand` has the MESSAGE that would be sent in page mode, and comes back by one of
  // Callbacks::finished and page. Leaves it as it is and says false when there is no room for it.
  bool send(const mapping::SipUri& from, const mapping::SipUri& to, Errand& errand);
  // A chat state without a text; gone ends the session. False: say it in page mode, if at all.
  bool typing(const mapping::SipUri& from, const mapping::SipUri& to, v1::Message::ChatState state);
  // Whether they have a session, be it still to be answered.
  bool has(const mapping::SipUri& from, const mapping::SipUri& to) const;
  // A device of an XMPP user says to a SIP user that it goes: it gets no more answers (XEP-0296
  // section 4).
  void unavailable(const v1::Stanza& presence);

  // INVITE, and everything with a To tag but SUBSCRIBE and NOTIFY.
  void from_sip(const sip::IncomingRequest& request, Reply reply);

  // Ends the sessions of those who may not speak with each other any more.
  void policy_changed();
  // The process ends: BYE to all, after what waits.
  void drain();

  std::size_t size() const { return shared_.sessions.size(); }
  // Nothing is open or unanswered.
  bool idle() const { return shared_.sessions.empty() && shared_.goodbyes == 0; }

 private:
  std::shared_ptr<Session> find(const std::string& pair) const;
  // Null: one of the limits is reached.
  std::shared_ptr<Session> find_or_open(const mapping::SipUri& xmpp, const mapping::SipUri& sip);
  bool has_room(const Parties& parties) const;
  void refuse(const Parties& parties);
  void count(const Parties& parties, int change);
  void over(Session& session);
  void invited(const sip::IncomingRequest& request, Reply reply);

  const policy::Current& policy_;
  Shared shared_;
  absl::flat_hash_map<std::string, std::uint64_t> by_pair_;
  std::chrono::steady_clock::time_point quiet_until_{};  // of refusals
  absl::flat_hash_map<std::string, std::size_t> of_;     // of a user, or of a partner's domain
};

}  // namespace causeway::gateway::session
