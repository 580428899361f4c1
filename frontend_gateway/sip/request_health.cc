#include "common/log/log.h"
#include "frontend_gateway/sip/request_parts.h"

namespace causeway::gateway::sip {

void Requests::check() {
  if (closed_) return;
  loop_.after(limits_.health_period, [this] { check(); });
  for (const auto& route : routes_) {
    if (route->until <= Clock::now()) seek(*route);
    for (const Target& target : *route->targets) check(*route, target);
  }
}

void Requests::check(Route& route, const Target& target) {
  const std::string host =
      target.name.find(':') == std::string::npos ? target.name : concat({"[", target.name, "]"});
  Request request{};
  request.method = "OPTIONS";
  request.request_uri = request.to = concat({"sip:", host});
  request.from = concat({"sip:causeway@", route.domain.empty() ? host : route.domain});
  request.answer_within = limits_.health_patience;
  request.contact = true;
  const HopKey key = key_of(target);
  Pending& pending =
      taken(std::move(request), [this, key](const Response& response) { heard_of(key, response); });
  pending.rest = written(pending);
  pending.route = &route;
  pending.targets = std::make_shared<const std::vector<Target>>(1, target);
  limit(pending, pending.request.answer_within);
  seek(pending);
}

// Whatever it says, it lives; but a 503 is a wish not to be asked.
void Requests::heard_of(const HopKey& key, const Response& response) {
  const auto found = hops_.find(key);
  if (found == hops_.end() || closed_) return;
  Hop& hop = *found->second;
  const bool alive = !response.local && response.status != 503;
  const bool was_down = hop.unheard >= kUnheard;
  hop.unheard = alive ? 0 : hop.unheard + 1;
  if (alive) hop.aside_until = hop.retry_after ? hop.aside_until : Clock::time_point();
  if (hop.unheard == kUnheard) {
    log::warning("sip.next_hop.down", "A next hop gives no sign of life.",
                 {{"next_hop", text_of(hop.target)},
                  {"status", std::to_string(response.status)},
                  {"reason", response.reason}});
  } else if (was_down && alive) {
    log::info("sip.next_hop.up", "A next hop gives signs of life again.",
              {{"next_hop", text_of(hop.target)}});
  }
}

std::vector<UserAgent::NextHop> Requests::next_hops() const {
  std::vector<UserAgent::NextHop> all;
  for (const auto& route : routes_) {
    for (const Target& target : *route->targets) {
      const auto found = hops_.find(key_of(target));
      const bool known = found != hops_.end();
      const bool up = !known || (found->second->unheard < kUnheard && !found->second->aside());
      all.push_back({route->domain, text_of(target), up});
    }
  }
  return all;
}

}  // namespace causeway::gateway::sip
