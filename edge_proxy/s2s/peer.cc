#include "edge_proxy/s2s/peer.h"

#include <algorithm>
#include <asio/error.hpp>
#include <asio/system_error.hpp>
#include <cassert>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "common/stanza/conditions.h"
#include "edge_proxy/async/within.h"
#include "edge_proxy/codec/stanza_codec.h"
#include "edge_proxy/s2s/outbound.h"
#include "edge_proxy/stream/cat.h"
#include "edge_proxy/stream/direct_tls.h"
#include "edge_proxy/xml/namespaces.h"

namespace causeway::edge::s2s {
namespace {

using stream::Condition;
using stream::StreamError;

constexpr std::size_t kWriteBytes = 64
                                    << 10;  // four TLS records: enough to be cheap, little to lose
const Refusal kStopping{v1::REMOTE_SERVER_TIMEOUT, "the server is shutting down"};
constexpr std::chrono::seconds kQuiet{2};  // then a stream gives its buffers back
constexpr std::chrono::seconds kMemoryOfFailure{600};

// Ends a stream that is of no use any longer.
asio::awaitable<void> part(std::unique_ptr<stream::TransportStream> stream,
                           std::optional<StreamError> fault, std::chrono::seconds limit) {
  try {
    co_await async::within(limit, stream->close(std::move(fault)));
  } catch (const std::runtime_error&) {
    // It does not read our last words, or has no more for us: both are an end.
  }
  stream->abort();
}

}  // namespace

Peer::Peer(Environment& environment, async::TaskGroup& tasks, address::Domain local,
           address::Domain remote)
    : environment_(environment),
      tasks_(tasks),
      local_(std::move(local)),
      remote_(std::move(remote)),
      queue_(environment.queued_bytes) {}

Peer::~Peer() { queue_.refuse_all(kStopping); }

// --- From outside ---

void Peer::send(causeway::link::Delivery delivery) {
  const std::size_t bytes = delivery.stanza.ByteSizeLong();
  if (const std::optional<Refusal> refusal = refusal_for(bytes)) {
    refuse(delivery, *refusal);
    return;
  }
  queue_.push(std::move(delivery), bytes);
}

void Peer::flush() {
  if (queue_.empty() && !keep_alive_due_) return;
  if (!running_ && !queue_.empty()) {
    running_ = true;
    tasks_.spawn(run());
  } else if (up_ && !writing_) {
    writing_ = true;
    tasks_.spawn(write());
  }
}

void Peer::heard_from() { backoff_.reset(); }

void Peer::configure() {
  if (permitted()) {
    const Partner* const partner = environment_.directory->partner(remote_.unicode());
    if (up_ && !partner->allows(proof_)) {
      end(StreamError(Condition::reset, "the partner's settings have changed"));
    }
    heard_from();  // the change may be what was missing
    return;
  }
  queue_.refuse_all({v1::POLICY_VIOLATION, "no longer an allowed partner"});
  const bool ours = environment_.directory->hosts(local_.unicode());
  end(StreamError(ours ? Condition::policy_violation : Condition::host_gone,
                  ours ? "no longer an allowed partner" : "the domain is no longer served here"));
}

void Peer::tick(Clock::time_point now) {
  queue_.expire(now);
  if (!up_) return;
  page_.set_bytes(stream_->bytes_received(), stream_->bytes_sent());
  if (now - stream_->last_heard() > kQuiet) stream_->trim();
  const Directory& directory = *environment_.directory;
  const Partner* const partner = directory.partner(remote_.unicode());
  const Clock::time_point last_traffic = std::max(stream_->last_sent(), stream_->last_heard());
  if (now - last_traffic >= directory.inactivity_timeout()) {
    stream_->interrupt("idle");
  } else if (partner != nullptr && partner->keep_alive &&
             now - stream_->last_sent() >= directory.keep_alive_interval() / 2) {
    keep_alive_due_ = true;
    flush();
  }
}

void Peer::stop() {
  stopping_ = true;
  if (!up_) queue_.refuse_all(kStopping);
  if (!writing_) end(StreamError(Condition::system_shutdown));
}

bool Peer::idle(Clock::time_point now) const {
  return !at_work() && queue_.empty() &&
         (backoff_.failures() == 0 || now > backoff_.retry_at() + kMemoryOfFailure);
}

void Peer::end(StreamError error) {
  if (stream_) stream_->interrupt(std::move(error));
}

void Peer::close() {
  if (up_) stream_->interrupt(std::string(kClosedByOperator));
}

// --- Establishing a stream ---

asio::awaitable<void> Peer::run() {
  const absl::Cleanup done = [this] { running_ = false; };
  while (!queue_.empty() && !stopping_) {
    const bool established = co_await establish();
    if (!established) break;
    co_await serve();
  }
  if (stopping_) queue_.refuse_all(kStopping);
}

// RFC 6120 section 8.3.3.16: who cannot be found is not found, everything later is a time-out.
asio::awaitable<bool> Peer::establish() {
  const std::shared_ptr<const Directory> directory = environment_.directory;
  if (!permitted()) {
    queue_.refuse_all({v1::POLICY_VIOLATION, "not an allowed partner"});
    co_return false;
  }
  const Partner& partner = *directory->partner(remote_.unicode());
  place_ = environment_.admission.stream(v1::StreamEvent::OUTBOUND, *directory, partner);
  if (!place_) {
    queue_.refuse_all({v1::RESOURCE_CONSTRAINT, "no more streams are allowed for this partner"});
    co_return false;
  }
  stream::Steps steps;
  Refusal refusal{v1::REMOTE_SERVER_TIMEOUT, "the recipient's server could not be reached"};
  FailureReport failure{FailureReport::kRefused, {}};
  address_.clear();
  try {
    co_await async::within(directory->establishment_timeout(), connect(directory, steps));
    if (!still_allowed()) throw Refused("the partner's settings have changed");
    heard_from();
    stream_->set_limits(limits_after_authentication(environment_.limits));
    page_ = report_established(environment_, about(), proof_, *stream_);
    co_return true;
  } catch (const dns::LookupError& error) {
    refusal = {v1::REMOTE_SERVER_NOT_FOUND, "the recipient's server was not found"};
    failure = {FailureReport::kNotFound, error.what()};
  } catch (const async::TimedOut&) {
    failure = {FailureReport::kTimeout, "not established in time"};
  } catch (const Refused& error) {
    failure.reason = error.what();
  } catch (const asio::system_error& error) {
    failure = {FailureReport::kLost, error.what()};
  }
  failed(std::move(refusal), failure, steps);
  co_return false;
}

// Whatever goes wrong before authentication, the next place may do better.
asio::awaitable<void> Peer::connect(std::shared_ptr<const Directory> directory,
                                    stream::Steps& steps) {
  const Partner& partner = *directory->partner(remote_.unicode());
  stream::Places places(environment_.resolver, remote_,
                        {.proxy = partner.proxy,
                         .direct_tls = partner.tls_supported(),
                         .limits = environment_.limits},
                        steps);
  for (;;) {
    std::optional<stream::Place> place = co_await places.next();
    if (!place) throw Refused("no server of the domain could be used");
    if (stopping_ || !permitted()) throw Refused("it is not wanted any longer");
    address_ = place->words;
    stream_ = std::make_unique<stream::TransportStream>(tls::Transport(std::move(place->socket)),
                                                        environment_.streams);
    const bool established = co_await attempt(*directory, place->direct_tls, steps);
    if (established) co_return;
  }
}

asio::awaitable<bool> Peer::attempt(const Directory& directory, bool direct_tls,
                                    stream::Steps& steps) {
  Outbound outbound{.stream = *stream_,
                    .partner = *directory.partner(remote_.unicode()),
                    .secret = directory.secret(),
                    .local = local_,
                    .remote = remote_,
                    .steps = steps};
  std::optional<StreamError> fault;
  try {
    if (direct_tls) {
      co_await stream::begin_direct_tls(*stream_, outbound.remote.ascii(), outbound.local.ascii(),
                                        environment_.limits.connect);
    }
    // A silent server must leave time for the next one.
    proof_ = co_await async::within(environment_.limits.connect + environment_.limits.dialback,
                                    negotiate(outbound));
    co_return true;
  } catch (const StreamError& error) {
    fault = error;
    steps.note(error.what());
  } catch (const async::TimedOut&) {
    fault = StreamError(Condition::connection_timeout);
    steps.note("it did not answer in time");
  } catch (const asio::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    steps.note(error.what());
  } catch (const std::runtime_error& error) {  // Refused, PeerClosed, Ended
    steps.note(error.what());
  }
  // Whoever waits need not wait for its goodbye.
  tasks_.spawn(part(std::move(stream_), std::move(fault), environment_.limits.closing));
  co_return false;
}

void Peer::failed(Refusal refusal, const FailureReport& failure, const stream::Steps& steps) {
  if (!stopping_) report_failed(environment_, about(), failure, steps);
  if (stream_) {
    tasks_.spawn(part(std::move(stream_), StreamError(Condition::connection_timeout),
                      environment_.limits.closing));
  }
  place_.reset();
  backoff_.failed(Clock::now());
  last_refusal_ = std::move(refusal);
  queue_.refuse_all(last_refusal_);
}

// --- An established stream ---

asio::awaitable<void> Peer::serve() {
  serving_ = up_ = true;
  const absl::Cleanup done = [this] { serving_ = up_ = false; };
  flush();
  std::optional<StreamError> fault;
  std::string reason;
  bool broken = false;
  try {
    co_await listen();
  } catch (const StreamError& error) {
    fault = error;
    reason = error.what();
  } catch (const asio::system_error& error) {
    broken = true;
    reason = error.what();
  } catch (const std::runtime_error& end) {  // PeerClosed, Ended
    reason = end.what();
  }
  up_ = false;
  report_closed(environment_, about(), reason);
  page_ = {};
  try {
    if (!broken)
      co_await async::within(environment_.limits.closing, stream_->close(std::move(fault)));
  } catch (const std::runtime_error&) {
    // It does not read our last words, or has no more for us: both are an end.
  }
  stream_->abort();
  co_await stream_->written();
  assert(!writing_);
  stream_.reset();
  place_.reset();
}

// A stream carries stanzas one way: what comes back is its end, or answers to nothing.
asio::awaitable<void> Peer::listen() {
  for (;;) {
    const xml::Element element = co_await stream_->read();
    if (element.ns != xml::ns::kServer) continue;
    throw StreamError(Condition::not_authorized, "this stream carries stanzas the other way only");
  }
}

// One write is outstanding; whatever gathers meanwhile goes with the next.
asio::awaitable<void> Peer::write() {
  absl::Cleanup done = [this] { writing_ = false; };
  while (up_ && (keep_alive_due_ || !queue_.empty())) {
    std::string bytes = take();
    if (bytes.empty()) continue;
    try {
      co_await stream_->send(std::move(bytes));
    } catch (const std::runtime_error&) {
      queue_.put_back(std::exchange(in_flight_, {}));
      lost();
      break;
    }
    page_.count_out(count(
        environment_.tally.outgoing, in_flight_,
        [](const auto& written) -> auto& { return written.delivery.stanza; }));
    for (SendQueue::Waiting& written : in_flight_) written.delivery.receipt.taken();
    in_flight_.clear();
  }
  if (in_flight_.capacity() > 64) in_flight_.shrink_to_fit();
  std::move(done).Invoke();
  if (stopping_) end(StreamError(Condition::system_shutdown));
}

std::string Peer::take() {
  std::string bytes;
  if (std::exchange(keep_alive_due_, false) && queue_.empty()) bytes = " ";
  const Clock::time_point now = Clock::now();
  while (!queue_.empty() && bytes.size() < kWriteBytes) {
    SendQueue::Waiting next = queue_.pop();
    if (next.deadline <= now) {
      refuse(next.delivery, kTooLate);
      continue;
    }
    codec::append(bytes, next.delivery.stanza);
    in_flight_.push_back(std::move(next));
  }
  return bytes;
}

// The reader sees it too, but a connection may break in one direction only.
void Peer::lost() {
  up_ = false;
  stream_->interrupt("a write failed");
}

// --- The queue ---

std::optional<Refusal> Peer::refusal_for(std::size_t bytes) const {
  if (!permitted()) return Refusal{v1::POLICY_VIOLATION, "not an allowed partner"};
  if (stopping_) return kStopping;
  if (!running_ && backoff_.waiting(Clock::now())) return last_refusal_;
  const config::Limits& limits = environment_.limits;
  const bool full = up_ ? !queue_.empty() && queue_.bytes() + bytes > limits.send_buffer_bytes
                        : queue_.size() >= limits.queued_stanzas_per_pair;
  if (full || queue_.bytes_of_all_queues() + bytes > limits.queued_bytes) {
    return Refusal{v1::RESOURCE_CONSTRAINT, "too much is waiting for the recipient's server"};
  }
  return std::nullopt;
}

bool Peer::permitted() const {
  return environment_.directory->hosts(local_.unicode()) &&
         environment_.directory->partner(remote_.unicode()) != nullptr;
}

// The settings may have changed while the stream was negotiated under the ones before.
bool Peer::still_allowed() const {
  return permitted() && environment_.directory->partner(remote_.unicode())->allows(proof_);
}

StreamReport Peer::about() const { return {v1::StreamEvent::OUTBOUND, local_, remote_, address_}; }

}  // namespace causeway::edge::s2s
