#include "frontend_gateway/sip/request.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "frontend_gateway/sip/checks.h"
#include "frontend_gateway/sip/repeats.h"
#include "frontend_gateway/sip/text.h"
#include "frontend_gateway/sip/uri.h"

namespace causeway::gateway::sip {
namespace {

constexpr std::chrono::seconds kResolvedFor{30};
constexpr std::chrono::milliseconds kWorthStarting{1000};
constexpr std::uint32_t kMostCSeq = 0x7fffffff;  // RFC 3261 section 8.1.1.5

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

Response received(const sip_msg& message) {
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
  response.call_id = view(message.callid);
  response.from_tag = view(message.from.tag);
  response.to_tag = view(message.to.tag);
  response.cseq = message.cseq.num;
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

// The transport libre will use: the one named or, RFC 3263 section 4.1 for addresses, the first
// there is.
std::optional<sip_transp> chosen(struct ::sip* stack, const uri& route) {
  sa family;
  sa_init(&family, route.af);
  pl named;
  const bool any = msg_param_decode(&route.params, "transport", &named) != 0;
  for (const sip_transp transport : {SIP_TRANSP_UDP, SIP_TRANSP_TCP, SIP_TRANSP_TLS}) {
    sa local;
    const bool fits = any || same_name(view(named), sip_transp_name(transport));
    if (fits && sip_transp_laddr(stack, &local, transport, &family) == 0) return transport;
  }
  return std::nullopt;
}

// Where a request in a dialog goes: to its first loose router or, without one, to its Request-URI
// (section 12.2.1.1). Empty outside a dialog.
std::string destination(const Request& request) {
  if (request.to_tag.empty()) return {};
  if (request.routes.empty() || !is_loose(request.routes.front())) return request.request_uri;
  return parse_name_addr(request.routes.front())->uri;
}

}  // namespace

struct Requests::Pending {
  Requests* owner;
  std::uint64_t id;
  std::string method;
  std::string request_uri;
  std::string rest;         // the message from Max-Forwards on
  std::string destination;  // of a request in a dialog; empty: the next hop
  bool contact = false;
  UserAgent::Answered answered;
  Clock::time_point deadline{};
  Clock::time_point latest_start{};
  Owned<mbuf> message;                   // what libre was given
  Owned<mbuf> sent;                      // and made of it
  struct sip_request* handle = nullptr;  // libre clears it when the request ends
  bool started = false;
  bool again = false;  // tried on a second connection
  sa peer{};
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

Requests::Requests(struct ::sip* stack, Loop& loop, Limits limits)
    : stack_(stack),
      loop_(loop),
      limits_(limits),
      connection_(stack, loop, [this](const sa& peer) { lost(peer); }) {}

Requests::~Requests() { close(); }

absl::Status Requests::aim(const std::string& next_hop) {
  route_text_ = next_hop;
  const pl text{route_text_.data(), route_text_.size()};
  if (!is_uri(next_hop) || uri_decode(&route_, &text) != 0 ||
      !same_name(view(route_.scheme), "sip")) {
    return absl::InvalidArgumentError(concat({"sip.next_hop: not a sip URI: ", next_hop}));
  }
  const auto transport = chosen(stack_, route_);
  if (!transport) {
    return absl::InvalidArgumentError(
        concat({"sip.next_hop: no listener of its transport and address family: ", next_hop}));
  }
  reliable_ = *transport != SIP_TRANSP_UDP;
  return absl::OkStatus();
}

void Requests::send(Request request, UserAgent::Answered answered) {
  if (closed_) return answered(local(503, "Stopping"));
  std::string wrong = flaw(request);
  if (wrong.empty() && pending_.size() >= limits_.pending) wrong = "too many requests are pending";
  const std::uint64_t id = ++sent_;
  auto& pending = *(pending_[id] = std::make_unique<Pending>());
  pending.owner = this;
  pending.id = id;
  pending.method = request.method;
  pending.request_uri = request.request_uri;
  pending.answered = std::move(answered);
  if (!wrong.empty()) {
    const int status = pending_.size() > limits_.pending ? 503 : 400;
    loop_.after({}, [this, id, status, wrong] { finish(id, local(status, wrong)); });
    return;
  }
  pending.rest = written(request);
  pending.destination = destination(request);
  pending.contact = request.contact;
  waiting_.push_back(id);
  limit(pending, request.answer_within);
  pump();
}

void Requests::limit(Pending& pending, std::chrono::milliseconds answer_within) {
  const bool own = answer_within.count() > 0 && answer_within < limits_.answer_within;
  const auto within = own ? answer_within : limits_.answer_within;
  pending.deadline = Clock::now() + within;
  pending.latest_start = pending.deadline - std::min(kWorthStarting, within / 2);
  deadlines_.emplace(pending.deadline, pending.id);
  if (pending.deadline < armed_for_) arm();
}

std::string Requests::written(const Request& request) {
  std::string text;
  text.reserve(512 + request.body.size());
  const auto limit = [](const Header& header) { return same_name(header.name, "Max-Forwards"); };
  if (std::none_of(request.headers.begin(), request.headers.end(), limit)) {
    text += "Max-Forwards: 70\r\n";
  }
  for (const std::string& route : request.routes) append(text, {"Route: ", route, "\r\n"});
  append(text, {"From: ", bracketed(request.from),
                ";tag=", request.from_tag.empty() ? random_text() : request.from_tag, "\r\n",
                "To: ", bracketed(request.to)});
  if (!request.to_tag.empty()) append(text, {";tag=", request.to_tag});
  append(text, {"\r\nCall-ID: ", request.call_id.empty() ? random_text() : request.call_id,
                "\r\nCSeq: "});
  append(text, {std::to_string(request.cseq != 0 ? request.cseq : sent_ % kMostCSeq + 1), " ",
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

// Hands over in order what the window lets pass. UDP has none.
void Requests::pump() {
  while (!waiting_.empty()) {
    const auto found = pending_.find(waiting_.front());
    if (found != pending_.end()) {
      const std::size_t size = found->second->rest.size();
      if (reliable_ && outstanding_ > 0 && outstanding_ + size > connection_.window()) return;
      if (resolving_ != 0 && !resolved()) return;
      if (Clock::now() > found->second->latest_start) {  // its deadline will tell
        waiting_.pop_front();
        continue;
      }
      outstanding_ += size;
      found->second->started = true;
    }
    waiting_.pop_front();
    if (found != pending_.end()) start(*found->second);
  }
}

void Requests::start(Pending& pending) {
  if (!resolved() && pending.destination.empty()) resolving_ = pending.id;
  uri own{};
  const pl there{pending.destination.data(), pending.destination.size()};
  const bool elsewhere = !pending.destination.empty() && uri_decode(&own, &there) == 0;
  const uri& route = elsewhere ? own : named() && resolved() ? resolved_ : route_;
  pending.message.reset(mbuf_alloc(pending.rest.size()));
  mbuf* const message = pending.message.get();
  const auto* text = reinterpret_cast<const std::uint8_t*>(pending.rest.data());
  int error = message ? mbuf_write_mem(message, text, pending.rest.size()) : ENOMEM;
  if (error == 0) {
    message->pos = 0;
    error = sip_request(&pending.handle, stack_, true, pending.method.data(),
                        static_cast<int>(pending.method.size()), pending.request_uri.data(),
                        static_cast<int>(pending.request_uri.size()), &route, message, pending.id,
                        on_send, on_response, &pending);
  }
  if (error != 0) loop_.after({}, [this, id = pending.id, error] { unsent(id, error); });
}

// The connection was closed and libre had not noticed: it opens another in the next round.
void Requests::unsent(std::uint64_t id, int error) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  const bool stale = error == EPIPE || error == ECONNRESET;
  if (!stale || std::exchange(found->second->again, true)) return finish(id, instead(error));
  start(*found->second);
}

// Where libre has found the next hop to be.
int Requests::on_send(sip_transp transport, const sa* local, const sa* peer, mbuf* text,
                      void* arg) {
  Pending& pending = *static_cast<Pending*>(arg);
  Requests& self = *pending.owner;
  pending.peer = *peer;
  pending.sent.reset(static_cast<mbuf*>(mem_ref(text)));
  if (pending.contact) mbuf_printf(text, "Contact: %s\r\n", contact_at(transport, *local).c_str());
  if (transport != SIP_TRANSP_UDP && pending.destination.empty()) self.connection_.used(*peer);
  if (self.resolving_ == pending.id) self.resolved(transport, *peer);
  return 0;
}

void Requests::resolved(sip_transp transport, const sa& peer) {
  resolving_ = 0;
  resolved_text_ = concat({"sip:", address_text(peer), ";transport=", sip_transp_name(transport)});
  const pl text{resolved_text_.data(), resolved_text_.size()};
  if (uri_decode(&resolved_, &text) == 0) resolved_until_ = Clock::now() + kResolvedFor;
  loop_.after({}, [this] { pump(); });
}

void Requests::on_response(int error, const sip_msg* message, void* arg) {
  Pending& pending = *static_cast<Pending*>(arg);
  Requests& self = *pending.owner;
  if (message != nullptr && message->tp != SIP_TRANSP_UDP) self.connection_.heard(*message);
  if (error == 0 && message->scode < 200) return;
  self.finish(pending.id, error == 0 ? received(*message) : instead(error));
}

void Requests::finish(std::uint64_t id, Response response) {
  auto node = pending_.extract(id);
  if (node.empty()) return;
  Pending& pending = *node.mapped();
  if (id == resolving_) resolving_ = 0;
  if (response.local && pending.started) resolved_until_ = {};
  if (pending.started) outstanding_ -= pending.rest.size();
  deadlines_.erase({pending.deadline, id});
  if (pending.handle != nullptr) silence(pending.message.get(), pending.sent.get(), reliable_);
  mem_deref(pending.handle);
  std::move(pending.answered)(std::move(response));
  pump();
}

void Requests::lost(const sa& peer) {
  std::vector<std::uint64_t> gone;
  for (const auto& [id, pending] : pending_) {
    if (pending->handle != nullptr && sa_cmp(&pending->peer, &peer, SA_ALL)) gone.push_back(id);
  }
  std::sort(gone.begin(), gone.end());
  for (const std::uint64_t id : gone) finish(id, instead(ECONNRESET));
}

void Requests::expire() {
  if (Clock::now() < armed_for_) return;  // armed for an earlier one since
  armed_for_ = Clock::time_point::max();
  while (!deadlines_.empty() && deadlines_.begin()->first <= Clock::now())
    finish(deadlines_.begin()->second, instead(ETIMEDOUT));
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
  waiting_.clear();
  for (const std::uint64_t id : all) finish(id, local(503, "Stopping"));
}

}  // namespace causeway::gateway::sip
