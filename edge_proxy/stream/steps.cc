#include "edge_proxy/stream/steps.h"

#include <cstddef>
#include <utility>

namespace causeway::edge::stream {
namespace {

constexpr std::size_t kMostSteps = 64;

}  // namespace

void Steps::note(std::string words) {
  if (steps_.size() == kMostSteps) return;
  steps_.push_back({std::chrono::system_clock::now(), std::move(words)});
}

}  // namespace causeway::edge::stream
