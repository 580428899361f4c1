#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "causeway/v1/stanza.pb.h"
#include "frontend_gateway/courier/pair_queue.h"
#include "frontend_gateway/surroundings/surroundings.h"
#include "frontend_gateway/translate/cpim.h"
#include "frontend_gateway/translate/errors.h"

namespace causeway::gateway {

// What the sender of a text wants to be told of (IMDN, RFC 5438), while it has not been told.
struct Wanted {
  std::string message_id;
  translate::Notifications open;
};

// A stanza that came from SIP, from its submission until nobody will ask about it any more.
struct Sent {
  std::uint64_t number = 0;
  Reply reply;               // empty once the request is answered
  PairQueue::Pair way_back;  // from its recipient to its sender
  std::string sender;        // SIP URI
  std::string recipient;     // SIP URI
  v1::Address from, to;      // of the stanza
  translate::Addressed addressed = translate::Addressed::bare;
  bool automatic = false;  // nobody is to be told of a late error
  bool ms_imdn = false;    // its sender hears of a late error as Lync does
  int hops = 0;            // of our kind that the text has passed, with this one
  std::uint64_t sender_share = 0, partner_share = 0;
  std::unique_ptr<Wanted> wanted{};  // null: nothing
};

// The stanzas that await an outcome, and as many of the younger ones that had theirs, by the id
// they were given. An id names the life of this process, so that no other gateway's error is taken
// for one of ours.
class SentStanzas {
 public:
  // `life` begins every id. `remembered`: how many of those that had their outcome.
  SentStanzas(std::string_view life, std::size_t remembered);

  // Gives it a number and keeps it.
  Sent& add(std::unique_ptr<Sent> sent);
  std::string id(const Sent& sent) const;

  // Null when its request is answered.
  Sent* pending(std::uint64_t number);
  // The one an error stanza answers: the id is ours, and it comes from its recipient's side. Null:
  // nobody waits for such an error.
  Sent* answered_by(const v1::Stanza& error);
  // The one whose receipt a stanza brings, by the id it names, if its recipient himself sends it.
  Sent* received(const v1::Stanza& receipt, const std::string& id);

  // Its request is answered with this, and it may still have a late error. It lives no longer than
  // the next call.
  Reply accepted(Sent& sent);
  // There will be nothing more to say of it. What is left to answer, if anything.
  Reply forget(Sent& sent);

  std::size_t pending_count() const { return pending_count_; }

 private:
  std::optional<std::uint64_t> number_in(const std::string& id) const;
  Sent* named(const std::string& id);

  const std::size_t most_remembered_;
  const std::string prefix_;
  std::uint64_t last_ = 0;
  absl::flat_hash_map<std::uint64_t, std::unique_ptr<Sent>> sent_;
  std::size_t pending_count_ = 0;
  std::deque<std::uint64_t> remembered_;  // oldest first
};

}  // namespace causeway::gateway
