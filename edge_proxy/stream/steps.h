#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace causeway::edge::stream {

// What was tried, in order and in words: an operator reads them when a partner cannot be reached.
// Bounded; what comes after the 64th is not kept.
class Steps {
 public:
  struct Step {
    std::chrono::system_clock::time_point time;
    std::string words;  // "192.0.2.1:5269: Connection refused"
  };

  void note(std::string words);
  const std::vector<Step>& all() const { return steps_; }

 private:
  std::vector<Step> steps_;
};

}  // namespace causeway::edge::stream
