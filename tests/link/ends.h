#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "edge_proxy/link/gateways.h"
#include "frontend_gateway/link/edges.h"
#include "tests/link/organisation.h"

namespace causeway::test {

using Ids = std::vector<std::string>;

// What threads have seen, and the wait for it.
class Watched {
 public:
  template <typename Change>
  void change(Change change) {
    const std::lock_guard lock(mutex_);
    change();
    changed_.notify_all();
  }
  // False: `holds` did not come to hold in time. It may look at what others watch, too, and is
  // asked again now and then.
  bool wait(const std::function<bool()>& holds,
            std::chrono::milliseconds limit = std::chrono::seconds(30)) {
    const auto end = std::chrono::steady_clock::now() + limit;
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, std::chrono::milliseconds(50), holds))
      if (std::chrono::steady_clock::now() > end) return false;
    return true;
  }
  template <typename Read>
  auto read(Read read) {
    const std::lock_guard lock(mutex_);
    return read();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

// The log of both ends while it lives.
class LogCapture {
 public:
  LogCapture();
  ~LogCapture();
  // Waits for a line with all of these in it.
  bool has_line(const Ids& parts, std::chrono::milliseconds limit = std::chrono::seconds(20));
  std::string text();

 private:
  friend struct LogCookie;
  Watched watched_;
  std::string text_;
  std::FILE* file_;
};

// What an end makes of the stanzas it is given; those whose id begins with "bad" it refuses.
enum class Judgement { take, keep };

// An edge, with what its link has told it.
struct Edge {
  Watched watched;
  Ids delivered;  // ids; "configure 7" for snapshots
  Ids returned;   // id and condition
  std::vector<causeway::link::Receipt> kept;
  std::atomic<Judgement> judgement{Judgement::take};
  std::unique_ptr<causeway::edge::link::Gateways> link;

  // Copies, for tests that are done waiting.
  Ids deliveries() {
    return watched.read([this] { return delivered; });
  }
  Ids returns() {
    return watched.read([this] { return returned; });
  }

  explicit Edge(const causeway::edge::config::Link& settings);
  ~Edge() { link.reset(); }
  void submit(const std::string& id, const std::string& user = "romeo");
  // With a receipt; what it says comes into `returned`, behind what came there before.
  void submit_with_receipt(const std::string& id);
};

// A gateway, likewise. Its executor is whatever thread the link is on.
struct Gateway {
  Watched watched;
  Ids delivered;
  Ids settled;  // id, and condition when it was refused
  std::vector<v1::StreamEvent> events;
  std::vector<causeway::link::Receipt> kept;
  std::atomic<Judgement> judgement{Judgement::take};
  std::unique_ptr<causeway::gateway::link::Edges> link;

  Ids deliveries() {
    return watched.read([this] { return delivered; });
  }
  Ids settlements() {
    return watched.read([this] { return settled; });
  }

  explicit Gateway(const causeway::gateway::config::Config& config, std::uint64_t snapshot = 1);
  ~Gateway() { link.reset(); }
  void submit(const std::string& id, std::uint32_t patience_ms = 0);
};

}  // namespace causeway::test
