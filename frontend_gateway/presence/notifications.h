#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/link/delivery.h"
#include "frontend_gateway/policy/contacts.h"
#include "frontend_gateway/policy/current.h"
#include "frontend_gateway/presence/notifier/asker.h"
#include "frontend_gateway/presence/notifier/book.h"
#include "frontend_gateway/presence/notifier/notifier.h"
#include "frontend_gateway/presence/notifier/peers.h"
#include "frontend_gateway/presence/notifier/view.h"
#include "frontend_gateway/presence/notifier/wish.h"
#include "frontend_gateway/surroundings/deadlines.h"
#include "frontend_gateway/surroundings/surroundings.h"

namespace causeway::gateway::presence {

// A SIP user watches an XMPP user, and we are the notifier (RFC 8048 section 4.3, RFC 6665 section
// 4.2): SUBSCRIBE in, `subscribe` and `probe` to XMPP, `subscribed`, `unsubscribed` and presence
// back, NOTIFY out. In the SIP loop's thread.
//
// What she may see belongs to the pair of users and outlives every dialog: a dialog's end takes
// nothing back. It is taken back by the XMPP user, by the operator (forget()), or when nobody has
// looked for `forget_after`.
//
// A 2xx is given when the dialog, and that the XMPP user is asked, are durable: a restart is seen
// by nobody.
class Notifications {
 public:
  struct Limits {
    Expiries expiries{std::chrono::seconds(60), std::chrono::seconds(3600)};
    std::chrono::milliseconds interval{5000};     // between the NOTIFYs of changes to a watcher
    std::chrono::milliseconds peer_grace{60000};  // from a peer's loss to its users being offline
    absl::Duration give_up_after = absl::Hours(24 * 30);  // asked, and no answer
    absl::Duration forget_after = absl::Hours(24 * 90);   // granted, and not used; 0: never
    // Known at all. A grant is for months, and single looks leave one for half a minute: without a
    // bound a user and a domain that grants whatever is asked could fill the memory.
    std::size_t pairs = 1000000;  // some 500 bytes each
    std::size_t subscriptions = 100000;
    std::size_t subscriptions_per_user = 2000;
    std::size_t asked = 20000;
    std::size_t asked_per_user = 500;
    std::size_t asked_per_domain = 10000;
    double asked_per_second = 50;  // after a restart, or a peer's return
    bool deactivate = false;       // drain() ends the dialogs: this gateway does not come back
  };
  struct Rows {
    std::vector<store::Grant> grants;
    std::vector<store::Subscription> subscriptions;
  };
  // Whether the XMPP user is shown the SIP user's presence: then he is not told that she has gone
  // because she has stopped looking.
  using Shown = std::function<bool(const std::string& local, const std::string& remote)>;

  Notifications(const policy::Current& policy, policy::Contacts& contacts,
                Surroundings& surroundings, Limits limits, Rows rows, Shown shown = {});
  Notifications(const Notifications&) = delete;
  Notifications& operator=(const Notifications&) = delete;

  // Once, in the loop: serves the dialogs of the rows, and asks for the presence of whom they
  // watch.
  void start();

  // A SUBSCRIBE. Answers it in the end.
  void from_sip(const sip::IncomingRequest& request, Reply reply);
  // Presence of type subscribed, unsubscribed, available, unavailable or error. All of it is taken:
  // nobody is told that nobody looks.
  void from_xmpp(causeway::link::Delivery delivery);
  // Whether an error stanza answers one of our questions.
  bool asked(const v1::Stanza& error) const { return asker_.asked(error); }
  void stream_event(const v1::StreamEvent& event);

  // Who may not watch any more is told so.
  void policy_changed();
  // The operator takes the authorization back. False: there was none.
  bool forget(const std::string& local, const std::string& remote);
  // Nothing more is begun. Who is to be served again after a restart notices nothing.
  void drain();

  struct Dialog {
    std::string call_id, remote_target;
    absl::Time expires;
  };
  struct Authorization {
    std::string local, remote;
    Pair::State state;
    absl::Time since;
    std::vector<Dialog> dialogs;
  };
  // In the order of their names.
  std::vector<Authorization> authorizations() const;

  std::size_t size() const { return book_.subscriptions(); }
  std::size_t pending() const { return notifier_.pending(); }  // NOTIFYs without an answer
  std::size_t asked_pairs() const { return book_.asked(); }

 private:
  using Clock = std::chrono::steady_clock;
  // What is due at some time.
  struct Due {
    enum class What : std::uint8_t { end, review, answer };
    What what;
    Number number;
    friend auto operator<=>(const Due&, const Due&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Due& due) {
      return H::combine(std::move(h), due.what, due.number);
    }
  };
  // A new dialog, all but its place in the book.
  struct Fresh {
    std::string local, remote, entity;
    sip::Dialog dialog;
    Wish wish;
  };

  // --- notifications_sip.cc
  Outcome<Fresh, translate::SipAnswer> judged(const sip::IncomingRequest& request) const;
  std::optional<translate::SipAnswer> no_room(const Fresh& fresh, const Pair* pair) const;
  void subscribe(const sip::IncomingRequest& request, Reply reply);
  void install(Fresh fresh, Reply reply);
  void installed(Number number, std::chrono::seconds expires, bool durable,
                 const std::optional<store::Contact>& contact, Reply& reply);
  void refused(Subscription& subscription);
  void look(Fresh fresh, Reply reply);
  void look_over(Subscription& subscription);
  void go_on(const sip::IncomingRequest& request, Reply reply);
  void refresh(Subscription& subscription, const Wish& wish, Reply reply);
  void refreshed(Number number, absl::Time before, const Wish& wish, bool durable, Reply& reply);
  void leave(Subscription& subscription, Reply reply);
  Pair& pair_of(const Fresh& fresh);
  void set_expiry(const Subscription& subscription);

  // --- notifications.cc
  void restore(const store::Grant& row);
  void restore(store::Subscription row);
  void due(const Due& due);
  void subscribed(Pair& pair, causeway::link::Receipt receipt);
  void unsubscribed(Pair& pair, causeway::link::Receipt receipt);
  void changed(Pair& pair, const v1::Stanza& presence);
  void failed(Pair& pair, const v1::StanzaError& error);
  void show(Pair& pair, ViewRef view);
  void show_closed(Pair& pair);
  void end_all(Pair& pair, Reason reason);
  void refuse(Pair& pair, Reason reason, int status, causeway::link::Receipt receipt = {});
  void remove_row(const Pair& pair, causeway::link::Receipt receipt);
  void withdraw(Pair& pair);
  void ended(Number number, bool poll);
  void review(Pair& pair);
  void review_at(const Pair& pair, absl::Time when);
  bool may_watch(const Pair& pair) const;
  void lost(const std::string& route);
  void returned(const std::string& route, bool long_away);
  bool try_again(const std::string& route);

  const policy::Current& policy_;
  policy::Contacts& contacts_;
  Surroundings& surroundings_;
  const Limits limits_;
  const Shown shown_;
  Book book_;
  Views views_;
  Notifier notifier_;
  Peers peers_;
  Asker asker_;
  Deadlines<Due> deadlines_;
  bool draining_ = false;
};

}  // namespace causeway::gateway::presence
