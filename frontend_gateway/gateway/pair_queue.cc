#include "frontend_gateway/gateway/pair_queue.h"

#include <utility>

namespace causeway::gateway {

PairQueue::PairQueue(Surroundings& surroundings, Limits limits, Finished finished)
    : surroundings_(surroundings), limits_(limits), finished_(std::move(finished)) {}

bool PairQueue::push(Pair pair, Errand& errand) {
  if (size_ >= limits_.in_all) return false;
  const auto [found, idle] = lanes_.try_emplace(pair);
  Lane& lane = found->second;
  if (!idle && lane.waiting.size() >= limits_.per_pair) return false;
  ++size_;
  if (idle) {
    send(pair, lane, std::move(errand));
  } else {
    lane.waiting.push_back({std::move(errand), surroundings_.clock()});
  }
  return true;
}

void PairQueue::send(Pair pair, Lane& lane, Errand errand) {
  sip::Request request = std::move(errand.request);
  lane.pending = std::move(errand);
  surroundings_.send(std::move(request),
                     [this, pair](sip::Response response) { answered(pair, std::move(response)); });
}

// Whoever waits gets the turn before the outcome is told, so that what the telling brings in stands
// behind it.
void PairQueue::answered(Pair pair, sip::Response response) {
  const auto found = lanes_.find(pair);
  Errand done = std::move(found->second.pending);
  std::list<Waiting> too_late;
  std::list<Waiting>& waiting = found->second.waiting;
  const auto earliest = surroundings_.clock() - limits_.longest_wait;
  while (!waiting.empty() && waiting.front().since < earliest)
    too_late.splice(too_late.end(), waiting, waiting.begin());
  if (waiting.empty()) {
    lanes_.erase(found);
  } else {
    Errand next = std::move(waiting.front().errand);
    waiting.pop_front();
    send(pair, found->second, std::move(next));
  }
  size_ -= 1 + too_late.size();
  finished_(std::move(done), std::move(response));
  for (Waiting& each : too_late)
    finished_(std::move(each.errand), {408, "Waited Too Long For Its Turn", {}, true});
}

}  // namespace causeway::gateway
