#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/random/random.h"
#include "common/link/delivery.h"
#include "frontend_gateway/policy/contacts.h"
#include "frontend_gateway/policy/current.h"
#include "frontend_gateway/presence/subscriber/calendar.h"
#include "frontend_gateway/presence/subscriber/ending.h"
#include "frontend_gateway/presence/subscriber/news.h"
#include "frontend_gateway/presence/subscriber/pace.h"
#include "frontend_gateway/presence/subscriber/shelf.h"
#include "frontend_gateway/presence/subscriber/watch.h"
#include "frontend_gateway/surroundings/deadlines.h"
#include "frontend_gateway/surroundings/surroundings.h"

namespace causeway::gateway::presence {

// XMPP users watch SIP users, and we are the subscriber (RFC 8048 section 4.2, RFC 6665 section
// 4.1): `subscribe`, `unsubscribe` and `probe` in, SUBSCRIBE out, NOTIFY in, `subscribed`,
// `unsubscribed` and presence out. In the SIP loop's thread; it must live until the loop has ended.
//
// Authorization is a row: it outlives dialogs, failures and restarts of everybody, and ends when
// XMPP says `unsubscribe`, when the SIP side says for good that it does, or by policy. A
// `subscribe` or `unsubscribe` is taken when that is durable; without a database it is refused with
// resource-constraint, and nothing is sent.
//
// What each of the states (subscriber/watch.h) makes of what comes; the ends of subscriptions are
// the tables of subscriber/ending.h.
//
//              subscribe    unsubscribe  probe           NOTIFY          its time
//   storing    -            after it     -               481             -
//   trying     -            closing      -               makes a dialog  -
//   pending    -            closing      -               active, if so   no NOTIFY: backoff
//   active     subscribed   closing      what is known   presence        refresh
//   backoff    try sooner   unsubscribed try sooner      481             trying
//   closing    trying, when closed       -               200             -
class Watches {
 public:
  struct Limits {
    std::chrono::seconds expires{3600};  // asked of notifiers
    std::size_t watches = 100000;
    std::size_t watches_per_watcher = 2000;
    std::size_t watches_per_domain = 50000;
    std::size_t pending_per_watcher = 100;  // authorized by nobody yet
    std::size_t pending_per_domain = 10000;
    double subscribes_per_second = 10;         // after a restart of either side
    std::chrono::milliseconds interval{1000};  // between changes of one user's presence to XMPP
  };

  Watches(const policy::Current& policy, const policy::Contacts& contacts,
          Surroundings& surroundings, Limits limits, std::vector<store::Watch> rows);
  Watches(const Watches&) = delete;
  Watches& operator=(const Watches&) = delete;

  // Once, in the loop: begins to subscribe for the rows, one after the other. Those whom the policy
  // does not admit stay in the database, and wait there for another policy, or for the watcher's
  // `unsubscribe`.
  void start();

  // Presence of type subscribe, unsubscribe or probe.
  void from_xmpp(causeway::link::Delivery delivery);
  // A NOTIFY. Answers it before it returns.
  void from_sip(const sip::IncomingRequest& notify, Reply reply);
  // Ends what is not admitted any more: with `unsubscribed`, or, where the partner is gone,
  // quietly.
  void policy_changed();
  // Nothing is begun any more, and nothing is ended: another life of the process goes on.
  void drain();

  // Whether `remote` may see `local`, bare JIDs.
  bool shows(std::string_view local, std::string_view remote) const;

  // Who watches whom, and whether he may, in no order.
  std::vector<store::Watch> list() const;

  std::size_t size() const { return watches_.size(); }
  std::size_t in_state(Watch::State state) const;
  std::size_t waiting() const { return pace_.waiting(); }

 private:
  using Clock = std::chrono::steady_clock;
  using Receipt = causeway::link::Receipt;
  using Durable = absl::AnyInvocable<void(bool)>;

