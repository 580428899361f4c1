#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "causeway/v1/link.pb.h"
#include "common/link/delivery.h"
#include "common/link/line.h"
#include "common/link/pool.h"

namespace causeway::link {

// One daemon's end of all its links: joins the pool, which decides, with the lines, which carry. It
// knows nothing of gRPC. Every method may be called from any thread; no handler and no method of a
// line is called under the lock, but for those of Line that say so.
class Hub : public std::enable_shared_from_this<Hub> {
 public:
  struct Settings {
    std::string name;      // what the operator calls this host
    std::string software;  // name and version
    std::uint32_t credit = 0;
    std::chrono::milliseconds grace{};
    std::size_t queue_bytes = 0;  // congested beyond it; beyond twice as much stanzas are refused
    std::function<Clock::time_point()> now = Clock::now;
    // Asks for acknowledge() within a few milliseconds. Acknowledgements wait for it, or for a
    // frame that goes anyway: most stanzas are settled one by one, and a frame for each would cost
    // more than the stanza did. Empty: they do not wait.
    std::function<void()> hurry = {};
  };
  struct Handlers {
    // In the order of the peer, one call at a time for each peer.
    std::function<void(std::vector<Delivery>)> deliver;
    std::function<void(std::vector<Outcome>)> settled;
  };
  // Between add() and attach().
  static constexpr std::chrono::seconds kHelloTimeout{10};
  static constexpr std::size_t kLargestStanza = 1 << 20;
  // A line that would be silent for longer writes an empty frame. gRPC 1.51 lets each thread that
  // carries callbacks sleep for 100 ms when it had nothing to do for a second, and what arrives
  // while all of them sleep waits: every first message after a pause. An event within the second
  // keeps one of them awake.
  static constexpr std::chrono::milliseconds kSilence{300};

  Hub(Settings settings, Handlers handlers);

  void submit(Entry entry);
  void submit(std::vector<Entry> entries);
  bool congested() const { return bytes() > settings_.queue_bytes; }
  // What waits for the peers or is not settled by them.
  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  struct Attached {
    std::string name;
    std::string software;
    std::string instance;
  };
  std::vector<Attached> attached();

  // What to say to a peer, whose life was `peer_instance` when it was last spoken with.
  v1::Hello hello(std::string_view peer_instance);
  const std::string& software() const { return settings_.software; }
  const std::string& instance() const { return instance_; }  // this life of ours

  void add(Line& line);
  // `theirs` has passed check(). A line that the same life still has is cut, and this one takes its
  // place when that one has gone, so that no two deliver at once.
  void attach(Line& line, const v1::Hello& theirs);
  // An error: the peer broke the protocol, and the line must end.
  absl::Status receive(Line& line, v1::Transfer& transfer);
  void fill(Line& line, v1::Transfer& transfer, Loan& loan);
  void written(Line& line);
  void end(Line& line);
  void detach(Line& line, bool peer_said_farewell);

  // Lets `add` give something to one attached line or to all, which add_extras() then writes.
  void tell(Line& line, absl::FunctionRef<void()> add);
  void tell_all(absl::FunctionRef<void(Line&)> add);

  // Several times a second.
  void tick();
  // When Settings::hurry asks for it: sends the acknowledgements that wait.
  void acknowledge();
  // Refuses what is submitted from now on, leaves what arrives to its senders, and waits until
  // nothing between us and the attached peers is unsettled.
  bool settle_within(std::chrono::milliseconds limit);
  // Asks every line for a farewell; then, with a reason, cuts those that are still there.
  void say_farewell(const std::string& reason);
  void cut_all(const std::string& reason);
  // False when lines were still there at the deadline.
  bool wait_until_empty(std::chrono::milliseconds limit);
  // Refuses everything unsettled, and whatever comes.
  void close();

 private:
  friend class Peer;
  using Lines = absl::InlinedVector<Line*, 4>;
  struct Waiting {
    Line* line;
    v1::Hello hello;
  };

  void settle(Peer& peer, std::uint64_t sequence, std::optional<v1::StanzaError> refusal);
  void admit(Line& line, const v1::Hello& theirs);
  enum class Acknowledgements { may_wait, due };
  bool has_news(const Line& line, Acknowledgements acknowledgements) const;
  bool claim(Line& line, Acknowledgements acknowledgements = Acknowledgements::may_wait);
  bool must_hurry(const Line& line);
  bool is_silent(const Line& line, Clock::time_point now) const;
  Lines claim_all(Acknowledgements acknowledgements = Acknowledgements::may_wait);
  bool may_finish(Line& line);
  void hold(Line& line, Lines& held);
  void cut_held(const Lines& held, const std::string& reason);
  void take(Entry entry, std::vector<Outcome>& refused);
  void give_up(std::vector<Entry> entries);
  void count_bytes();

  const Settings settings_;
  const Handlers handlers_;
  const std::string instance_;
  std::atomic<std::size_t> bytes_{0};

  // Guards what follows. The private methods need it held, but for settle(), cut_held(), give_up().
  std::mutex mutex_;
  std::condition_variable changed_;  // for settle_within() and wait_until_empty()
  bool closed_ = false;
  bool hurried_ = false;  // acknowledge() has been asked for and has not come
  Pool pool_;
  std::vector<Line*> lines_;
  absl::flat_hash_map<std::string, Waiting> waiting_;  // by peer instance
};

}  // namespace causeway::link
