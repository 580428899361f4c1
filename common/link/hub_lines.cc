// How lines come and go. The way of the stanzas is in hub.cc.

#include <algorithm>
#include <cassert>
#include <utility>

#include "common/link/hello.h"
#include "common/link/hub.h"

namespace causeway::link {

v1::Hello Hub::hello(std::string_view peer_instance) {
  v1::Hello hello;
  hello.set_protocol_version(kProtocolVersion);
  hello.set_instance(instance_);
  hello.set_software(settings_.software);
  hello.set_name(settings_.name);
  const std::lock_guard lock(mutex_);
  if (const auto peer = pool_.find(peer_instance)) {
    hello.set_last_peer_instance(peer->instance);
    hello.set_received_up_to(peer->inbox.received_up_to());
  }
  return hello;
}

void Hub::add(Line& line) {
  const std::lock_guard lock(mutex_);
  line.added_at_ = settings_.now();
  lines_.push_back(&line);
}

void Hub::attach(Line& line, const v1::Hello& theirs) {
  Lines replaced, idle;
  {
    const std::lock_guard lock(mutex_);
    if (line.ended_) return;
    const auto peer = pool_.find(theirs.instance());
    if (peer == nullptr || peer->line == nullptr) {
      admit(line, theirs);
      idle = claim_all();
    } else {
      hold(*peer->line, replaced);
      auto& next = waiting_[theirs.instance()];
      if (next.line != nullptr) hold(*next.line, replaced);
      next = {&line, theirs};
    }
  }
  for (Line* each : idle) each->write();
  cut_held(replaced, "replaced by a newer connection of the same process");
}

// The pair of lives goes on when both know it. Should only one of them, then numbers start from 1
// again, and what is unsettled here goes with new numbers.
void Hub::admit(Line& line, const v1::Hello& theirs) {
  std::shared_ptr<Peer> peer = pool_.find(theirs.instance());
  const bool goes_on = peer != nullptr && theirs.last_peer_instance() == instance_ &&
                       peer->outbox.resume(theirs.received_up_to()).ok();
  if (!goes_on) {
    if (peer != nullptr) pool_.forget(peer);
    peer = std::make_shared<Peer>(weak_from_this(), theirs, settings_.credit);
  }
  peer->inbox.reconnect();
  peer->said_farewell = false;
  peer->line = &line;
  line.peer_ = peer;
  line.has_extras_ = true;
  pool_.join(peer, settings_.now());

  v1::Hello own;
  own.set_protocol_version(kProtocolVersion);
  own.set_instance(instance_);
  own.set_software(settings_.software);
  own.set_name(settings_.name);
  if (goes_on) {
    own.set_last_peer_instance(theirs.instance());
    own.set_received_up_to(peer->inbox.received_up_to());
  }
  line.attached(std::move(own));
}

void Hub::end(Line& line) {
  bool last = false;
  {
    const std::lock_guard lock(mutex_);
    line.ended_ = true;
    last = may_finish(line);
  }
  if (last) line.finish();
}

// True once: the caller must call finish() when it has let the lock go.
bool Hub::may_finish(Line& line) {
  if (!line.ended_ || line.writing_ || line.users_ > 0 || line.finished_) return false;
  return line.finished_ = true;
}

void Hub::detach(Line& line, bool peer_said_farewell) {
  Lines idle;
  {
    const std::lock_guard lock(mutex_);
    std::erase(lines_, &line);
    changed_.notify_all();  // under the lock: who waits for the last line may destroy the hub then
    absl::erase_if(waiting_, [&](const auto& waiting) { return waiting.second.line == &line; });
    const std::shared_ptr<Peer> peer = std::exchange(line.peer_, nullptr);
    if (peer == nullptr) return;
    peer->said_farewell = peer_said_farewell;
    pool_.lose(*peer, settings_.now());
    if (line.broken_) pool_.forget(peer);
    if (auto next = waiting_.find(peer->instance); next != waiting_.end()) {
      const Waiting successor = std::move(next->second);
      waiting_.erase(next);
      admit(*successor.line, successor.hello);
    }
    idle = claim_all();
  }
  for (Line* each : idle) each->write();
}

void Hub::tell(Line& line, absl::FunctionRef<void()> add) {
  bool write = false;
  {
    const std::lock_guard lock(mutex_);
    if (line.peer_ == nullptr) return;
    add();
    line.has_extras_ = true;
    write = claim(line);
  }
  if (write) line.write();
}

std::vector<Hub::Attached> Hub::attached() {
  std::vector<Attached> out;
  const std::lock_guard lock(mutex_);
  for (const std::shared_ptr<Peer>& peer : pool_.peers()) {
    if (peer->line != nullptr) out.push_back({peer->name, peer->software, peer->instance});
  }
  return out;
}

void Hub::tell_all(absl::FunctionRef<void(Line&)> add) {
  Lines idle;
  {
    const std::lock_guard lock(mutex_);
    for (Line* line : lines_) {
      if (line->peer_ == nullptr) continue;
      add(*line);
      line->has_extras_ = true;
    }
    idle = claim_all();
  }
  for (Line* line : idle) line->write();
}

void Hub::say_farewell(const std::string& reason) {
  tell_all([&](Line& line) {
    line.say_farewell(reason);
    line.leaving_ = true;
  });
}

void Hub::cut_all(const std::string& reason) {
  Lines held;
  {
    const std::lock_guard lock(mutex_);
    for (Line* line : lines_) hold(*line, held);
  }
  cut_held(held, reason);
}

// A line that is held does not finish, and so does not go.
void Hub::hold(Line& line, Lines& held) {
  if (line.finished_) return;
  line.users_ += 1;
  held.push_back(&line);
}

void Hub::cut_held(const Lines& held, const std::string& reason) {
  for (Line* line : held) {
    line->cut(reason);
    bool last = false;
    {
      const std::lock_guard lock(mutex_);
      line->users_ -= 1;
      last = may_finish(*line);
    }
    if (last) line->finish();
  }
}

bool Hub::wait_until_empty(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [this] { return lines_.empty(); });
}

}  // namespace causeway::link
