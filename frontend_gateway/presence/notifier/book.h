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
#include "absl/time/time.h"
#include "frontend_gateway/presence/notifier/view.h"
#include "frontend_gateway/sip/dialog.h"
#include "frontend_gateway/store/rows.h"

namespace causeway::gateway::presence {

// Pairs and subscriptions by number: one that is gone leaves its number to nobody else, so what
// comes late finds nothing.
using Number = std::uint32_t;

// Why a subscription ends (RFC 6665 section 4.1.3).
enum class Reason { timeout, rejected, giveup, noresource, deactivated };
std::string_view word_of(Reason reason);

// A dialog in which a SIP user is told of an XMPP user's presence.
struct Subscription {
  using Clock = std::chrono::steady_clock;

  Number number = 0;
  Number pair = 0;
  sip::Dialog dialog;
  std::string event_id;
  absl::Time expires{};
  bool poll = false;         // a single look: it ends with its first NOTIFY and has no row
  bool established = false;  // its 2xx is given
  std::optional<Reason> ending{};

  // --- The Notifier's.
  bool pending = false;  // a NOTIFY has no answer yet
  bool due = false;      // there is something to tell
  bool urgent = false;   // and it does not wait for its turn
  bool shown = false;    // a NOTIFY has brought a document
  std::uint8_t failures = 0;
  std::uint8_t flaps = 0;     // changes in a row that had to wait
  std::uint16_t writing = 0;  // rows on their way to the database
  std::uint32_t ceiling = 0;  // the CSeq up to which the durable row lets us go
  Clock::time_point next{};   // not before
  ViewRef told{};             // by the last NOTIFY that was an active one
  ViewRef last{};             // what the last NOTIFY says
};

// A SIP user and an XMPP user whom she watches, or may watch.
struct Pair {
  enum class State {
    none,     // nobody has asked: there was a single look
    asked,    // `subscribe` is sent
    granted,  // `subscribed` has come
    refused,  // lately: it is not asked again until a while has passed
  };

  Number number = 0;
  std::string local, remote;  // bare JIDs
  State state = State::none;
  absl::Time since;   // of asked and granted, as in store::Grant
  bool kept = false;  // its Grant is durable
  int status = 0;     // of refused: what a SUBSCRIBE is answered
  // Of one that is refused, or of which nobody looks: it is kept as it is until then.
  std::chrono::steady_clock::time_point until{};
  std::string entity;  // the XMPP user as the SIP user writes him
  ViewRef view;
  std::vector<Number> subscriptions;
  std::optional<std::chrono::steady_clock::time_point> looked_at;  // of none: a probe was sent

  // --- The Asker's.
  bool queued = false;
  std::uint32_t asked = 0;  // stanzas so far, the last of which is the one that counts
  std::optional<std::chrono::steady_clock::time_point> asked_at;  // unless it was refused

  std::string_view domain() const;  // of the XMPP user
  std::string route() const;        // from her domain to his: Peers::route()
};

// All of them, and how many there are of a kind.
class Book {
 public:
  Book() = default;
  Book(const Book&) = delete;
  Book& operator=(const Book&) = delete;

  // Null when there is none. What they point to lives until it is removed.
  Pair* find(std::string_view local, std::string_view remote);
  Pair* pair(Number number);
  const Pair* pair(Number number) const;
  Subscription* subscription(Number number);
  const Subscription* subscription(Number number) const;
  Subscription* subscription(const std::string& dialog_id);

  // REQUIRES: find() says there is none.
  Pair& add(std::string local, std::string remote);
  // Null when there is one in that dialog already.
  Subscription* add(Pair& pair, Subscription subscription);
  void remove(Subscription& subscription);
  // REQUIRES: it has no subscriptions.
  void remove(Pair& pair);

  void set_state(Pair& pair, Pair::State state, absl::Time since);

  std::vector<Number> pairs() const;
  std::vector<Number> pairs_on(const std::string& route) const;
  bool has_pairs_on(const std::string& route) const;

  std::size_t size() const { return pairs_.size(); }
  std::size_t subscriptions() const { return subscriptions_.size(); }
  std::size_t subscriptions_of(std::string_view local) const;
  std::size_t asked() const { return asked_; }
  // By the watcher, or by the domain of the watched.
  std::size_t asked_by(std::string_view local) const;
  std::size_t asked_at(std::string_view domain) const;

 private:
  // Of a user or a domain; gone with the last one.
  class Counts {
   public:
    void add(std::string_view name, int difference);
    std::size_t of(std::string_view name) const;

   private:
    absl::flat_hash_map<std::string, std::size_t> by_name_;
  };

  void count_asked(const Pair& pair, int difference);

  Number last_ = 0;
  absl::flat_hash_map<Number, std::unique_ptr<Pair>> pairs_;
  absl::flat_hash_map<std::string, Number> by_names_;  // both, with a space between
  absl::flat_hash_map<Number, std::unique_ptr<Subscription>> subscriptions_;
  absl::flat_hash_map<std::string, Number> by_dialog_;
  Counts subscribers_, askers_, asked_domains_, routes_;
  std::size_t asked_ = 0;
};

// As rows. `ceiling` stands there in place of the CSeq that was used last: another life of the
// process goes on above it.
store::Subscription row_of(const Subscription& subscription, const Pair& pair,
                           std::uint32_t ceiling);
store::Grant row_of(const Pair& pair);

}  // namespace causeway::gateway::presence
