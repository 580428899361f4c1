#include <algorithm>

#include "frontend_gateway/sip/repeats.h"
#include "frontend_gateway/sip/request_parts.h"

namespace causeway::gateway::sip {

// The next that was not tried: one of which nothing bad is known or, without such, one that could
// not be reached lately. One that asked for quiet only where all did: it may be the wish of a user
// behind them, who shall not silence everybody's.
const Target* Requests::choose(Pending& pending) {
  const std::vector<Target>& all = *pending.targets;
  std::optional<std::size_t> best, quiet;
  for (std::size_t i = 0; i < std::min(all.size(), kMostTries); ++i) {
    if ((pending.tried & (1U << i)) != 0) continue;
    const Hop& hop = hop_at(all[i]);
    if (!proves(hop, all[i])) continue;
    const bool doubtful = hop.aside() || hop.unheard >= kUnheard;
    if (hop.aside() && hop.retry_after && all.size() > 1) {
      quiet = quiet.value_or(i);
      continue;
    }
    if (!doubtful || !best) best = i;
    if (!doubtful) break;
  }
  if (!best && pending.tried == 0) best = quiet;
  if (!best) return nullptr;
  pending.tried |= 1U << *best;
  return &all[*best];
}

// libre takes the connection that leads to the address, whoever it was opened for.
bool Requests::proves(const Hop& hop, const Target& target) const {
  return target.transport != SIP_TRANSP_TLS || hop.target.name == target.name ||
         (tls_ != nullptr && tls_->proved(hop.address, target.name));
}

void Requests::advance(Pending& pending) {
  const Target* const target = choose(pending);
  if (target == nullptr) {
    Response response = pending.last.value_or(
        local(503, pending.targets->empty() ? "Next Hop Unknown" : "Next Hops Unavailable"));
    loop_.after({},
                [this, id = pending.id, response = std::move(response)] { finish(id, response); });
    return;
  }
  Hop& hop = hop_at(*target);
  pending.hop = &hop;
  hop.waiting.push_back(pending.id);
  pump(hop);
}

Hop& Requests::hop_at(const Target& target) {
  auto& hop = hops_[key_of(target)];
  if (!hop) {
    hop = std::make_unique<Hop>(stack_, loop_, target);
    hop->connection.on_lost([this, at = hop.get()](const sa&) { lost(*at); });
  }
  return *hop;
}

// Of the targets that peers name in their dialogs only those are kept where something is under way,
// of which something bad is known, or whose certificate the open connection has proved.
void Requests::forget(Hop& hop) {
  if (hop.routes > 0 || !hop.idle()) return;
  const auto left = std::max(Clock::duration{}, hop.aside_until - Clock::now());
  loop_.after(std::chrono::ceil<std::chrono::milliseconds>(left), [this, key = key_of(hop.target)] {
    const auto found = hops_.find(key);
    if (found == hops_.end()) return;
    const Hop& same = *found->second;
    const bool proved = same.target.transport == SIP_TRANSP_TLS && same.connection.listed();
    if (same.routes <= 0 && same.idle() && !same.aside() && !proved) hops_.erase(found);
  });
}

// Hands over in order what the window lets pass. UDP has none.
void Requests::pump(Hop& hop) {
  while (!hop.waiting.empty()) {
    const auto found = pending_.find(hop.waiting.front());
    if (found == pending_.end() || found->second->hop != &hop || found->second->started) {
      hop.waiting.pop_front();
      continue;
    }
    Pending& pending = *found->second;
    const std::size_t size = pending.rest.size();
    if (hop.reliable() && hop.outstanding > 0 && hop.outstanding + size > hop.connection.window())
      return;
    hop.waiting.pop_front();
    if (Clock::now() > pending.latest_start && pending.stateful) {  // its deadline tells
      pending.hop = nullptr;                                        // which may go now
      continue;
    }
    hop.outstanding += size;
    ++hop.under_way;
    pending.started = true;
    start(pending);
  }
  forget(hop);
}

void Requests::start(Pending& pending) {
  pending.message.reset(mbuf_alloc(pending.rest.size()));
  mbuf* const message = pending.message.get();
  const auto* text = reinterpret_cast<const std::uint8_t*>(pending.rest.data());
  int error = message ? mbuf_write_mem(message, text, pending.rest.size()) : ENOMEM;
  if (error == 0) {
    message->pos = 0;
    const Request& request = pending.request;
    std::optional<Tls::Opening> opening;
    if (pending.hop->target.transport == SIP_TRANSP_TLS)
      opening.emplace(pending.hop->target.name, pending.hop->address);
    error = sip_request(pending.stateful ? &pending.handle : nullptr, stack_, pending.stateful,
                        request.method.data(), static_cast<int>(request.method.size()),
                        request.request_uri.data(), static_cast<int>(request.request_uri.size()),
                        &pending.hop->route, message, pending.id, on_send, on_response, &pending);
  }
  if (error != 0 || !pending.stateful) {
    loop_.after({}, [this, id = pending.id, error] { unsent(id, error); });
  } else if (pending.targets->size() > 1) {
    wake_at(pending, std::min(pending.deadline, Clock::now() + limits_.failover_after));
  }
}

// The connection was closed and libre had not noticed: it opens another in the next round. Or an
// ACK, of which nothing more is heard.
void Requests::unsent(std::uint64_t id, int error) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  Pending& pending = *found->second;
  const bool stale = error == EPIPE || error == ECONNRESET;
  if (error == 0) return finish(id, local(200, "Sent"));
  if (stale && !std::exchange(pending.again, true)) return start(pending);
  put_aside(*pending.hop, kUnreachable, false);
  move_on(pending, instead(error));
}

// What depends on the way that libre takes, which is the hop's.
int Requests::on_send(sip_transp transport, const sa* local, const sa* peer, mbuf* text,
                      void* arg) {
  Pending& pending = *static_cast<Pending*>(arg);
  pending.sent.reset(static_cast<mbuf*>(mem_ref(text)));
  if (pending.request.contact)
    mbuf_printf(text, "Contact: %s\r\n", contact_at(transport, *local).c_str());
  Route& route = *pending.route;
  if (!route.challenges.empty() && pending.owner->leads_to(route, *pending.hop)) {
    const Request& request = pending.request;
    if (pending.stateful) {  // an ACK repeats those of its INVITE (RFC 3261 section 22.1)
      pending.authorization = route.challenges.answers(route.credentials, request.method,
                                                       request.request_uri, pending.shown);
    }
    mbuf_write_str(text, pending.authorization.c_str());
  }
  if (transport != SIP_TRANSP_UDP) pending.hop->connection.used(*peer);
  return 0;
}

bool Requests::leads_to(const Route& route, const Hop& hop) const {
  return std::ranges::any_of(*route.targets, [&](const Target& target) {
    return target.transport == hop.target.transport &&
           sa_cmp(&target.address, &hop.target.address, SA_ALL);
  });
}

}  // namespace causeway::gateway::sip