  // watches.cc: the watches.
  void load(store::Watch row);
  void admit_strangers();
  Watch* find(std::string_view local, std::string_view remote);
  Watch* find(WatchNumber number);
  Watch& add(std::string local, std::string remote);
  void erase(Watch& watch);
  using Counts = absl::flat_hash_map<std::string, std::size_t>;
  static void count(Counts& counts, const Watch& watch, int difference);
  std::optional<v1::StanzaError> no_room(const std::string& remote) const;
  void set_authorized(Watch& watch, bool authorized);
  void due(WatchNumber number);
  // `written` says whether it is durable. Without it, it will be.
  void put(const Watch& watch, Durable written = {});
  void remove(const Watch& watch, Durable written = {});
  void write(store::Change change, Durable written);

  // watches_xmpp.cc: what XMPP asks, and what it is told.
  void subscribe(causeway::link::Delivery delivery);
  void subscribe_again(Watch& watch, Receipt receipt);
  void stored(WatchNumber number, bool durable);
  void unsubscribe(causeway::link::Delivery delivery);
  void left(WatchNumber number, bool durable);
  void settle_owed(WatchNumber number, bool durable);
  void forget_stranger(const std::string& both, Receipt receipt);
  void probe(causeway::link::Delivery delivery);
  void sooner(Watch& watch);
  void authorize(Watch& watch);
  void tell(Watch& watch);
  bool too_early_to_tell(Watch& watch);
  void tell_difference(Watch& watch, const std::vector<pidf::Device>& before,
                       const std::vector<pidf::Device>& now);
  void tell_device(Watch& watch, const pidf::Device& device, const v1::Address& to);
  void tell_nobody_there(Watch& watch, const v1::Address& to);
  void tell_error(Watch& watch);
  void tell_goodbye(Watch& watch);
  void submit(Watch& watch, v1::Stanza stanza);
  bool notes_may_leave(const Watch& watch) const;

  // watches_sip.cc: subscriptions.
  void subscribe_anew(Watch& watch);
  void refresh(Watch& watch);
  void send(Watch& watch, sip::Request request, std::optional<std::chrono::seconds> expires = {});
  void answered(WatchNumber number, std::uint32_t attempt, const sip::Response& response);
  void accepted(Watch& watch, const sip::Response& response);
  void refused(Watch& watch, const sip::Response& response);
  translate::SipAnswer heard(Watch& watch, const sip::IncomingRequest& notify, const News& news);
  translate::SipAnswer enter_dialog(Watch& watch, const sip::IncomingRequest& notify);
  void granted(Watch& watch, std::chrono::seconds time);
  void ended(Watch& watch, Ending ending, std::optional<std::chrono::seconds> retry_after);
  void go_on(Watch& watch, Consequence::Next next, std::optional<std::chrono::seconds> retry_after);
  bool retry_refresh(Watch& watch, std::optional<std::chrono::seconds> retry_after);
  void drop_dialog(Watch& watch);
  void close(Watch& watch);
  void say_goodbye(Watch& watch);
  void closed(Watch& watch);
  std::optional<sip::Request> first_request(const Watch& watch) const;
  std::string call_id(const Watch& watch) const;
  std::string local_tag(const std::string& call_id) const;
  Watch* watch_of(const sip::IncomingRequest& notify);

  const policy::Current& policy_;
  const policy::Contacts& contacts_;
  Surroundings& surroundings_;
  const Limits limits_;
  const translate::HashKey key_;  // of the tags
  WatchNumber last_ = 0;
  absl::flat_hash_map<WatchNumber, std::unique_ptr<Watch>> watches_;
  absl::flat_hash_map<std::string, WatchNumber> by_names_;       // both, with a space between
  absl::flat_hash_map<std::string, store::Watch> strangers_;     // rows that are not admitted
  Counts held_;                                                  // by watcher, and by his domain
  Counts pending_;                                               // those of them that wait
  absl::flat_hash_map<WatchNumber, std::vector<Receipt>> owed_;  // until its row is durable
  Shelf shelf_;
  Calendar calendar_;
  Pace pace_;
  Deadlines<WatchNumber> due_;    // what the state waits for
  Deadlines<WatchNumber> tells_;  // something to tell, later
  Deadlines<std::string> ended_;  // Call-IDs whose last NOTIFY may be on its way
  mutable absl::InsecureBitGen random_;
  bool drained_ = false;
};

}  // namespace causeway::gateway::presence
