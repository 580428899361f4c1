#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "edge_proxy/async/task_group.h"
#include "edge_proxy/ledger/ledger.h"
#include "edge_proxy/s2s/environment.h"
#include "edge_proxy/s2s/send_queue.h"
#include "edge_proxy/stream/transport_stream.h"

namespace causeway::edge::s2s {

class Route;

// The outward half of one established stream, whichever side opened it. It takes what waits from
// its routes, writes it, and keeps it until the peer has it: until TCP has taken it, or, with
// stream management (XEP-0198), until the peer says so. What it still keeps when the stream ends
// goes back to the routes, in order, for another stream.
//
// Acknowledgements only, no resumption: a resumed stream would stand on a token instead of a proof,
// and what it would save, the stanzas, the routes save anyway.
//
// Stays on its thread. Owned by the owner of the stream, which ends it with close().
class Carrier {
 public:
  using Clock = std::chrono::steady_clock;

  // `page` is the stream's.
  Carrier(Environment& environment, stream::TransportStream& stream, ledger::Page& page);
  ~Carrier();  // closed
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;

  // The stream has proved the route's pair of domains, perhaps again; it may carry it from now on.
  void add(Route& route);
  // It may not, any longer.
  void remove(Route& route);
  void keep(const std::function<bool(const Route&)>& allowed);  // and remove the others
  const std::vector<Route*>& routes() const { return routes_; }
  bool carries(std::string_view local, std::string_view remote) const;
  bool carries_to(std::string_view remote) const;
  // The route has something to be written.
  void flush(Route& route);
  // Writes what is no stanza, before the stanzas that wait.
  void say(std::string_view words);
  // The largest stanza the peer takes (XEP-0478); a larger one is returned to its sender.
  void set_largest(std::size_t bytes) { largest_ = bytes; }

  // Stream management, as far as it concerns what we send. From start() on stanzas are counted; the
  // peer is asked for acknowledgements from confirm() on, and never when it would not have it.
  void start_counting();
  void confirm();
  void stop_counting();
  bool counts() const { return counting_; }
  // The peer has handled so many. Throws StreamError when that cannot be; says nothing while
  // nothing is counted.
  void acknowledged(std::uint32_t handled);
  // Asks, unless it has been asked and has not answered.
  void ask();
  // Since when an answer is owed.
  std::optional<Clock::time_point> asked_at() const { return asked_at_; }
  // Asks again for what has not been acknowledged at the first time of asking.
  void tick(Clock::time_point now);

  // Ends the stream with <system-shutdown/> when what waits has been written and acknowledged.
  void finish();
  // The same without an error, and without what waits: that is for the next stream.
  void leave(std::string why);
  // Takes no more stanzas, only words. What is known to be lost goes back at once.
  void retire();
  bool takes_stanzas() const { return !retired_ && !leaving_; }
  // After the stream has been closed: whatever is left goes back.
  asio::awaitable<void> close();

  bool at_work() const { return writing_; }

 private:
  struct Sent {
    SendQueue::Waiting stanza;
    Route* route;
  };

  void wake();
  bool has_work() const;
  bool is_full() const;
  asio::awaitable<void> write();
  std::string take();
  void take_from(Route& route, std::string& bytes);
  void count_batch();
  void written();
  void settle(std::size_t count);
  void finish_if_done();
  void end_stream();
  void give_back();
  void count_unacknowledged();

  Environment& environment_;
  stream::TransportStream& stream_;
  ledger::Page& page_;
  std::vector<Route*> routes_;
  std::deque<Route*> ready_;  // that have something
  std::string words_;         // to be written before stanzas
  std::size_t largest_ = std::numeric_limits<std::size_t>::max();

  std::deque<Sent> sent_;  // and not known to have arrived; with management they are its queue
  std::size_t sent_bytes_ = 0;
  std::size_t in_write_ = 0;   // of them, at the end
  std::size_t uncounted_ = 0;  // of them, at the front: written before counting began

  bool counting_ = false;
  bool confirmed_ = false;
  std::uint32_t acknowledged_ = 0;  // modulo 2^32, as h is
  std::uint32_t counted_ = 0;       // stanzas written since the beginning
  bool ask_again_ = false;          // stanzas were written after the last <r/>
  std::optional<Clock::time_point> asked_at_;
  Clock::time_point answered_at_{};

  bool writing_ = false;
  bool retired_ = false;
  bool closed_ = false;
  bool finishing_ = false;
  std::optional<std::string> leaving_;  // why
  Clock::time_point finish_by_{};
  async::TaskGroup tasks_;
};

}  // namespace causeway::edge::s2s
