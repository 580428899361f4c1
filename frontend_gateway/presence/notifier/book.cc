#include "frontend_gateway/presence/notifier/book.h"

#include <cassert>
#include <utility>

#include "frontend_gateway/presence/notifier/peers.h"
#include "frontend_gateway/sip/text.h"

namespace causeway::gateway::presence {
namespace {

std::string_view domain_of(std::string_view jid) {
  const auto at = jid.find('@');
  return at == std::string_view::npos ? jid : jid.substr(at + 1);
}

std::string names(std::string_view local, std::string_view remote) {
  return sip::concat({local, " ", remote});
}

}  // namespace

std::string_view word_of(Reason reason) {
  switch (reason) {
    case Reason::timeout:
      return "timeout";
    case Reason::rejected:
      return "rejected";
    case Reason::giveup:
      return "giveup";
    case Reason::noresource:
      return "noresource";
    case Reason::deactivated:
      return "deactivated";
  }
  return "";
}

std::string_view Pair::domain() const { return domain_of(remote); }
std::string Pair::route() const { return Peers::route(domain_of(local), domain_of(remote)); }

Pair* Book::find(std::string_view local, std::string_view remote) {
  const auto found = by_names_.find(names(local, remote));
  return found == by_names_.end() ? nullptr : pair(found->second);
}

const Pair* Book::pair(Number number) const {
  const auto found = pairs_.find(number);
  return found == pairs_.end() ? nullptr : found->second.get();
}

Pair* Book::pair(Number number) { return const_cast<Pair*>(std::as_const(*this).pair(number)); }

const Subscription* Book::subscription(Number number) const {
  const auto found = subscriptions_.find(number);
  return found == subscriptions_.end() ? nullptr : found->second.get();
}

Subscription* Book::subscription(Number number) {
  return const_cast<Subscription*>(std::as_const(*this).subscription(number));
}

Subscription* Book::subscription(const std::string& dialog_id) {
  const auto found = by_dialog_.find(dialog_id);
  return found == by_dialog_.end() ? nullptr : subscription(found->second);
}

Pair& Book::add(std::string local, std::string remote) {
  auto pair = std::make_unique<Pair>();
  pair->number = ++last_;
  const bool is_new = by_names_.emplace(names(local, remote), pair->number).second;
  assert(is_new);
  static_cast<void>(is_new);
  pair->local = std::move(local);
  pair->remote = std::move(remote);
  routes_.add(pair->route(), 1);
  return *(pairs_[last_] = std::move(pair));
}

Subscription* Book::add(Pair& pair, Subscription subscription) {
  if (!by_dialog_.emplace(subscription.dialog.id(), last_ + 1).second) return nullptr;
  subscription.number = ++last_;
  subscription.pair = pair.number;
  pair.subscriptions.push_back(subscription.number);
  subscribers_.add(pair.local, 1);
  auto& kept = subscriptions_[last_] = std::make_unique<Subscription>(std::move(subscription));
  return kept.get();
}

void Book::remove(Subscription& subscription) {
  Pair& pair = *this->pair(subscription.pair);
  std::erase(pair.subscriptions, subscription.number);
  subscribers_.add(pair.local, -1);
  by_dialog_.erase(subscription.dialog.id());
  subscriptions_.erase(subscription.number);
}

void Book::remove(Pair& pair) {
  assert(pair.subscriptions.empty());
  if (pair.state == Pair::State::asked) count_asked(pair, -1);
  routes_.add(pair.route(), -1);
  by_names_.erase(names(pair.local, pair.remote));
  pairs_.erase(pair.number);
}

void Book::set_state(Pair& pair, Pair::State state, absl::Time since) {
  if (pair.state == Pair::State::asked) count_asked(pair, -1);
  pair.state = state;
  pair.since = since;
  if (pair.state == Pair::State::asked) count_asked(pair, 1);
}

void Book::count_asked(const Pair& pair, int difference) {
  askers_.add(pair.local, difference);
  asked_domains_.add(pair.domain(), difference);
  asked_ += difference;
}

std::vector<Number> Book::pairs() const {
  std::vector<Number> all;
  all.reserve(pairs_.size());
  for (const auto& [number, pair] : pairs_) all.push_back(number);
  return all;
}

std::vector<Number> Book::pairs_on(const std::string& route) const {
  std::vector<Number> some;
  for (const auto& [number, pair] : pairs_)
    if (pair->route() == route) some.push_back(number);
  return some;
}

bool Book::has_pairs_on(const std::string& route) const { return routes_.of(route) > 0; }
std::size_t Book::subscriptions_of(std::string_view local) const { return subscribers_.of(local); }
std::size_t Book::asked_by(std::string_view local) const { return askers_.of(local); }
std::size_t Book::asked_at(std::string_view domain) const { return asked_domains_.of(domain); }

void Book::Counts::add(std::string_view name, int difference) {
  const auto count = by_name_.try_emplace(std::string(name), 0).first;
  count->second += difference;
  if (count->second == 0) by_name_.erase(count);
}

std::size_t Book::Counts::of(std::string_view name) const {
  const auto found = by_name_.find(std::string(name));
  return found == by_name_.end() ? 0 : found->second;
}

store::Subscription row_of(const Subscription& subscription, const Pair& pair,
                           std::uint32_t ceiling) {
  sip::Dialog dialog = subscription.dialog;
  dialog.local_cseq = ceiling;
  return {.id = dialog.id(),
          .local = pair.local,
          .remote = pair.remote,
          .dialog = dialog.to_text(),
          .event_id = subscription.event_id,
          .expires = subscription.expires};
}

store::Grant row_of(const Pair& pair) {
  const auto state = pair.state == Pair::State::granted ? store::Grant::State::granted
                                                        : store::Grant::State::asked;
  return {.local = pair.local, .remote = pair.remote, .state = state, .since = pair.since};
}

}  // namespace causeway::gateway::presence
