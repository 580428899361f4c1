#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>

#include "causeway/v1/stanza.pb.h"
#include "frontend_gateway/presence/notifier/book.h"
#include "frontend_gateway/surroundings/surroundings.h"

namespace causeway::gateway::presence {

// All that goes to XMPP in a SIP user's name because she watches somebody: `subscribe` while it is
// not granted, `probe` once it is, and their ends. What user agents do again and again does not
// come through: a pair that was asked lately is not asked again because of them.
class Asker {
 public:
  struct Limits {
    double per_second = 50;  // of those that are asked because of a restart or of a peer's return
    std::chrono::seconds subscribe_again{86400};
    std::chrono::seconds probe_again{1800};
  };
  struct Handlers {
    std::function<void(Number pair)> handed_on;  // the question is on its way
    std::function<void(Number pair, const v1::StanzaError&)> refused;
  };

  Asker(Book& book, Surroundings& surroundings, Limits limits, Handlers handlers);

  // Because a SUBSCRIBE came. What is known need not be asked for often.
  void ask(Pair& pair);
  // Because what was known is not worth anything any more.
  void ask_now(Pair& pair);
  // As ask_now(), in its turn among others.
  void queue(Pair& pair);
  void queue_all();

  // For good.
  void unsubscribe(const Pair& pair);
  // The SIP user does not look any more; the authorization stays.
  void leave(const Pair& pair);

  // Whether the error answers a question of ours, and of this life.
  bool asked(const v1::Stanza& error) const;

  std::size_t queued() const { return queue_.size(); }

 private:
  bool is_quiet(const Pair& pair) const;
  void settled(Number number, std::uint32_t question,
               const std::optional<v1::StanzaError>& refusal);
  void next();
  void await_next();

  Book& book_;
  Surroundings& surroundings_;
  const Limits limits_;
  const Handlers handlers_;
  const std::string id_;  // begins that of every question
  std::deque<Number> queue_;
  bool waiting_ = false;
};

}  // namespace causeway::gateway::presence
