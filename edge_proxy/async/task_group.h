#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/steady_timer.hpp>
#include <cstddef>
#include <exception>
#include <list>

#include "absl/functional/any_invocable.h"

namespace causeway::edge::async {

// The owner of spawned coroutines: they live no longer than it does, and nothing is detached.
// Declare it as the last member of what its tasks refer to. All on one executor, which must not be
// a pool.
class TaskGroup {
 public:
  // Told what a task let escape. A task catches what it expects, so without `on_fault` an exception
  // leaves io_context::run(). operation_aborted after stop() is a task's proper end and not a
  // fault.
  using OnFault = absl::AnyInvocable<void(std::exception_ptr)>;

  explicit TaskGroup(asio::any_io_executor executor, OnFault on_fault = {});
  ~TaskGroup();  // empty by then: co_await stop() first
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Starts the task; on the executor's own thread it runs at once up to its first wait. What is
  // spawned after stop() has begun never starts.
  void spawn(asio::awaitable<void> task);

  // Cancels every task (terminally) and returns when the last has ended, also if the caller itself
  // is cancelled meanwhile. Not from one of the tasks. To be called on the executor, as often as
  // one likes.
  asio::awaitable<void> stop();

  std::size_t size() const { return running_.size(); }
  bool stopping() const { return stopping_; }

 private:
  using Running = std::list<asio::cancellation_signal>;

  void ended(Running::iterator task, std::exception_ptr fault);

  asio::any_io_executor executor_;
  OnFault on_fault_;
  asio::steady_timer emptied_;  // never expires; its cancellation is the news
  Running running_;
  bool stopping_ = false;
};

}  // namespace causeway::edge::async
