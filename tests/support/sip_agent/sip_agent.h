#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "frontend_gateway/sip/user_agent.h"

namespace causeway::test {

// A queue a test waits at.
template <typename T>
class Arrivals {
 public:
  void put(T value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    changed_.notify_all();
  }
  // The next; nothing when none comes in time.
  std::optional<T> next(std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, patience, [this] { return taken_ < values_.size(); }))
      return std::nullopt;
    return std::move(values_[taken_++]);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> values_;
  std::size_t taken_ = 0;
};

// A user agent with its loop in a thread, from construction to destruction.
class SipAgent {
 public:
  using UserAgent = gateway::sip::UserAgent;

  explicit SipAgent(const gateway::config::Sip& settings,
                    std::vector<UserAgent::Method> methods = {}, UserAgent::Options options = {});
  ~SipAgent();

  UserAgent& agent() { return agent_; }
  // "127.0.0.1:40123" of its listener for "tcp", "udp" or "tls".
  std::string address(const std::string& transport) const;
  // Runs in the loop, and waits for it.
  void in_loop(std::function<void()> task);
  // Sends, and waits for the final response.
  std::optional<gateway::sip::Response> send(gateway::sip::Request request);
  void stop();

 private:
  UserAgent agent_;
  std::thread thread_;
};

// Settings with listeners on ports the system chooses.
gateway::config::Sip sip_settings(std::vector<std::string> transports, std::string next_hop);

}  // namespace causeway::test
