#pragma once

#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

namespace causeway::test {

// The executor of a test: what the store posts runs in the test's thread, while it waits.
class Loop {
 public:
  std::function<void(std::function<void()>)> executor() {
    return [this](std::function<void()> task) {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
      posted_.notify_one();
    };
  }

  template <typename Predicate>
  void run_until(Predicate predicate) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!predicate()) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      std::unique_lock lock(mutex_);
      // Some predicates ask something else than what the tasks do.
      if (!posted_.wait_for(lock, std::chrono::milliseconds(20),
                            [this] { return !tasks_.empty(); }))
        continue;
      const std::function<void()> task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<std::function<void()>> tasks_;
};

}  // namespace causeway::test
