#include "frontend_gateway/sip/request.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "frontend_gateway/sip/checks.h"
#include "frontend_gateway/sip/dialog.h"
#include "frontend_gateway/sip/repeats.h"
#include "frontend_gateway/sip/text.h"
#include "frontend_gateway/sip/uri.h"

namespace causeway::gateway::sip {
namespace {

constexpr std::chrono::milliseconds kWorthStarting{1000};
constexpr std::uint32_t kMostCSeq = 0x7fffffff;     // RFC 3261 section 8.1.1.5
constexpr std::size_t kMostTries = 32;              // targets of one request
constexpr int kMostChallenges = 3;                  // 401, 407, and one that is stale
constexpr std::chrono::seconds kUnreachable{10};    // until a target that could not be reached is
                                                    // tried before others again
constexpr std::chrono::seconds kLongestAside{600};  // whatever a Retry-After says
constexpr std::chrono::seconds kTransaction{32};    // Timer B
constexpr std::chrono::seconds kSoon{1};      // next hops that lead nowhere are asked for anew
constexpr int kUnheard = 2;                   // checks without answer until a hop is down
constexpr std::uint32_t kLastCSeq = 1 << 30;  // of the BYE that ends a fork's dialog
// 2xx of one INVITE beside the first: six devices, each repeating its own ten times. Each costs an
// ACK and a BYE to where it says.
constexpr int kMostStrays = 64;

// Headers made here or by libre.
constexpr std::string_view kOurs[] = {"Via",
                                      "From",
                                      "To",
                                      "Call-ID",
                                      "CSeq",
                                      "v",
                                      "f",
                                      "t",
                                      "i",
                                      "l",
                                      "c",
                                      "User-Agent",
                                      "Route",
                                      "Record-Route",
                                      "Authorization",
                                      "Proxy-Authorization",
                                      "Content-Type",
                                      "Content-Length"};

// What a caller is told of beside the status.
constexpr sip_hdrid kTold[] = {SIP_HDR_RETRY_AFTER,     SIP_HDR_WARNING,     SIP_HDR_CONTACT,
                               SIP_HDR_MIN_EXPIRES,     SIP_HDR_EXPIRES,     SIP_HDR_SUPPORTED,
                               SIP_HDR_REQUIRE,         SIP_HDR_ALLOW,       SIP_HDR_ACCEPT,
                               SIP_HDR_SESSION_EXPIRES, SIP_HDR_MIN_SE,      SIP_HDR_UNSUPPORTED,
                               SIP_HDR_SIP_ETAG,        SIP_HDR_ALLOW_EVENTS};

std::string random_text() {
  return absl::StrCat(absl::Hex(rand_u64(), absl::kZeroPad16),
                      absl::Hex(rand_u64(), absl::kZeroPad16));
}

std::string bracketed(const std::string& address) {
  return address.find('<') != std::string::npos ? address : concat({"<", address, ">"});
}

Response local(int status, std::string reason) { return {status, std::move(reason), {}, true}; }

// RFC 3261 section 8.1.3.1.
Response instead(int error) {
  if (error == ETIMEDOUT) return local(408, "Request Timeout");
  return local(503, concat({"Next Hop Unreachable: ", std::strerror(error)}));
}

// Libre knows a response by branch and method alone: what names the dialog is the request's,
// whatever a peer says, or he could name the dialog of somebody else.
Response received(const sip_msg& message, const Request& request) {
  Response response{message.scode, as_line(view(message.reason)), {}, false};
  for (const le* element = message.hdrl.head; element != nullptr; element = element->next) {
    const sip_hdr& header = *static_cast<const sip_hdr*>(element->data);
    if (header.id == SIP_HDR_RECORD_ROUTE) {
      response.record_routes.push_back(as_line(view(header.val)));
    } else if (header.id == SIP_HDR_CONTENT_TYPE) {
      response.content_type = as_line(view(header.val));
    } else if (std::find(std::begin(kTold), std::end(kTold), header.id) != std::end(kTold)) {
      response.headers.push_back(
          {std::string(long_name(view(header.name))), as_line(view(header.val))});
    }
  }
  response.call_id = request.call_id;
  response.from_tag = request.from_tag;
  response.to_tag = view(message.to.tag);
  response.cseq = request.cseq;
  response.body.assign(reinterpret_cast<const char*>(mbuf_buf(message.mb)),
                       mbuf_get_left(message.mb));
  return response;
}

// libre goes on with a request that its owner has let go: it repeats the text over UDP, sends what
// waits for a connection, and begins what waits for the DNS. So the text goes. Without `message`
// nothing is begun, and nothing waits for a connection; over UDP a keep-alive stands in its place.
void silence(mbuf* message, mbuf* sent, bool reliable) {
  if (message != nullptr) mbuf_reset(message);
  if (sent == nullptr) return;
  mbuf_reset(sent);
  if (reliable) return;
  mbuf_write_str(sent, "\r\n\r\n");
  sent->pos = 0;
}

// Where a request in a dialog goes: to its first loose router or, without one, to its Request-URI
// (section 12.2.1.1).
std::string destination(const Request& request) {
  if (request.routes.empty() || !is_loose(request.routes.front())) return request.request_uri;
  return parse_name_addr(request.routes.front())->uri;
}

// That may be sent to another target although this one may have had it: what it does twice, it
// does once. A text would be read twice; an INVITE would ring twice, and is not worth it.
bool may_repeat(std::string_view method) {
  return method == "SUBSCRIBE" || method == "NOTIFY" || method == "OPTIONS" || method == "BYE" ||
         method == "UPDATE";
}

// Requests in dialogs go where peers say, and may find nobody there: what they leave is for the
// texts out of dialogs.
std::size_t room_within(std::size_t pending) { return pending - pending / 4; }

// RFC 3261 section 20.33; 0: none.
std::chrono::seconds retry_after(const Response& response) {
  for (const Header& header : response.headers) {
    if (!same_name(header.name, "Retry-After")) continue;
    const std::string_view value = header.value;
    const auto seconds = number(value.substr(0, value.find_first_of(" \t;(")), 0x7fffffff);
    return std::min(std::chrono::seconds(seconds.value_or(0)), kLongestAside);
  }
  return {};
}

}  // namespace

// Where the requests of some domains go.
struct Requests::Route {
  std::string domain;  // empty: the default
  std::vector<std::string> next_hops;
  Credentials credentials;
  Challenges challenges{};
  std::shared_ptr<const std::vector<Target>> targets =
      std::make_shared<const std::vector<Target>>();
  Clock::time_point until{};
  bool seeking = false;
  std::vector<std::uint64_t> waiting{};  // for the first targets
};

struct Requests::Pending {
  Requests* owner;
  std::uint64_t id;
  Request request;
  UserAgent::Answered answered;
  std::string rest{};  // the message from Max-Forwards on
  Route* route = nullptr;
  bool stateful = true;  // not an ACK

