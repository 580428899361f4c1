#include "frontend_gateway/gateway/typing.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "frontend_gateway/translate/message_to_sip.h"

namespace causeway::gateway {
namespace {

using namespace std::chrono_literals;

// XEP-0085 has a client say "paused" soon; one that has gone away without a word is not taken for a
// writer for ever.
constexpr int kMostRepeats = 4;
constexpr std::chrono::milliseconds kPatience = 10s;  // later it is no news
constexpr auto kSpared = 30min;   // before somebody who was spared is asked again
constexpr auto kLeastHold = 10s;  // a refresh of 1 s would be a stanza each second

}  // namespace

Typing::Typing(Surroundings& surroundings, PairQueue& queue, const Tastes& tastes, Limits limits)
    : surroundings_(surroundings),
      queue_(queue),
      tastes_(tastes),
      limits_(limits),
      alarms_(surroundings, [this](const Alarm& alarm) { due(alarm); }) {}

void Typing::from_xmpp(PairQueue::Pair pair, const mapping::SipUri& from, const mapping::SipUri& to,
                       v1::Message::ChatState what) {
  const bool active = what == v1::Message::COMPOSING;
  State* state = active ? find_or_add(pair) : find(pair);
  if (state == nullptr || state->told_sip == active) return;
  state->xmpp = from;
  state->sip = to;
  if (tell_sip(pair, *state, active) || !active) state->told_sip = active;
  state->repeats = 0;
  if (state->told_sip) {
    alarms_.set({pair, Due::tell_sip}, surroundings_.clock() + limits_.refresh);
  } else {
    alarms_.cancel({pair, Due::tell_sip});
  }
  drop_if_idle(pair);
}

void Typing::from_sip(PairQueue::Pair pair, const v1::Address& from, const v1::Address& to,
                      const translate::IsComposing& composing) {
  State* state = composing.active ? find_or_add(pair) : find(pair);
  if (state == nullptr || state->spare_xmpp) return;
  if (state->told_xmpp != composing.active) {
    state->from = from;
    state->to = to;
    state->told_xmpp = composing.active;
    // RFC 7573 section 4: idle is somebody who is there and does not write.
    tell_xmpp(*state, composing.active ? v1::Message::COMPOSING : v1::Message::ACTIVE);
  }
  if (composing.active) {
    const auto hold = composing.refresh > 0s
                          ? std::max<std::chrono::seconds>(composing.refresh, kLeastHold)
                          : limits_.refresh;
    alarms_.set({pair, Due::forget_xmpp_side}, surroundings_.clock() + hold);
  } else {
    alarms_.cancel({pair, Due::forget_xmpp_side});
  }
  drop_if_idle(pair);
}

void Typing::text_from_xmpp(PairQueue::Pair pair, v1::Message::ChatState what) {
  State* state = find(pair);
  if (state == nullptr) return;
  state->told_sip = false;
  alarms_.cancel({pair, Due::tell_sip});
  if (what == v1::Message::NO_CHAT_STATE) {
    state->spare_xmpp = true;
    state->told_xmpp = false;
    alarms_.set({pair, Due::forget_xmpp_side}, surroundings_.clock() + kSpared);
  } else {
    state->spare_xmpp = false;
  }
  drop_if_idle(pair);
}

void Typing::text_from_sip(PairQueue::Pair pair) {
  State* state = find(pair);
  if (state == nullptr || !std::exchange(state->told_xmpp, false)) return;
  alarms_.cancel({pair, Due::forget_xmpp_side});
  drop_if_idle(pair);
}

Typing::State* Typing::find(PairQueue::Pair pair) {
  if (pairs_.empty()) return nullptr;
  const auto found = pairs_.find(pair);
  return found == pairs_.end() ? nullptr : &found->second;
}

Typing::State* Typing::find_or_add(PairQueue::Pair pair) {
  if (State* state = find(pair)) return state;
  return pairs_.size() < limits_.pairs ? &pairs_[pair] : nullptr;
}

void Typing::drop_if_idle(PairQueue::Pair pair) {
  const auto found = pairs_.find(pair);
  if (found == pairs_.end() || !found->second.nothing()) return;
  alarms_.cancel({pair, Due::tell_sip});
  alarms_.cancel({pair, Due::forget_xmpp_side});
  pairs_.erase(found);
}

// That somebody writes is not worth a place behind texts, which say more; that he has stopped is,
// or he would be seen writing for long. False: it was not said.
bool Typing::tell_sip(PairQueue::Pair pair, const State& state, bool active) {
  if (!tastes_.takes(Attempt::What::typing, state.sip)) return false;
  if (active && queue_.busy(pair)) return false;
  const translate::IsComposing composing{.active = active,
                                         .refresh = active ? limits_.refresh : 0s};
  Errand errand{
      .request = translate::machine_made(state.xmpp.bare(), state.sip.bare(),
                                         translate::kIsComposingType, translate::write(composing)),
      .receipt = {},
      .notice = true,
      .patience = kPatience};
  errand.attempt = std::make_unique<Attempt>();
  errand.attempt->what = Attempt::What::typing;
  errand.attempt->recipient = state.sip;
  return queue_.push(pair, errand);
}

void Typing::tell_xmpp(const State& state, v1::Message::ChatState what) {
  v1::Stanza stanza;
  *stanza.mutable_from() = state.from;
  *stanza.mutable_to() = state.to;
  // "t" is no digit of the numbers that texts have: nobody asks what became of it.
  stanza.set_id(absl::StrCat(surroundings_.life(), "-t", absl::Hex(++told_)));
  stanza.set_patience_ms(static_cast<std::uint32_t>(kPatience.count()));
  stanza.mutable_message()->set_type(v1::Message::CHAT);
  stanza.mutable_message()->set_chat_state(what);
  stanza.mutable_message()->set_no_store(true);
  surroundings_.submit(std::move(stanza), [](std::optional<v1::StanzaError>) {});
}

void Typing::due(const Alarm& alarm) {
  State* state = find(alarm.pair);
  if (state == nullptr) return;
  if (alarm.what == Due::tell_sip) {
    state->told_sip = ++state->repeats <= kMostRepeats && tell_sip(alarm.pair, *state, true);
    if (state->told_sip) alarms_.set(alarm, surroundings_.clock() + limits_.refresh);
  } else {
    if (state->told_xmpp) tell_xmpp(*state, v1::Message::PAUSED);
    state->told_xmpp = state->spare_xmpp = false;
  }
  drop_if_idle(alarm.pair);
}

}  // namespace causeway::gateway
