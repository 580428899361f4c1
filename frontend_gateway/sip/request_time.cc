#include <algorithm>

#include "frontend_gateway/sip/request_parts.h"

namespace causeway::gateway::sip {
namespace {

constexpr std::chrono::seconds kTransaction{32};  // Timer B

}  // namespace

void Requests::wake_at(Pending& pending, Clock::time_point when) {
  deadlines_.erase({pending.look, pending.id});
  pending.look = when;
  deadlines_.emplace(when, pending.id);
  if (when < armed_for_) arm();
}

// Silence: of a target that does not answer or, at the deadline, of all.
void Requests::expired(Pending& pending) {
  if (pending.given_up || Clock::now() >= pending.deadline) {
    if (pending.handle != nullptr && pending.request.method == "INVITE" && !pending.given_up)
      return give_up(pending);
    return finish(pending.id,
                  pending.last && !pending.started ? *pending.last : instead(ETIMEDOUT));
  }
  wake_at(pending, pending.deadline);
  if (pending.hop == nullptr || pending.heard || !may_move(pending)) return;
  put_aside(*pending.hop, kUnreachable, false);
  move_on(pending, instead(ETIMEDOUT));
}

// Whether another target may have the request although this one has not said anything: it has not
// got it, for there is no connection; or that does no harm.
bool Requests::may_move(const Pending& pending) const {
  const std::vector<Target>& all = *pending.targets;
  const std::uint32_t every = all.size() >= 32 ? ~0U : (1U << all.size()) - 1;
  if ((pending.tried & every) == every) return false;
  if (!pending.started || may_repeat(pending.request.method)) return true;
  return pending.hop->reliable() && !pending.hop->connection.established();
}

// Section 9.1: once there is a provisional response libre sends the CANCEL. Until the transaction
// ends its 2xx is waited for, and ended.
void Requests::give_up(Pending& pending) {
  sip_request_cancel(pending.handle);
  UserAgent::Answered answered = std::move(pending.answered);
  pending.answered = nullptr;
  pending.given_up = true;
  wake_at(pending, Clock::now() + kTransaction);
  std::move(answered)(instead(ETIMEDOUT));
}

void Requests::lost(Hop& hop) {
  std::vector<std::uint64_t> gone;
  for (const auto& [id, pending] : pending_) {
    if (pending->handle != nullptr && pending->hop == &hop) gone.push_back(id);
  }
  std::sort(gone.begin(), gone.end());
  for (const std::uint64_t id : gone) {
    const auto found = pending_.find(id);
    if (found == pending_.end()) continue;
    Pending& pending = *found->second;
    if (may_repeat(pending.request.method)) {
      move_on(pending, instead(ECONNRESET));
    } else {
      finish(id, instead(ECONNRESET));
    }
  }
}

void Requests::expire() {
  if (Clock::now() < armed_for_) return;  // armed for an earlier one since
  armed_for_ = Clock::time_point::max();
  while (!deadlines_.empty() && deadlines_.begin()->first <= Clock::now()) {
    const auto [when, id] = *deadlines_.begin();
    deadlines_.erase(deadlines_.begin());
    if (const auto found = pending_.find(id); found != pending_.end()) expired(*found->second);
  }
  if (!deadlines_.empty() && deadlines_.begin()->first < armed_for_) arm();
}

void Requests::arm() {
  armed_for_ = deadlines_.begin()->first;
  const auto left = armed_for_ - Clock::now();
  loop_.after(std::chrono::ceil<std::chrono::milliseconds>(left), [this] { expire(); });
}

void Requests::close() {
  closed_ = true;
  std::vector<std::uint64_t> all;
  for (const auto& [id, pending] : pending_) all.push_back(id);
  std::sort(all.begin(), all.end());
  for (const std::uint64_t id : all) finish(id, local(503, "Stopping"));
  acknowledged_.clear();
  hops_.clear();
  for (const auto& route : routes_) route->targets = std::make_shared<const std::vector<Target>>();
}

}  // namespace causeway::gateway::sip