  Clock::time_point deadline{};
  Clock::time_point latest_start{};
  Clock::time_point look{};  // the one in deadlines_

  std::shared_ptr<const std::vector<Target>> targets{};
  std::uint32_t tried = 0;  // bits of targets
  std::optional<Response> last{};
  Hop* hop = nullptr;

  Owned<mbuf> message{};                 // what libre was given
  Owned<mbuf> sent{};                    // and made of it
  struct sip_request* handle = nullptr;  // libre clears it when the request ends
  bool started = false;
  bool again = false;                // tried on a second connection
  bool heard = false;                // a provisional response came
  bool given_up = false;             // an INVITE that is cancelled: only its end is waited for
  int challenges = 0;                // answered
  std::vector<std::string> shown{};  // nonces answered by this request
  std::string authorization{};       // the headers that did
};

std::string flaw(const Request& request) {
  if (!is_token(request.method)) return "the method is no token";
  if (!is_uri(request.request_uri)) return "the Request-URI is none";
  for (const std::string* address : {&request.from, &request.to}) {
    const auto parsed = is_line(*address) ? parse_name_addr(bracketed(*address)) : std::nullopt;
    if (!parsed || !parsed->tag.empty()) return "From or To is no address without tag";
  }
  if (!is_line(request.call_id) || request.call_id.find(' ') != std::string::npos)
    return "Call-ID is no word";
  for (const std::string* tag : {&request.from_tag, &request.to_tag}) {
    if (!tag->empty() && !is_token(*tag)) return "a tag is no token";
  }
  for (const std::string& route : request.routes) {
    if (!is_line(route) || !parse_name_addr(route)) return "a Route is no address";
  }
  if (!is_line(request.content_type)) return "Content-Type holds control characters";
  if (request.content_type.empty() && !request.body.empty()) return "a body without Content-Type";
  for (const Header& header : request.headers) {
    if (!is_token(header.name)) return "a header's name is no token";
    if (!is_line(header.value)) return concat({header.name, " holds control characters"});
    const auto same = [&](std::string_view ours) { return same_name(ours, header.name); };
    if (std::any_of(std::begin(kOurs), std::end(kOurs), same)) {
      return concat({header.name, " is not the caller's to set"});
    }
  }
  return {};
}

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

// --- A request, from its taking to its first target.

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

// --- The targets of a request, one after the other (RFC 3263 section 4.3).

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

// --- What becomes of it.

void Requests::on_response(int error, const sip_msg* message, void* arg) {
  Pending& pending = *static_cast<Pending*>(arg);
  Requests& self = *pending.owner;
  if (message != nullptr && message->tp != SIP_TRANSP_UDP) pending.hop->connection.heard(*message);
  if (error == 0 && message->scode < 200) {
    pending.heard = true;
    return;
  }
  if (error == 0) return self.answer(pending, *message);
  if (error != ETIMEDOUT) self.put_aside(*pending.hop, kUnreachable, false);
  if (surely_unsent(error, pending.hop->reliable()) || may_repeat(pending.request.method)) {
    self.move_on(pending, instead(error));
  } else {
    self.finish(pending.id, instead(error));
  }
}

void Requests::answer(Pending& pending, const sip_msg& message) {
  if (pending.request.method == "INVITE" && message.scode >= 200 && message.scode < 300) {
    const Request& request = pending.request;
    const std::string to_tag(pending.given_up ? std::string_view() : view(message.to.tag));
    acknowledged_.keep(Acknowledged::key(request.call_id, request.from_tag, request.cseq),
                       {request, pending.authorization, to_tag});
    acknowledge(request, pending.authorization, message, pending.given_up);
  }
  if (pending.given_up) return finish(pending.id, {});
  if ((message.scode == 401 || message.scode == 407) && authenticate(pending, message)) return;
  Response response = received(message, pending.request);
  if (response.status != 503) return finish(pending.id, std::move(response));
  // RFC 3261 section 21.5.4. Where there is no other, the caller is told, and keeps quiet himself.
  const auto quiet = retry_after(response);
  if (quiet.count() > 0 && pending.targets->size() > 1) put_aside(*pending.hop, quiet, true);
  move_on(pending, std::move(response));
}

// Takes the request away from its hop, whose room it gives back: pump() that.
Hop* Requests::leave(Pending& pending) {
  if (pending.handle != nullptr && !pending.heard)
    silence(pending.message.get(), pending.sent.get(), pending.hop->reliable());
  mem_deref(pending.handle);  // of an INVITE with a provisional response, this is its CANCEL
  pending.handle = nullptr;
  Hop* const hop = std::exchange(pending.hop, nullptr);
  if (hop == nullptr || !std::exchange(pending.started, false)) return hop;
  hop->outstanding -= pending.rest.size();
  --hop->under_way;
  forget(*hop);
  return hop;
}

// To the next target, if one is left and time to try it.
void Requests::move_on(Pending& pending, Response response) {
  const bool time = Clock::now() <= pending.latest_start && !pending.given_up;
  if (!time || pending.targets->size() < 2) return finish(pending.id, std::move(response));
  Hop* const hop = leave(pending);
  pending.last = std::move(response);
  pending.heard = pending.again = false;
  wake_at(pending, pending.deadline);
  advance(pending);
  if (hop != nullptr) pump(*hop);
}

void Requests::put_aside(Hop& hop, std::chrono::seconds time, bool asked) {
  if (!hop.aside()) {
    log::warning("sip.next_hop.aside", "A next hop is tried after the others for a while.",
                 {{"next_hop", text_of(hop.target)},
                  {"seconds", std::to_string(time.count())},
                  {"reason", asked ? "it asked for that (503, Retry-After)" : "not reached"}});
  }
  hop.aside_until = Clock::now() + time;
  hop.retry_after = asked;
}

// RFC 3261 section 22.2: the request again, with a higher CSeq.
bool Requests::authenticate(Pending& pending, const sip_msg& message) {
  Route& route = *pending.route;
  if (route.credentials.username.empty() || !leads_to(route, *pending.hop) ||
      pending.challenges >= kMostChallenges || Clock::now() > pending.latest_start)
    return false;
  std::vector<Challenge> offered;
  for (const le* element = message.hdrl.head; element != nullptr; element = element->next) {
    const sip_hdr& header = *static_cast<const sip_hdr*>(element->data);
    const bool proxy = header.id == SIP_HDR_PROXY_AUTHENTICATE && message.scode == 407;
    if (!proxy && (header.id != SIP_HDR_WWW_AUTHENTICATE || message.scode != 401)) continue;
    const auto line = unfold(view(header.val));
    if (auto challenge = line ? parse_challenge(*line, proxy) : std::nullopt)
      offered.push_back(*std::move(challenge));
  }
  if (!route.challenges.take(offered, route.credentials, pending.shown)) return false;
  ++pending.challenges;
  Hop* const hop = leave(pending);
  Request& request = pending.request;
  request.cseq = request.to_tag.empty() ? static_cast<std::uint32_t>(++sent_ % kMostCSeq + 1)
                                        : request.cseq + 1;
  pending.rest = written(pending);
  pending.shown.clear();
  pending.hop = hop;
  pending.heard = false;
  hop->waiting.push_front(pending.id);
  pump(*hop);
  return true;
}

// RFC 3261 section 13.2.2.4. The ACK has the CSeq of its INVITE; in a dialog it goes the dialog's
// way to the Contact it may have got.
void Requests::acknowledge(const Request& invite, const std::string& authorization,
                           const sip_msg& message, bool end) {
  const Response response = received(message, invite);
  auto dialog = Dialog::asked(invite, response);
  if (dialog && !invite.to_tag.empty()) dialog->routes = invite.routes;
  Request ack{};
  if (dialog) {
    ack = dialog->request("ACK");
  } else {
    ack.request_uri = invite.request_uri;
    ack.routes = invite.routes;
    ack.from = invite.from;
    ack.to = invite.to;
    ack.call_id = invite.call_id;
    ack.from_tag = invite.from_tag;
    ack.to_tag = response.to_tag;
    ack.method = "ACK";
  }
  ack.cseq = invite.cseq;
  if (ack.to_tag.empty()) return;
  Pending& pending = taken(std::move(ack), nullptr);
  pending.authorization = authorization;
  dispatch(pending, flaw(pending.request), false);
  if (!end || !dialog) return;
  dialog->local_cseq = std::max(dialog->local_cseq, kLastCSeq);
  send(dialog->request("BYE"), [](const Response&) {});
}

void Requests::stray(const sip_msg& response) {
  if (view(response.cseq.met) != "INVITE" || response.scode < 200 || response.scode >= 300) return;
  auto* const invite = acknowledged_.find(
      Acknowledged::key(view(response.callid), view(response.from.tag), response.cseq.num));
  if (invite == nullptr || closed_ || ++invite->strays > kMostStrays) return;
  const Acknowledged::Invite known = *invite;  // send() may change the table
  acknowledge(known.request, known.authorization, response, known.to_tag != view(response.to.tag));
}

void Requests::finish(std::uint64_t id, Response response) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  Hop* const hop = leave(*found->second);
  auto node = pending_.extract(id);
  Pending& pending = *node.mapped();
  deadlines_.erase({pending.look, id});
  const Request& request = pending.request;
  if (!request.to_tag.empty()) --within_;
  if (request.method == "INVITE" && !request.to_tag.empty()) {
    const auto one =
        inviting_.find(concat({request.call_id, " ", request.from_tag, " ", request.to_tag}));
    if (one != inviting_.end() && --one->second == 0) inviting_.erase(one);
  }
  if (pending.answered) std::move(pending.answered)(std::move(response));
  if (hop != nullptr && !closed_) pump(*hop);
}

// --- Time.

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

// --- Signs of life of the next hops (RFC 3261 section 11).

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
