#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"

struct mqueue;
struct tmr;

namespace causeway::gateway::sip {

// libre's event loop in one thread, with a way in from the others.
//
// libre keeps its loop in thread-local state: open(), run() and close() belong to one thread.
// post() and stop() are for any thread; after() is for the loop's.
class Loop {
 public:
  using Task = absl::AnyInvocable<void()>;

  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  absl::Status open();
  // Until stop(). What was posted before the stop runs, and no timer after it.
  void run();
  void stop();
  // Tasks not yet run are dropped. Safe to call twice.
  void close();

  // However many are posted before the loop looks, it is woken once. After stop() they are dropped.
  void post(Task task);
  // libre walks a sorted list for each of its timers, so ours wait in a heap behind one of them.
  void after(std::chrono::milliseconds delay, Task task);

 private:
  using Clock = std::chrono::steady_clock;
  struct Timed {
    Clock::time_point due;
    std::uint64_t order;  // equal times keep the order they were asked for in
    Task task;
  };
  static bool later(const Timed& a, const Timed& b);

  void wake();  // with the mutex held
  void run_posted();
  void end();
  void run_due();
  void arm();

  std::mutex mutex_;          // the sanitizers cannot see into Debian's absl::Mutex
  std::vector<Task> posted_;  // and the next two: guarded by it
  bool woken_ = false;
  mqueue* queue_ = nullptr;
  std::atomic<bool> stopping_{false};  // set with the mutex held

  bool open_ = false;
  std::vector<Timed> heap_;
  std::uint64_t asked_ = 0;
  std::unique_ptr<tmr> timer_;
};

}  // namespace causeway::gateway::sip
