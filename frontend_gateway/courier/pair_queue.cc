#include "frontend_gateway/courier/pair_queue.h"

#include <algorithm>
#include <utility>

namespace causeway::gateway {
namespace {

using namespace std::chrono_literals;

// What a MESSAGE needs to be answered: with less it would be delivered to the one and fail for the
// other.
constexpr auto kLeastForAnswer = 1000ms;
constexpr auto kLook = 250ms;  // between looks at who has waited too long

// Of what kind a body is, or what is in it, is not liked; another one may be.
bool declines(const sip::Response& response) {
  return response.status == 415 || response.status == 488 || response.status == 406;
}

}  // namespace

PairQueue::PairQueue(Surroundings& surroundings, Limits limits, Finished finished)
    : surroundings_(surroundings), limits_(limits), finished_(std::move(finished)) {}

bool PairQueue::push(Pair pair, Errand& errand) {
  if (size_ >= limits_.in_all) return false;
  const auto patience = errand.patience > 0ms ? std::min(errand.patience, limits_.longest_wait)
                                              : limits_.longest_wait;
  const Deadline deadline{surroundings_.clock() + patience, ++pushed_};
  const auto found = lanes_.find(pair);
  if (found != lanes_.end() && found->second.waiting.size() >= limits_.per_pair) return false;
  ++size_;
  Waiting waiting{std::move(errand), deadline};
  if (hopeless(deadline.first)) {
    std::list<Waiting> late;
    late.push_back(std::move(waiting));
    give_up(std::move(late));
  } else if (found == lanes_.end()) {
    send(pair, lanes_[pair], std::move(waiting));
  } else {
    wait(pair, found->second, std::move(waiting));
  }
  return true;
}

bool PairQueue::hopeless(Clock::time_point deadline) const {
  return deadline - surroundings_.clock() < kLeastForAnswer;
}

void PairQueue::wait(Pair pair, Lane& lane, Waiting waiting) {
  const Deadline deadline = waiting.deadline;
  const auto at = lane.waiting.insert(lane.waiting.end(), std::move(waiting));
  by_deadline_.emplace(deadline, Place{pair, at});
  watch();
}

void PairQueue::send(Pair pair, Lane& lane, Waiting waiting) {
  sip::Request request = std::move(waiting.errand.request);
  request.answer_within =
      std::chrono::floor<std::chrono::milliseconds>(waiting.deadline.first - surroundings_.clock());
  lane.pending = std::move(waiting.errand);
  lane.deadline = waiting.deadline;
  surroundings_.send(std::move(request),
                     [this, pair](sip::Response response) { answered(pair, std::move(response)); });
}

void PairQueue::answered(Pair pair, sip::Response response) {
  answers_.emplace_back(pair, std::move(response));
  if (std::exchange(telling_, true)) return;
  while (!answers_.empty()) {
    auto answer = std::move(answers_.front());
    answers_.pop_front();
    next_turn(answer.first, std::move(answer.second));
  }
  telling_ = false;
}

bool PairQueue::try_plainly(Pair pair, Lane& lane, const sip::Response& response) {
  Attempt* attempt = lane.pending.attempt.get();
  if (attempt == nullptr || !declines(response)) return false;
  attempt->declined = true;
  if (!attempt->plain || hopeless(lane.deadline.first)) return false;
  Waiting again{std::move(lane.pending), lane.deadline};
  again.errand.request = *std::exchange(again.errand.attempt->plain, std::nullopt);
  send(pair, lane, std::move(again));
  return true;
}

// Whoever waits gets the turn before the outcome is told, so that what the telling brings in stands
// behind it.
void PairQueue::next_turn(Pair pair, sip::Response response) {
  const auto found = lanes_.find(pair);
  if (try_plainly(pair, found->second, response)) return;
  Errand done = std::move(found->second.pending);
  std::list<Waiting> late;
  std::list<Waiting>& waiting = found->second.waiting;
  while (!waiting.empty() && hopeless(waiting.front().deadline.first)) {
    by_deadline_.erase(waiting.front().deadline);
    late.splice(late.end(), waiting, waiting.begin());
  }
  if (waiting.empty()) {
    lanes_.erase(found);
  } else {
    Waiting next = std::move(waiting.front());
    waiting.pop_front();
    by_deadline_.erase(next.deadline);
    send(pair, found->second, std::move(next));
  }
  --size_;
  finished_(std::move(done), std::move(response));
  give_up(std::move(late));
}

void PairQueue::watch() {
  if (by_deadline_.empty() || std::exchange(watching_, true)) return;
  surroundings_.after(kLook, [this] { look(); });
}

void PairQueue::look() {
  watching_ = false;
  std::list<Waiting> late;
  while (!by_deadline_.empty() && hopeless(by_deadline_.begin()->first.first)) {
    const Place place = by_deadline_.begin()->second;
    by_deadline_.erase(by_deadline_.begin());
    late.splice(late.end(), lanes_.find(place.pair)->second.waiting, place.at);
  }
  watch();
  give_up(std::move(late));
}

void PairQueue::give_up(std::list<Waiting> late) {
  size_ -= late.size();
  for (Waiting& each : late) {
    each.errand.request = {};
    finished_(std::move(each.errand), {408, "No Time Is Left", {}, true});
  }
}

}  // namespace causeway::gateway
