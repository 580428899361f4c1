#include "edge_proxy/s2s/carrier.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <ranges>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "edge_proxy/codec/stanza_codec.h"
#include "edge_proxy/s2s/events.h"
#include "edge_proxy/s2s/route.h"
#include "edge_proxy/stream/cat.h"

namespace causeway::edge::s2s {
namespace {

using stream::Condition;
using stream::StreamError;

constexpr std::size_t kWriteBytes = 64
                                    << 10;  // four TLS records: enough to be cheap, little to lose
constexpr std::string_view kRequest = "<r xmlns='urn:xmpp:sm:3'/>";
// Between two requests about the same stanzas: a peer may take its time.
constexpr std::chrono::seconds kBetweenRequests{1};

}  // namespace

Carrier::Carrier(Environment& environment, stream::TransportStream& stream, ledger::Page& page)
    : environment_(environment), stream_(stream), page_(page), tasks_(stream.get_executor()) {}

Carrier::~Carrier() { assert(routes_.empty() && sent_.empty()); }

// --- Routes ---

void Carrier::add(Route& route) {
  if (std::find(routes_.begin(), routes_.end(), &route) != routes_.end()) return;
  routes_.push_back(&route);
  page_.add_local(route.local().unicode());
  page_.add_remote(route.remote().unicode());
  route.offer(*this);
}

void Carrier::remove(Route& route) {
  std::erase(routes_, &route);
  std::erase(ready_, &route);
  for (Sent& sent : sent_) {
    if (sent.route == &route) sent.route = nullptr;
  }
  route.withdraw(*this, {});
}

void Carrier::keep(const std::function<bool(const Route&)>& allowed) {
  const std::vector<Route*> routes = routes_;
  for (Route* const route : routes) {
    if (!allowed(*route)) remove(*route);
  }
}

bool Carrier::carries(std::string_view local, std::string_view remote) const {
  return std::any_of(routes_.begin(), routes_.end(), [&](const Route* route) {
    return route->local().unicode() == local && route->remote().unicode() == remote;
  });
}

bool Carrier::carries_to(std::string_view remote) const {
  return std::any_of(routes_.begin(), routes_.end(),
                     [&](const Route* route) { return route->remote().unicode() == remote; });
}

void Carrier::flush(Route& route) {
  if (std::find(ready_.begin(), ready_.end(), &route) == ready_.end()) ready_.push_back(&route);
  wake();
}

void Carrier::say(std::string_view words) {
  if (words_.size() + words.size() > environment_.limits.send_buffer_bytes) {
    stream_.interrupt(
        StreamError(Condition::resource_constraint, "the peer does not read what it is sent"));
    return;
  }
  words_ += words;
  wake();
}

// --- Writing: one write is outstanding; whatever gathers meanwhile goes with the next ---

void Carrier::wake() {
  if (writing_ || closed_ || !has_work()) return;
  writing_ = true;
  tasks_.spawn(write());
}

bool Carrier::has_work() const {
  return !words_.empty() || (takes_stanzas() && !ready_.empty() && !is_full());
}

// A peer that acknowledges nothing holds no more of us than one that reads nothing.
bool Carrier::is_full() const {
  return counting_ && sent_bytes_ >= environment_.limits.send_buffer_bytes;
}

asio::awaitable<void> Carrier::write() {
  absl::Cleanup done = [this] { writing_ = false; };
  while (!closed_ && has_work()) {
    // Somebody else's few words: our send() would not wait for our bytes behind them.
    if (stream_.writing()) co_await stream_.written();
    std::string bytes = take();
    if (bytes.empty()) continue;
    try {
      co_await stream_.send(std::move(bytes));
    } catch (const std::runtime_error&) {
      // The reader sees it too, but a connection may break in one direction only.
      stream_.interrupt("a write failed");
      break;
    }
    written();
  }
  std::move(done).Invoke();
  finish_if_done();
}

std::string Carrier::take() {
  std::string bytes = std::exchange(words_, {});
  while (takes_stanzas() && !ready_.empty() && bytes.size() < kWriteBytes && !is_full()) {
    Route& route = *ready_.front();
    ready_.pop_front();
    take_from(route, bytes);
    if (!route.queue().empty()) ready_.push_back(&route);
  }
  count_batch();
  if (in_write_ != 0 && confirmed_ && !asked_at_) {
    bytes += kRequest;
    asked_at_ = Clock::now();
    ask_again_ = false;
  } else if (in_write_ != 0) {
    ask_again_ = true;
  }
  return bytes;
}

void Carrier::count_batch() {
  const auto batch = sent_.end() - static_cast<std::ptrdiff_t>(in_write_);
  page_.count_out(count(
      environment_.tally.outgoing, std::ranges::subrange(batch, sent_.end()),
      [](const Sent& sent) -> auto& { return sent.stanza.delivery.stanza; }));
}

void Carrier::take_from(Route& route, std::string& bytes) {
  const Clock::time_point now = Clock::now();
  while (!route.queue().empty() && bytes.size() < kWriteBytes && !is_full()) {
    SendQueue::Waiting next = route.queue().pop();
    if (next.deadline <= now) {
      refuse(next.delivery, kTooLate, &environment_.tally);
      continue;
    }
    const std::size_t before = bytes.size();
    codec::append(bytes, next.delivery.stanza);
    if (bytes.size() == before) {
      refuse(next.delivery, {v1::FEATURE_NOT_IMPLEMENTED, "this stanza cannot be expressed"},
             &environment_.tally);
      continue;
    }
    // XEP-0478 section 3.3.
    if (bytes.size() - before > largest_) {
      bytes.resize(before);
      refuse(next.delivery, {v1::POLICY_VIOLATION, "larger than the recipient's server takes"},
             &environment_.tally);
      continue;
    }
    sent_bytes_ += next.bytes;
    environment_.queued_bytes.fetch_add(next.bytes, std::memory_order_relaxed);
    sent_.push_back({std::move(next), &route});
    ++in_write_;
    if (counting_) ++counted_;
  }
}

// Without acknowledgements, what TCP has taken has arrived.
void Carrier::written() {
  in_write_ = 0;
  settle(counting_ ? std::exchange(uncounted_, 0) : sent_.size());
  count_unacknowledged();
}

// The first of what was sent has arrived.
void Carrier::settle(std::size_t count) {
  for (; count != 0; --count) {
    SendQueue::Waiting& arrived = sent_.front().stanza;
    arrived.delivery.receipt.taken();
    sent_bytes_ -= arrived.bytes;
    environment_.queued_bytes.fetch_sub(arrived.bytes, std::memory_order_relaxed);
    sent_.pop_front();
  }
  if (sent_.empty()) sent_.shrink_to_fit();
}

// --- Stream management (XEP-0198 section 4) ---

void Carrier::start_counting() {
  counting_ = true;
  counted_ = acknowledged_ = 0;  // a peer that declined once may still ask for it itself
  uncounted_ = sent_.size();     // in a write that began before
}

void Carrier::confirm() {
  confirmed_ = true;
  if (!sent_.empty()) ask();
}

void Carrier::stop_counting() {
  counting_ = confirmed_ = false;
  settle(sent_.size() - in_write_);
  wake();
}

// Backwards is far too much, since h counts modulo 2^32.
void Carrier::acknowledged(std::uint32_t handled) {
  if (!counting_) return;
  const std::uint32_t news = handled - acknowledged_;
  if (news > counted_ - acknowledged_) {
    throw StreamError(Condition::undefined_condition, "more stanzas acknowledged than were sent",
                      stream::cat("<handled-count-too-high xmlns='urn:xmpp:sm:3' h='", handled,
                                  "' send-count='", counted_, "'/>"));
  }
  acknowledged_ = handled;
  asked_at_.reset();
  answered_at_ = Clock::now();
  settle(news);
  in_write_ = std::min(in_write_, sent_.size());  // it may be faster than our socket
  count_unacknowledged();
  if (ask_again_ && !sent_.empty()) ask();
  wake();
  finish_if_done();
}

void Carrier::ask() {
  if (!confirmed_ || asked_at_ || retired_) return;
  asked_at_ = Clock::now();
  ask_again_ = false;
  say(kRequest);
}

void Carrier::tick(Clock::time_point now) {
  if (finishing_ && now >= finish_by_) end_stream();
  if (!sent_.empty() && now - answered_at_ >= kBetweenRequests) ask();
}

void Carrier::count_unacknowledged() {
  if (counting_) page_.set_unacknowledged(sent_.size());
}

// --- The end ---

void Carrier::finish() {
  finishing_ = true;
  finish_by_ = Clock::now() + environment_.limits.closing / 2;  // the rest is for the goodbye
  ask();
  finish_if_done();
}

void Carrier::finish_if_done() {
  if (finishing_ && !writing_ && !has_work() && sent_.empty()) end_stream();
}

void Carrier::end_stream() {
  if (leaving_) {
    stream_.interrupt(*leaving_);
  } else {
    stream_.interrupt(StreamError(Condition::system_shutdown));
  }
}

void Carrier::leave(std::string why) {
  leaving_ = std::move(why);
  finish();
}

void Carrier::retire() {
  retired_ = true;
  if (in_write_ == 0) give_back();
}

asio::awaitable<void> Carrier::close() {
  retired_ = closed_ = true;
  co_await tasks_.stop();
  give_back();
}

// Each route gets back what was its own, in order.
void Carrier::give_back() {
  std::map<Route*, std::vector<SendQueue::Waiting>> lost;
  for (Sent& sent : sent_) {
    environment_.queued_bytes.fetch_sub(sent.stanza.bytes, std::memory_order_relaxed);
    if (sent.route != nullptr) {
      lost[sent.route].push_back(std::move(sent.stanza));
    } else {
      refuse(sent.stanza.delivery, {v1::POLICY_VIOLATION, "no longer an allowed partner"},
             &environment_.tally);
    }
  }
  sent_.clear();
  sent_bytes_ = in_write_ = 0;
  for (Route* const route : std::exchange(routes_, {})) {
    route->withdraw(*this, std::exchange(lost[route], {}));
  }
}

}  // namespace causeway::edge::s2s
