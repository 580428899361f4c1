#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "common/link/hub.h"
#include "frontend_gateway/config/config.h"
#include "frontend_gateway/link/edge_line.h"

namespace causeway::gateway::link {

// Keeps one edge attached: dials, and dials again when the line has gone, with back-off and jitter.
// The certificate files are read at each attempt, so that renewed ones come into force.
class Dialer {
 public:
  // `snapshot` and `stream_events` as in EdgeLine::Owner.
  Dialer(std::shared_ptr<causeway::link::Hub> hub, const config::Edge& edge,
         const config::Link& settings,
         std::function<std::shared_ptr<const v1::Snapshot>()> snapshot,
         std::function<void(std::vector<v1::StreamEvent>)> stream_events);

  // Dials when it is time to; several times a second.
  void tick(causeway::link::Clock::time_point now);
  // No attempt is made from now on.
  void stop();
  // After stop(), and when the line has been asked to end.
  void wait_until_gone();
  bool is_attached() const;
  // Why the edge is not attached; empty: it is, or nothing was tried yet.
  std::string last_failure() const;

 private:
  void dial();
  void attached(const v1::Hello& theirs, const std::string& address);
  void gone(const std::string& reason);
  void note_failure(const std::string& reason);
  void back_off();

  const std::shared_ptr<causeway::link::Hub> hub_;
  const std::string name_;
  const std::string address_;
  const config::Link settings_;
  const std::function<std::shared_ptr<const v1::Snapshot>()> snapshot_;
  const std::function<void(std::vector<v1::StreamEvent>)> stream_events_;

  mutable std::mutex mutex_;  // guards what follows, up to line_
  std::condition_variable changed_;
  bool stopped_ = false;
  bool busy_ = false;  // line_ is at work
  bool attached_ = false;
  std::string peer_instance_;
  std::string last_failure_;
  std::chrono::milliseconds pause_;
  causeway::link::Clock::time_point next_;
  std::minstd_rand random_;
  std::unique_ptr<EdgeLine> line_;  // touched by tick() only, and by the destructor
};

}  // namespace causeway::gateway::link
