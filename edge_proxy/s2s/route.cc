#include "edge_proxy/s2s/route.h"

#include <cassert>
#include <utility>

#include "edge_proxy/s2s/carrier.h"

namespace causeway::edge::s2s {
namespace {

constexpr std::chrono::seconds kMemoryOfFailure{600};

}  // namespace

Route::Route(Environment& environment, address::Domain local, address::Domain remote,
             std::function<void(Route&)> call)
    : environment_(environment),
      local_(std::move(local)),
      remote_(std::move(remote)),
      call_(std::move(call)),
      queue_(environment.queued_bytes, &environment.tally) {}

Route::~Route() {
  assert(carriers_.empty());
  queue_.refuse_all(kShuttingDown);
}

void Route::send(causeway::link::Delivery delivery) {
  const std::size_t bytes = delivery.stanza.ByteSizeLong();
  if (const std::optional<Refusal> refusal = refusal_for(bytes)) {
    refuse(delivery, *refusal, &environment_.tally);
    return;
  }
  queue_.push(std::move(delivery), bytes);
}

void Route::flush() {
  if (queue_.empty()) return;
  if (is_carried()) {
    carriers_.front()->flush(*this);
  } else if (!calling_) {
    calling_ = true;
    call_(*this);
  }
}

void Route::offer(Carrier& carrier) {
  carriers_.push_back(&carrier);
  reset_pause();
  if (carriers_.size() == 1) flush();
}

// What was lost comes before what waits, over whichever stream is next.
void Route::withdraw(Carrier& carrier, std::vector<SendQueue::Waiting> lost) {
  std::erase(carriers_, &carrier);
  queue_.put_back(std::move(lost));
  if (!permitted()) queue_.refuse_all({v1::POLICY_VIOLATION, "no longer an allowed partner"});
  if (stopping_ && !is_carried()) queue_.refuse_all(kShuttingDown);
  flush();
}

void Route::called() {
  calling_ = false;
  if (stopping_ && !is_carried()) queue_.refuse_all(kShuttingDown);
  flush();
}

// A stream of the peer's may have come meanwhile: then nothing has failed.
void Route::refuse_all(const Refusal& refusal) {
  if (!is_carried()) queue_.refuse_all(refusal);
}

void Route::failed(Refusal refusal) {
  if (is_carried()) return;
  backoff_.failed(Clock::now());
  watch_.failed();
  last_refusal_ = std::move(refusal);
  queue_.refuse_all(last_refusal_);
}

bool Route::permitted() const {
  return environment_.directory->hosts(local_.unicode()) &&
         environment_.directory->partner(remote_.unicode()) != nullptr;
}

void Route::configure() {
  if (permitted()) {
    reset_pause();  // the change may be what was missing
  } else {
    queue_.refuse_all({v1::POLICY_VIOLATION, "no longer an allowed partner"});
  }
}

void Route::stop() {
  stopping_ = true;
  if (!is_carried()) queue_.refuse_all(kShuttingDown);
}

bool Route::idle(Clock::time_point now) const {
  return !calling_ && holds_ == 0 && !watch_.looking() && carriers_.empty() && queue_.empty() &&
         (backoff_.failures() == 0 || now > backoff_.retry_at() + kMemoryOfFailure);
}

std::optional<Refusal> Route::refusal_for(std::size_t bytes) const {
  if (!permitted()) return Refusal{v1::POLICY_VIOLATION, "not an allowed partner"};
  if (stopping_) return kShuttingDown;
  if (!calling_ && !is_carried() && backoff_.waiting(Clock::now())) return last_refusal_;
  const config::Limits& limits = environment_.limits;
  const bool full = is_carried()
                        ? !queue_.empty() && queue_.bytes() + bytes > limits.send_buffer_bytes
                        : queue_.size() >= limits.queued_stanzas_per_pair;
  if (full || queue_.bytes_of_all_queues() + bytes > limits.queued_bytes) {
    return Refusal{v1::RESOURCE_CONSTRAINT, "too much is waiting for the recipient's server"};
  }
  return std::nullopt;
}

}  // namespace causeway::edge::s2s
