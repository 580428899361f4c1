#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "causeway/v1/stanza.pb.h"
#include "frontend_gateway/address/sip_uri.h"
#include "frontend_gateway/courier/pair_queue.h"
#include "frontend_gateway/gateway/tastes.h"
#include "frontend_gateway/surroundings/deadlines.h"
#include "frontend_gateway/surroundings/surroundings.h"
#include "frontend_gateway/translate/is_composing.h"

namespace causeway::gateway {

// Who is writing to whom: chat states (XEP-0085) <-> isComposing (RFC 3994), out of a session. What
// cannot be said is dropped: it is news of a moment. A pair is that of an XMPP user and a SIP user,
// whichever of them writes.
class Typing {
 public:
  struct Limits {
    // Between isComposing documents that say the same, and how long one of theirs holds that does
    // not say it itself (RFC 3994 sections 3.2 and 3.3: 60 s and more, 120 s).
    std::chrono::seconds refresh{120};
    std::size_t pairs = 16384;  // of whom one is writing; further ones are not told; some 8 MB
  };

  Typing(Surroundings& surroundings, PairQueue& queue, const Tastes& tastes, Limits limits);

  // A chat state without a text; told to a SIP user who takes isComposing.
  void from_xmpp(PairQueue::Pair pair, const mapping::SipUri& from, const mapping::SipUri& to,
                 v1::Message::ChatState state);
  void from_sip(PairQueue::Pair pair, const v1::Address& from, const v1::Address& to,
                const translate::IsComposing& composing);
  // A text crosses, which says by itself that its writer has stopped. `state` is what came with it:
  // none is the wish to be spared chat states (XEP-0085 section 5.1).
  void text_from_xmpp(PairQueue::Pair pair, v1::Message::ChatState state);
  void text_from_sip(PairQueue::Pair pair);

  std::size_t size() const { return pairs_.size(); }

 private:
  enum class Due : std::uint8_t { tell_sip, forget_xmpp_side };
  struct Alarm {
    PairQueue::Pair pair;
    Due what;
    friend auto operator<=>(const Alarm&, const Alarm&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Alarm& alarm) {
      return H::combine(std::move(h), alarm.pair, static_cast<int>(alarm.what));
    }
  };
  struct State {
    mapping::SipUri xmpp, sip;  // who writes to the SIP user, when told_sip
    v1::Address from, to;       // of the stanzas, when told_xmpp
    bool told_sip = false;      // that the XMPP user is writing
    bool told_xmpp = false;     // that the SIP user is
    bool spare_xmpp = false;
    int repeats = 0;
    bool nothing() const { return !told_sip && !told_xmpp && !spare_xmpp; }
  };

  State* find(PairQueue::Pair pair);
  State* find_or_add(PairQueue::Pair pair);
  void drop_if_idle(PairQueue::Pair pair);
  bool tell_sip(PairQueue::Pair pair, const State& state, bool active);
  void tell_xmpp(const State& state, v1::Message::ChatState what);
  void due(const Alarm& alarm);

  Surroundings& surroundings_;
  PairQueue& queue_;
  const Tastes& tastes_;
  const Limits limits_;
  absl::flat_hash_map<PairQueue::Pair, State> pairs_;
  Deadlines<Alarm> alarms_;
  std::uint64_t told_ = 0;
};

}  // namespace causeway::gateway
