#include "common/link/hub.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "common/link/hello.h"
#include "common/link/rendezvous.h"
#include "common/process/process.h"

namespace causeway::link {
namespace {

v1::StanzaError make_error(v1::StanzaCondition condition, const char* text) {
  v1::StanzaError error;
  error.set_condition(condition);
  error.set_text(text);
  return error;
}

v1::StanzaError timed_out() {
  return make_error(v1::REMOTE_SERVER_TIMEOUT, "The stanza could not be handed on in time.");
}

v1::StanzaError too_large() { return make_error(v1::NOT_ACCEPTABLE, "The stanza is too large."); }

v1::StanzaError too_much() {
  return make_error(v1::RESOURCE_CONSTRAINT, "Too many stanzas are waiting to be handed on.");
}

}  // namespace

Peer::Peer(std::weak_ptr<Hub> hub, const v1::Hello& hello, std::uint32_t credit)
    : instance(hello.instance()),
      name(hello.name()),
      software(hello.software()),
      name_hash(stable_hash(hello.name())),
      life_hash(stable_hash(life_of(hello.instance()))),
      inbox(credit),
      hub_(std::move(hub)) {}

void Peer::settle(std::uint64_t sequence, std::optional<v1::StanzaError> refusal) {
  if (auto hub = hub_.lock()) hub->settle(*this, sequence, std::move(refusal));
}

Hub::Hub(Settings settings, Handlers handlers)
    : settings_(std::move(settings)),
      handlers_(std::move(handlers)),
      instance_(process::random_instance()),
      pool_(settings_.grace) {}

// ---- Stanzas out

void Hub::submit(Entry entry) {
  std::vector<Outcome> refused;
  Lines idle;
  {
    const std::lock_guard lock(mutex_);
    take(std::move(entry), refused);
    count_bytes();
    idle = claim_all();
  }
  for (Line* line : idle) line->write();
  if (!refused.empty()) handlers_.settled(std::move(refused));
}

void Hub::submit(std::vector<Entry> entries) {
  std::vector<Outcome> refused;
  Lines idle;
  {
    const std::lock_guard lock(mutex_);
    for (Entry& entry : entries) take(std::move(entry), refused);
    count_bytes();
    idle = claim_all();
  }
  for (Line* line : idle) line->write();
  if (!refused.empty()) handlers_.settled(std::move(refused));
}

void Hub::take(Entry entry, std::vector<Outcome>& refused) {
  if (closed_)
    refused.push_back({std::move(entry), timed_out()});
  else if (entry.bytes > kLargestStanza)
    refused.push_back({std::move(entry), too_large()});
  else if (bytes_.load(std::memory_order_relaxed) > 2 * settings_.queue_bytes)
    refused.push_back({std::move(entry), too_much()});
  else
    pool_.submit(std::move(entry));
}

void Hub::fill(Line& line, v1::Transfer& transfer, Loan& loan) {
  const std::lock_guard lock(mutex_);
  assert(line.writing_ && line.peer_ != nullptr);
  line.filled_at_ = settings_.now();
  line.has_extras_ = false;
  line.add_extras();
  line.peer_->inbox.fill(transfer);
  if (!line.leaving_) line.peer_->outbox.fill(line.filled_at_, transfer, loan);
}

void Hub::written(Line& line) {
  bool more = false, last = false, hurry = false;
  {
    const std::lock_guard lock(mutex_);
    line.writing_ = false;
    more = claim(line);
    hurry = !more && must_hurry(line);
    last = may_finish(line);
  }
  if (more) line.write();
  if (last) line.finish();
  if (hurry) settings_.hurry();
}

bool Hub::has_news(const Line& line, Acknowledgements acknowledgements) const {
  const bool may_wait = acknowledgements == Acknowledgements::may_wait && settings_.hurry;
  const Inbox& inbox = line.peer_->inbox;
  return line.has_extras_ || (may_wait ? inbox.is_pressing() : inbox.has_news()) ||
         (!line.leaving_ && line.peer_->outbox.has_news());
}

// True: the caller must call write() once it has let the lock go. Until the write is done the line
// cannot finish, so it is still there.
bool Hub::claim(Line& line, Acknowledgements acknowledgements) {
  if (line.writing_ || line.ended_ || line.peer_ == nullptr) return false;
  return line.writing_ = has_news(line, acknowledgements);
}

// True once until acknowledge(): the caller must ask for that when it has let the lock go.
bool Hub::must_hurry(const Line& line) {
  if (hurried_ || line.writing_ || line.ended_ || line.peer_ == nullptr || !settings_.hurry)
    return false;
  return hurried_ = line.peer_->inbox.has_news();
}

Hub::Lines Hub::claim_all(Acknowledgements acknowledgements) {
  Lines idle;
  for (Line* line : lines_)
    if (claim(*line, acknowledgements)) idle.push_back(line);
  return idle;
}

// ---- Stanzas in

absl::Status Hub::receive(Line& line, v1::Transfer& transfer) {
  std::vector<Outcome> outcomes;
  std::vector<Delivery> deliveries;
  std::shared_ptr<Peer> peer;
  Lines idle;
  absl::StatusOr<std::size_t> known = 0;
  {
    const std::lock_guard lock(mutex_);
    if (line.ended_) return absl::OkStatus();
    if (line.peer_ == nullptr) return absl::FailedPreconditionError("stanzas before the hello");
    peer = line.peer_;
    absl::Status status = pool_.apply(*peer, transfer, outcomes);
    status.Update(peer->inbox.heard(transfer.refusals_received()));
    if (!status.ok())
      known = status;
    else if (closed_)  // left to the sender, who gives it to another after our farewell
      known = static_cast<std::size_t>(transfer.stanzas_size());
    else
      known = peer->inbox.accept(transfer.first_sequence(), transfer.stanzas().size());
    line.broken_ = !known.ok();
    count_bytes();
    idle = claim_all();
  }
  if (known.ok()) {
    deliveries.reserve(transfer.stanzas_size() - *known);
    for (int i = static_cast<int>(*known); i < transfer.stanzas_size(); ++i)
      deliveries.push_back(
          {std::move(*transfer.mutable_stanzas(i)), Receipt(peer, transfer.first_sequence() + i)});
  }
  changed_.notify_all();
  if (!outcomes.empty()) handlers_.settled(std::move(outcomes));
  if (!deliveries.empty()) handlers_.deliver(std::move(deliveries));
  for (Line* each : idle) each->write();
  return known.status();
}

void Hub::settle(Peer& peer, std::uint64_t sequence, std::optional<v1::StanzaError> refusal) {
  Line* idle = nullptr;
  bool hurry = false;
  {
    const std::lock_guard lock(mutex_);
    peer.inbox.settle(sequence, std::move(refusal));
    if (peer.line != nullptr && claim(*peer.line)) idle = peer.line;
    hurry = peer.line != nullptr && must_hurry(*peer.line);
    if (closed_) changed_.notify_all();  // somebody may wait for the last one
  }
  if (idle != nullptr) idle->write();
  if (hurry) settings_.hurry();
}

// ---- Time and the end

void Hub::tick() {
  std::vector<Entry> expired;
  Lines idle, late;
  {
    const std::lock_guard lock(mutex_);
    const Clock::time_point now = settings_.now();
    hurried_ = false;
    pool_.tick(now, expired);
    for (Line* line : lines_) {
      if (line->peer_ == nullptr && now - line->added_at_ > kHelloTimeout) hold(*line, late);
      if (is_silent(*line, now)) line->has_extras_ = true;
    }
    count_bytes();
    idle = claim_all(Acknowledgements::due);
  }
  for (Line* line : idle) line->write();
  cut_held(late, "no hello came in time");
  give_up(std::move(expired));
}

void Hub::acknowledge() {
  Lines idle;
  {
    const std::lock_guard lock(mutex_);
    hurried_ = false;
    idle = claim_all(Acknowledgements::due);
  }
  for (Line* line : idle) line->write();
}

bool Hub::is_silent(const Line& line, Clock::time_point now) const {
  return line.peer_ != nullptr && !line.leaving_ && now - line.filled_at_ >= kSilence;
}

void Hub::give_up(std::vector<Entry> entries) {
  if (entries.empty()) return;
  std::vector<Outcome> outcomes;
  outcomes.reserve(entries.size());
  for (Entry& entry : entries) outcomes.push_back({std::move(entry), timed_out()});
  handlers_.settled(std::move(outcomes));
}

bool Hub::settle_within(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  closed_ = true;
  return changed_.wait_for(lock, limit, [this] { return !pool_.is_under_way(); });
}

void Hub::close() {
  std::vector<Entry> entries;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    entries = pool_.drain();
    count_bytes();
  }
  give_up(std::move(entries));
}

void Hub::count_bytes() { bytes_.store(pool_.bytes(), std::memory_order_relaxed); }

}  // namespace causeway::link
