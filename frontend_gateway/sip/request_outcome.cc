#include <algorithm>

#include "common/log/log.h"
#include "frontend_gateway/sip/checks.h"
#include "frontend_gateway/sip/dialog.h"
#include "frontend_gateway/sip/request_parts.h"

namespace causeway::gateway::sip {
namespace {

constexpr int kMostChallenges = 3;                  // 401, 407, and one that is stale
constexpr std::chrono::seconds kLongestAside{600};  // whatever a Retry-After says
constexpr std::uint32_t kLastCSeq = 1 << 30;        // of the BYE that ends a fork's dialog

// 2xx of one INVITE beside the first: six devices, each repeating its own ten times. Each costs an
// ACK and a BYE to where it says.
constexpr int kMostStrays = 64;

// What a caller is told of beside the status.
constexpr sip_hdrid kTold[] = {SIP_HDR_RETRY_AFTER,     SIP_HDR_WARNING,     SIP_HDR_CONTACT,
                               SIP_HDR_MIN_EXPIRES,     SIP_HDR_EXPIRES,     SIP_HDR_SUPPORTED,
                               SIP_HDR_REQUIRE,         SIP_HDR_ALLOW,       SIP_HDR_ACCEPT,
                               SIP_HDR_SESSION_EXPIRES, SIP_HDR_MIN_SE,      SIP_HDR_UNSUPPORTED,
                               SIP_HDR_SIP_ETAG,        SIP_HDR_ALLOW_EVENTS};

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

}  // namespace causeway::gateway::sip
