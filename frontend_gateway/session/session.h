#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "causeway/v1/stanza.pb.h"
#include "frontend_gateway/address/sip_uri.h"
#include "frontend_gateway/courier/errand.h"
#include "frontend_gateway/session/leg.h"
#include "frontend_gateway/session/sdp.h"
#include "frontend_gateway/session/shared.h"

namespace causeway::gateway::session {

// Who speaks with whom: addresses of record.
struct Parties {
  mapping::SipUri xmpp;
  mapping::SipUri sip;
};

// The session of an XMPP user with a SIP user, from the first text or INVITE until its last dialog
// has ended and nothing waits. README.md has its states and events.
class Session {
 public:
  Session(Shared& shared, std::uint64_t number, Parties parties);
  ~Session();

  const Parties& parties() const { return parties_; }
  std::uint64_t number() const { return number_; }

  // From XMPP, said by the device `resource`, which gets the answers from then on (XEP-0296).

  // Leaves `errand` as it is and says false when there is no room for it.
  bool push(Errand& errand, const std::string& resource);
  void type(v1::Message::ChatState state, const std::string& resource);
  // BYE, once what waits has been sent.
  void finish();
  // That device has gone.
  void unlock(const std::string& resource);

  // From SIP.

  // An INVITE out of a dialog; `offer` is what its body says, if it has one.
  void invited(const sip::IncomingRequest& request, const std::optional<Description>& offer,
               Reply reply);
  // Any request within the dialog `leg`.
  void asked(std::uint64_t leg, const sip::IncomingRequest& request, Reply reply);

  void due(const Alarm& alarm);

 private:
  using Clock = std::chrono::steady_clock;
  struct Text {
    Errand errand;
    Clock::time_point deadline;
    std::size_t bytes = 0;  // of its body when it came
    bool again = false;     // a dialog died under it
  };
  struct Invite {
    sip::Request request;
    bool carries_text = false;
    bool larger = false;  // asked for with the interval of a 422
  };
  struct Accepting;
  struct Method;

  // The way out: out.cc.
  void go_on();
  void invite(std::chrono::seconds interval, bool larger);
  sip::Request invitation(const Text& first, std::chrono::seconds interval, bool& carries) const;
  void invite_answered(sip::Response response);
  void opened(const Invite& invite, sip::Response response);
  void unsupported(const sip::Response& response);
  void refuse_all(const sip::Response& response);
  void send_text(Leg& leg);
  void text_answered(std::uint64_t number, sip::Response response);
  void send_typing();
  bool hopeless(const Text& text) const;
  std::vector<Text> take_hopeless();
  void give_up(std::vector<Text> late);
  Text take_front();
  void watch(Clock::time_point deadline);

  // The way in: in.cc.
  void accept(Accepting accepting, bool understood);
  void turn_away(const translate::SipAnswer& answer, Reply& reply);
  void heard(Leg& leg, const sip::IncomingRequest& request, Reply reply);
  void heard_out(std::uint64_t number, bool locked, int status);
  void informed(Leg& leg, const sip::IncomingRequest& request, Reply reply);
  void typed(const sip::IncomingRequest& request, Reply reply);
  void hung_up(Leg& leg, const sip::IncomingRequest& request, Reply reply);
  void reinvited(Leg& leg, const sip::IncomingRequest& request, Reply reply);
  void updated(Leg& leg, const sip::IncomingRequest& request, Reply reply);
  void composing(bool active, std::chrono::seconds lasts);
  void tell(v1::Message::ChatState state);
  sip::IncomingRequest as_page_mode(const sip::IncomingRequest& request,
                                    const std::string& instance) const;

  // Its dialogs: session.cc.
  Leg* find(std::uint64_t number);
  Leg* current() { return find(current_); }
  Leg& add(sip::Dialog dialog, Interval interval, bool updates, std::string_view contact);
  void speak_on(Leg& leg);
  void end(Leg& leg);
  void hang_up(Leg& leg);
  void forget(Leg& leg);
  void end_all();
  void done(std::uint64_t number);
  void await_refresh(const Leg& leg);
  void refresh(Leg& leg);
  void refreshed(std::uint64_t number, const sip::Response& response);
  void idle();
  void used() { used_ = shared_.surroundings.clock(); }
  void settle();

  Shared& shared_;
  const std::uint64_t number_;
  const Parties parties_;
  std::string lock_;  // the resource of the XMPP user who spoke last; empty: any
  std::vector<std::unique_ptr<Leg>> legs_;  // in the order of their opening
  std::uint64_t current_ = 0;               // where our texts go; 0: nowhere yet
  std::optional<Invite> inviting_;          // unanswered
  int answering_ = 0;                       // INVITEs of theirs whose text is on its way
  std::list<Text> texts_;                   // in order; the first may be out
  std::size_t bytes_ = 0;
  bool out_ = false;        // the first text is in a MESSAGE without an answer
  bool finishing_ = false;  // no text is to come
  bool composing_ = false;  // we have told XMPP that the SIP user types
  bool typing_ = false;     // we have told SIP that the XMPP user types
  int repeats_ = 0;         // of that, still to be sent
  Clock::time_point used_{};
  Clock::time_point looking_ = Clock::time_point::max();  // for texts that have waited too long
};

}  // namespace causeway::gateway::session
