#include "frontend_gateway/sip/request.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "frontend_gateway/sip/request_parts.h"
#include "frontend_gateway/sip/uri.h"

namespace causeway::gateway::sip {
namespace {

constexpr std::chrono::milliseconds kWorthStarting{1000};
constexpr std::chrono::seconds kSoon{1};  // next hops that lead nowhere are asked for anew

std::string random_text() {
  return absl::StrCat(absl::Hex(rand_u64(), absl::kZeroPad16),
                      absl::Hex(rand_u64(), absl::kZeroPad16));
}

// Where a request in a dialog goes: to its first loose router or, without one, to its Request-URI
// (section 12.2.1.1).
std::string destination(const Request& request) {
  if (request.routes.empty() || !is_loose(request.routes.front())) return request.request_uri;
  return parse_name_addr(request.routes.front())->uri;
}

// Requests in dialogs go where peers say, and may find nobody there: what they leave is for the
// texts out of dialogs.
std::size_t room_within(std::size_t pending) { return pending - pending / 4; }

}  // namespace

bool surely_unsent(int error, bool reliable) { return error != ETIMEDOUT && reliable; }

Requests::HopKey Requests::key_of(const Target& target) {
  std::array<std::uint8_t, 16> octets{};
  const sa& address = target.address;
  if (sa_af(&address) == AF_INET6) {
    std::memcpy(octets.data(), &address.u.in6.sin6_addr, 16);
  } else {  // as an IPv4 address mapped into IPv6
    octets[10] = octets[11] = 0xff;
    std::memcpy(octets.data() + 12, &address.u.in.sin_addr, 4);
  }
  return {target.transport, octets, sa_port(&address)};
}

Requests::Requests(struct ::sip* stack, Loop& loop, Locator& locator, const Tls* tls, Limits limits)
    : stack_(stack),
      loop_(loop),
      locator_(locator),
      tls_(tls),
      limits_(limits),
      mark_(random_text().substr(0, 12)),
      acknowledged_(loop) {}

Requests::~Requests() { close(); }

absl::Status Requests::aim(const config::Sip& settings) {
  routes_.push_back(std::make_unique<Route>(Route{{}, {settings.next_hop}, {}}));
  for (const config::SipRoute& route : settings.routes) {
    routes_.push_back(std::make_unique<Route>(
        Route{route.domain, route.next_hops, {route.realm, route.username, route.password}}));
    by_domain_[route.domain] = routes_.back().get();
  }
  for (const auto& route : routes_) {
    for (const std::string& next_hop : route->next_hops) {
      const std::string key =
          route->domain.empty() ? "sip.next_hop: " : concat({"sip.routes: ", route->domain, ": "});
      const auto place = place_of(next_hop);
      if (!place || place->secure)
        return absl::InvalidArgumentError(concat({key, "not a sip URI: ", next_hop}));
      if (!locator_.reaches(*place)) {
        return absl::InvalidArgumentError(
            concat({key, "no listener of its transport and address family: ", next_hop}));
      }
    }
  }
  for (const auto& route : routes_) seek(*route);
  if (limits_.health_period.count() > 0) loop_.after(limits_.health_period, [this] { check(); });
  return absl::OkStatus();
}

void Requests::send(Request request, UserAgent::Answered answered) {
  if (closed_) return answered(local(503, "Stopping"));
  std::string wrong = flaw(request);
  const bool full = pending_.size() >= limits_.pending ||
                    (!request.to_tag.empty() && within_ >= room_within(limits_.pending));
  if (wrong.empty() && full) wrong = "too many requests are pending";
  dispatch(taken(std::move(request), std::move(answered)), std::move(wrong), full);
}

void Requests::dispatch(Pending& pending, std::string wrong, bool full) {
  if (!wrong.empty()) {
    const int status = full ? 503 : 400;
    loop_.after({}, [this, id = pending.id, status, wrong] { finish(id, local(status, wrong)); });
    return;
  }
  pending.rest = written(pending);
  pending.route = route_for(pending.request);
  limit(pending, pending.request.answer_within);
  seek(pending);
}

Requests::Pending& Requests::taken(Request request, UserAgent::Answered answered) {
  const std::uint64_t id = ++sent_;
  auto& pending = *(pending_[id] = std::make_unique<Pending>(
                        Pending{this, id, std::move(request), std::move(answered)}));
  Request& own = pending.request;
  pending.stateful = own.method != "ACK";
  if (!own.to_tag.empty()) ++within_;
  if (own.from_tag.empty()) own.from_tag = mark_ + random_text().substr(0, 20);
  if (own.call_id.empty()) own.call_id = random_text();
  if (own.cseq == 0) own.cseq = static_cast<std::uint32_t>(id % kMostCSeq + 1);
  if (own.method == "INVITE" && !own.to_tag.empty())
    ++inviting_[concat({own.call_id, " ", own.from_tag, " ", own.to_tag})];
  return pending;
}

void Requests::limit(Pending& pending, std::chrono::milliseconds answer_within) {
  const bool own = answer_within.count() > 0 && answer_within < limits_.answer_within;
  const auto within = own ? answer_within : limits_.answer_within;
  pending.deadline = Clock::now() + within;
  pending.latest_start = pending.deadline - std::min(kWorthStarting, within / 2);
  wake_at(pending, pending.deadline);
}

std::string Requests::written(Pending& pending) {
  const Request& request = pending.request;
  std::string text;
  text.reserve(512 + request.body.size());
  const auto limit = [](const Header& header) { return same_name(header.name, "Max-Forwards"); };
  if (std::none_of(request.headers.begin(), request.headers.end(), limit)) {
    text += "Max-Forwards: 70\r\n";
  }
  for (const std::string& route : request.routes) append(text, {"Route: ", route, "\r\n"});
  append(text, {"From: ", bracketed(request.from), ";tag=", request.from_tag, "\r\n",
                "To: ", bracketed(request.to)});
  if (!request.to_tag.empty()) append(text, {";tag=", request.to_tag});
  append(text, {"\r\nCall-ID: ", request.call_id, "\r\nCSeq: ", std::to_string(request.cseq), " ",
                request.method, "\r\nUser-Agent: Causeway\r\n"});
  for (const Header& header : request.headers) {
    append(text, {header.name, ": ", header.value, "\r\n"});
  }
  if (!request.content_type.empty()) {
    append(text, {"Content-Type: ", request.content_type, "\r\n"});
  }
  append(text, {"Content-Length: ", std::to_string(request.body.size()), "\r\n\r\n", request.body});
  return text;
}

// By the domain of the Request-URI; within a dialog, where that names a device, of To.
Requests::Route* Requests::route_for(const Request& request) {
  if (by_domain_.empty()) return routes_.front().get();
  std::string domain;
  if (request.to_tag.empty()) {
    domain = host_of(request.request_uri);
  } else if (const auto to = parse_name_addr(bracketed(request.to))) {
    domain = host_of(to->uri);
  }
  std::ranges::transform(domain, domain.begin(), absl::ascii_tolower);
  const auto found = by_domain_.find(domain);
  return found == by_domain_.end() ? routes_.front().get() : found->second;
}

void Requests::seek(Pending& pending) {
  if (pending.targets != nullptr) return advance(pending);  // a check of ours
  if (pending.request.to_tag.empty()) {
    Route& route = *pending.route;
    if (route.until <= Clock::now()) seek(route);
    pending.targets = route.targets;
    if (!pending.targets->empty() || !route.seeking) return advance(pending);
    route.waiting.push_back(pending.id);
    return;
  }
  const auto use = [](Pending& of, const Located& located) {
    of.targets = std::shared_ptr<const std::vector<Target>>(located, &located->all);
  };
  const std::string uri = destination(pending.request);
  if (const Located known = locator_.known(uri)) {
    use(pending, known);
    return advance(pending);
  }
  locator_.locate(uri, [this, id = pending.id, use](const Located& located) {
    const auto found = pending_.find(id);
    if (found == pending_.end()) return;
    use(*found->second, located);
    advance(*found->second);
  });
}

// All next hops of the route, one after the other; the targets it had serve until then.
void Requests::seek(Route& route) {
  if (std::exchange(route.seeking, true)) return;
  struct Round {
    std::size_t next = 0;
    std::vector<Target> targets;
    Clock::time_point until = Clock::time_point::max();
    std::function<void()> step;
  };
  const auto round = std::make_shared<Round>();
  round->step = [this, &route, weak = std::weak_ptr(round)] {
    const auto self = weak.lock();
    if (self->next == route.next_hops.size()) {
      return located(route, std::move(self->targets), self->until);
    }
    locator_.locate(route.next_hops[self->next++], [self](const Located& found) {
      self->targets.insert(self->targets.end(), found->all.begin(), found->all.end());
      self->until = std::min(self->until, found->until);
      self->step();
    });
  };
  round->step();
}

void Requests::located(Route& route, std::vector<Target> targets, Clock::time_point until) {
  route.seeking = false;
  route.until = until;
  if (targets.empty()) {  // a name server that is away takes nothing from what was known
    route.until = std::min(until, Clock::now() + kSoon);
  } else {
    if (targets.size() > kMostTries) targets.resize(kMostTries);
    for (const Target& target : targets) ++hop_at(target).routes;
    for (const Target& target : *route.targets) {
      Hop& hop = hop_at(target);
      --hop.routes;
      forget(hop);
    }
    route.targets = std::make_shared<const std::vector<Target>>(std::move(targets));
  }
  for (const std::uint64_t id : std::exchange(route.waiting, {})) {
    const auto found = pending_.find(id);
    if (found == pending_.end()) continue;
    found->second->targets = route.targets;
    advance(*found->second);
  }
}

}  // namespace causeway::gateway::sip
