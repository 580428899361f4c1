#include "frontend_gateway/presence/notifier/asker.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

namespace causeway::gateway::presence {
namespace {

using namespace std::chrono_literals;

constexpr auto kTick = 100ms;  // of the queue
// Nothing is known because nobody answered, or because nobody looked for a while.
constexpr auto kLeastBetweenProbes = 10s;
// For an edge to hand a question on: longer than it takes to open a stream.
constexpr std::uint32_t kPatienceMs = 60'000;

v1::Address address_of(std::string_view jid) {
  const auto at = jid.find('@');
  v1::Address address;
  if (at != std::string_view::npos) address.set_local(std::string(jid.substr(0, at)));
  address.set_domain(std::string(at == std::string_view::npos ? jid : jid.substr(at + 1)));
  return address;
}

v1::Stanza presence_of(const Pair& pair, v1::Presence::Type type) {
  v1::Stanza stanza;
  *stanza.mutable_from() = address_of(pair.local);
  *stanza.mutable_to() = address_of(pair.remote);
  stanza.mutable_presence()->set_type(type);
  stanza.set_patience_ms(kPatienceMs);
  return stanza;
}

}  // namespace

Asker::Asker(Book& book, Surroundings& surroundings, Limits limits, Handlers handlers)
    : book_(book),
      surroundings_(surroundings),
      limits_(limits),
      handlers_(std::move(handlers)),
      id_(surroundings.life() + "-n") {}

void Asker::ask(Pair& pair) {
  if (!is_quiet(pair)) ask_now(pair);
}

bool Asker::is_quiet(const Pair& pair) const {
  if (!pair.asked_at) return false;
  const auto since = surroundings_.clock() - *pair.asked_at;
  if (pair.state == Pair::State::asked) return since < limits_.subscribe_again;
  return since < (pair.view ? limits_.probe_again : kLeastBetweenProbes);
}

void Asker::ask_now(Pair& pair) {
  const bool to_subscribe = pair.state == Pair::State::asked;
  pair.asked_at = surroundings_.clock();
  v1::Stanza stanza =
      presence_of(pair, to_subscribe ? v1::Presence::SUBSCRIBE : v1::Presence::PROBE);
  const std::uint32_t question = ++pair.asked;
  stanza.set_id(absl::StrCat(id_, pair.number, "-", question));
  surroundings_.submit(std::move(stanza), [this, number = pair.number, question](
                                              const std::optional<v1::StanzaError>& refusal) {
    settled(number, question, refusal);
  });
}

void Asker::settled(Number number, std::uint32_t question,
                    const std::optional<v1::StanzaError>& refusal) {
  Pair* pair = book_.pair(number);
  if (pair == nullptr) return;
  if (!refusal) return handlers_.handed_on(number);
  if (pair->asked == question) pair->asked_at.reset();
  handlers_.refused(number, *refusal);
}

void Asker::queue(Pair& pair) {
  if (std::exchange(pair.queued, true)) return;
  queue_.push_back(pair.number);
  await_next();
}

void Asker::queue_all() {
  for (const Number number : book_.pairs()) {
    Pair& pair = *book_.pair(number);
    if (!pair.subscriptions.empty()) queue(pair);
  }
}

void Asker::await_next() {
  if (queue_.empty() || std::exchange(waiting_, true)) return;
  surroundings_.after(kTick, [this] { next(); });
}

void Asker::next() {
  waiting_ = false;
  const double share = limits_.per_second * std::chrono::duration<double>(kTick).count();
  for (auto left = std::max(1, static_cast<int>(share)); left > 0 && !queue_.empty();) {
    Pair* pair = book_.pair(queue_.front());
    queue_.pop_front();
    if (pair == nullptr) continue;
    pair->queued = false;
    if (pair->subscriptions.empty()) continue;
    ask_now(*pair);
    --left;
  }
  await_next();
}

void Asker::unsubscribe(const Pair& pair) {
  surroundings_.submit(presence_of(pair, v1::Presence::UNSUBSCRIBE), [](const auto&) {});
}

void Asker::leave(const Pair& pair) {
  surroundings_.submit(presence_of(pair, v1::Presence::UNAVAILABLE), [](const auto&) {});
}

bool Asker::asked(const v1::Stanza& error) const { return error.id().starts_with(id_); }

}  // namespace causeway::gateway::presence
