#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "causeway/v1/admin.pb.h"
#include "edge_proxy/ledger/tally.h"

namespace causeway::edge::ledger {

class Ledger;

// A stream's own page: kept by whoever owns the stream, gone with it. Without a ledger behind it,
// as before the stream is up, it takes everything and keeps nothing.
class Page {
 public:
  Page() = default;
  Page(Page&& other) noexcept;
  Page& operator=(Page&& other) noexcept;
  ~Page();

  // Each is a relaxed store or addition, by the stream's thread.
  void count_in(std::uint64_t stanzas);
  void count_out(std::uint64_t stanzas);
  void set_unacknowledged(std::uint64_t stanzas);
  void set_bytes(std::uint64_t in, std::uint64_t out);

  // These are rare, and lock.
  void add_local(std::string_view domain);
  void add_remote(std::string_view domain);
  void add_feature(std::string_view name);

  explicit operator bool() const { return ledger_ != nullptr; }

 private:
  friend class Ledger;
  struct Counts {
    std::atomic<std::uint64_t> in{0}, out{0}, unacknowledged{0}, bytes_in{0}, bytes_out{0};
  };

  Ledger* ledger_ = nullptr;
  std::uint64_t id_ = 0;
  std::shared_ptr<Counts> counts_;
};

// What is up, what has failed, and how often: everything the edge tells its operator about streams.
// Safe from any thread; takes its lock when a stream begins or ends, not for what it carries.
class Ledger {
 public:
  struct Limits {
    std::size_t failures = 10;   // of one partner and direction; the oldest go
    std::size_t partners = 500;  // that have any; who has not failed for longest goes
  };
  using Direction = v1::StreamEvent::Direction;

  explicit Ledger(const Limits& limits) : limits_(limits) {}
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // Another one, for a thread that counts. Lives as long as the ledger.
  Tally& new_tally();
  const std::deque<Tally>& tallies() const { return tallies_; }  // when no more are made

  // A stream is up. The ledger sets its id and counters.
  Page opened(v1::LiveStream stream);
  // No stream came about. Kept when `partner` says so: strangers could name anybody.
  void failed(v1::StreamFailure failure, bool partner);
  // A connection ended before it named anybody.
  void stranger() { strangers_.add(); }

  // Of one domain, or of all when it is empty.
  std::vector<v1::LiveStream> streams(std::string_view domain = {}) const;      // oldest first
  std::vector<v1::StreamFailure> failures(std::string_view domain = {}) const;  // newest first

  // For the metrics.
  struct Key {  // of what is up, or came up
    Direction direction;
    v1::StreamEvent::Proof proof;
    std::string tls_version;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct FailureKey {
    Direction direction;
    std::string condition;
    friend auto operator<=>(const FailureKey&, const FailureKey&) = default;
  };
  std::map<Key, std::uint64_t> up() const;
  std::map<Key, std::uint64_t> established() const;
  std::map<FailureKey, std::uint64_t> failed() const;
  std::uint64_t strangers() const { return strangers_.get(); }

 private:
  friend class Page;
  struct Stream {
    v1::LiveStream facts;
    std::shared_ptr<Page::Counts> counts;
  };
  struct Partner {
    std::string domain;
    std::deque<v1::StreamFailure> failures[2];  // by direction, so that whoever calls himself this
                                                // partner cannot push out what we tried
  };
  using Partners = std::list<Partner>;

  void closed(std::uint64_t id);
  template <typename Change>
  void change(std::uint64_t id, Change change);
  Partner& page_of(const std::string& domain);

  const Limits limits_;
  std::deque<Tally> tallies_;
  Count strangers_;

  mutable std::mutex mutex_;  // guards what follows
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, Stream> streams_;
  std::map<Key, std::uint64_t> up_;
  std::map<Key, std::uint64_t> established_;
  std::map<FailureKey, std::uint64_t> failed_;
  Partners partners_;  // who failed last comes first
  std::map<std::string, Partners::iterator, std::less<>> by_domain_;
};

}  // namespace causeway::edge::ledger
