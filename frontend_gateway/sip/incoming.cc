#include "frontend_gateway/sip/incoming.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "common/log/log.h"
#include "frontend_gateway/sip/dialog.h"
#include "frontend_gateway/sip/text.h"
#include "frontend_gateway/sip/tls.h"

namespace causeway::gateway::sip {
namespace {

constexpr std::size_t kDatagram = 65535;      // RFC 3261 section 18.1.1
constexpr std::size_t kFirstDatagram = 8192;  // what libre reads of one until told otherwise
constexpr std::size_t kQueue = 32 << 20;      // octets of responses; 512 KiB unless told otherwise

// libre asks its own transactions first. A listener begins with its list element, so ours can go
// before.
void put_first(sip_lsnr* listener) {
  le* element = reinterpret_cast<le*>(listener);
  list* listeners = element->list;
  list_unlink(element);
  list_prepend(listeners, element, listener);
}

// Nothing more is read from this connection, not even what libre holds already.
void cut(const sip_msg& message) {
  tcp_conn* connection = sip_msg_tcpconn(&message);
  if (connection == nullptr) return;
  message.mb->end = message.mb->size;
  shutdown(tcp_conn_fd(connection), SHUT_RD);
}

// libre's buffers are sized for small messages; they are widened when the first message shows the
// socket. Not for strangers, who could let answers pile up.
void widen(const sip_msg& message) {
  if (message.tp == SIP_TRANSP_UDP) {
    udp_rxsz_set(static_cast<udp_sock*>(message.sock), kDatagram);
  } else {
    tcp_conn_txqsz_set(sip_msg_tcpconn(&message), kQueue);
  }
}

// A long datagram that came before widen(): its sender repeats it in half a second.
bool cut_short(const sip_msg& message) {
  return message.tp == SIP_TRANSP_UDP && message.mb->size == kFirstDatagram &&
         message.mb->end == kFirstDatagram;
}

// Section 8.2.7: a stateless answer to a repeated request carries the same tag.
void keep_tag(const sip_msg& message) {
  const auto tag =
      absl::HashOf(view(message.via.branch), view(message.callid), view(message.from.tag));
  const_cast<sip_msg&>(message).tag = tag;
}

// Section 8.2.2.2: what has come on another way before, and would be read twice, is equal in these.
std::uint64_t identity_of(const sip_msg& message) {
  return absl::HashOf(view(message.callid), view(message.from.tag), message.cseq.num,
                      view(message.met));
}

std::string written(const std::vector<Header>& headers, std::string_view content_type = {},
                    std::string_view body = {}) {
  std::string text;
  for (const Header& header : headers) {
    if (is_token(header.name)) append(text, {header.name, ": ", as_line(header.value), "\r\n"});
  }
  if (!content_type.empty()) append(text, {"Content-Type: ", as_line(content_type), "\r\n"});
  append(text, {"Content-Length: ", std::to_string(body.size()), "\r\n\r\n", body});
  return text;
}

bool holds(const std::vector<Header>& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const Header& header) { return same_name(header.name, name); });
}

// Of requests whose 2xx makes a dialog, and of those that refresh its target.
bool makes_dialog(std::string_view method) { return method == "INVITE" || method == "SUBSCRIBE"; }
bool names_us(std::string_view method) {
  return makes_dialog(method) || method == "UPDATE" || method == "NOTIFY";
}

// Higher than what a handler has sent in the dialog; nothing comes after it.
constexpr std::uint32_t kLastCSeq = 1 << 30;
// As high as one of theirs can be: whatever they have sent meanwhile, what is said in their name
// comes after it.
constexpr std::uint32_t kTheirLastCSeq = 0x7fffffff;

void reply_statelessly(struct ::sip* stack, const sip_msg& message, int status,
                       std::string_view reason, const std::vector<Header>& headers) {
  keep_tag(message);
  sip_replyf(stack, &message, static_cast<std::uint16_t>(status), as_line(reason).c_str(), "%s",
             written(headers).c_str());
}

}  // namespace

Incoming::Incoming(struct ::sip* stack, Loop& loop, std::vector<UserAgent::Method> methods,
                   Limits limits, Trust trust, Ours ours)
    : stack_(stack),
      loop_(loop),
      methods_(std::move(methods)),
      limits_(limits),
      trust_(std::move(trust)),
      ours_(std::move(ours)),
      repeats_(stack, loop, [this](const IncomingRequest& invite) { unacknowledged(invite); }) {
  for (const UserAgent::Method& method : methods_) {
    names_.push_back(method.name);
    if (method.in_dialog) in_dialog_.push_back(method.name);
  }
}

Incoming::~Incoming() { close(); }

absl::Status Incoming::open() {
  struct Door {
    bool requests;
    bool first;
    sip_msg_h* handler;
  };
  const Door doors[] = {
      {true, true,
       [](const sip_msg* m, void* self) { return static_cast<Incoming*>(self)->guard(*m); }},
      {false, true,
       [](const sip_msg* m, void* self) {
         return static_cast<Incoming*>(self)->guard_response(*m);
       }},
      {true, false,
       [](const sip_msg* m, void* self) { return static_cast<Incoming*>(self)->receive(*m); }},
      // An answer nobody waits for; libre would print it.
      {false, false,
       [](const sip_msg* m, void* self) {
         static_cast<Incoming*>(self)->ours_.stray(*m);
         return true;
       }},
  };
  static_assert(std::size(doors) == std::tuple_size_v<decltype(doors_)>);
  for (std::size_t i = 0; i < std::size(doors); ++i) {
    if (sip_listen(&doors_[i], stack_, doors[i].requests, doors[i].handler, this) != 0) {
      return absl::ResourceExhaustedError("no memory for the SIP stack");
    }
    if (doors[i].first) put_first(doors_[i]);
  }
  return absl::OkStatus();
}

void Incoming::close() {
  const auto unanswered = std::exchange(unanswered_, {});
  for (Transaction* transaction : unanswered) transaction->close();
  repeats_.close();
  for (sip_lsnr* door : doors_) mem_deref(door);
}

bool Incoming::guard(const sip_msg& message) {
  const bool known = trusted(message);
  if (known || message.tp == SIP_TRANSP_UDP) widen(message);
  const auto wrong = refusal(message, {limits_.message_bytes, names_, in_dialog_});
  if (!known) {
    turn_away(message, wrong && wrong->cut);
    return true;
  }
  if (!wrong) return false;
  if (!cut_short(message)) refuse(message, *wrong);
  return true;
}

bool Incoming::trusted(const sip_msg& message) const {
  return trust_.trusts(message.src, [&] { return certificate_names(message); });
}

// Whatever it is; but for what cannot be answered, or must not be.
void Incoming::turn_away(const sip_msg& message, bool broken) {
  ++strangers_;
  if (const auto before = seldom_.now()) {
    std::string names;
    for (const std::string& name : certificate_names(message))
      append(names, {names.empty() ? "" : " ", name});
    log::warning("sip.stranger", "A request came from a peer that is not trusted.",
                 {{"peer", address_text(message.src)},
                  {"names", names},
                  {"method", as_line(view(message.met))},
                  {"before", std::to_string(*before)}});
  }
  if (broken) return cut(message);
  reply_statelessly(stack_, message, 403, "Forbidden", {});
}

bool Incoming::guard_response(const sip_msg& message) {
  if (well_framed(message)) return false;
  cut(message);
  return true;
}

void Incoming::refuse(const sip_msg& message, const Refusal& why) {
  if (log::enabled(log::Level::debug)) {
    log::debug("sip.request.refused", "A SIP request was refused before it was looked into.",
               {{"peer", address_text(message.src)},
                {"method", as_line(view(message.met))},
                {"status", std::to_string(why.status)},
                {"reason", why.why}});
  }
  if (why.status != 0) reply_statelessly(stack_, message, why.status, why.why, why.headers);
  if (why.cut) cut(message);
}

bool Incoming::receive(const sip_msg& message) {
  const std::string_view method = view(message.met);
  if (method == "ACK") {  // of a 2xx, or of a response that libre no longer knows
    if (repeats_.size() == 0) return true;
    if (const auto ack = believed(message)) repeats_.acknowledged(*ack);
    return true;
  }
  if (method == "CANCEL") {
    refuse(message, {481, "Transaction Does Not Exist", {}, false});
    return true;
  }
  auto request = believed(message);
  if (!request) {
    refuse(message, {400, "From or To is no address", {}, false});
  } else if (request->to_tag.empty() && ours_.made(request->from_tag)) {
    refuse(message, {482, "Loop Detected", {}, false});
  } else if (request->to_tag.empty() && identities_.contains(identity_of(message))) {
    refuse(message, {482, "Merged Request", {}, false});
  } else if (method == "INVITE" && ours_.inviting(Dialog::id_of(*request))) {
    refuse(message, {491, "Request Pending", {}, false});
  } else if (method == "OPTIONS") {
    answer_options(message);
  } else if (unanswered_.size() + (method == "INVITE" ? repeats_.size() : 0) >= limits_.pending) {
    refuse(message, {503, "Too Many Requests", {{"Retry-After", "1"}}, false});
  } else {
    hand_on(message, *std::move(request));
  }
  return true;
}

// RFC 3261 section 11.2.
void Incoming::answer_options(const sip_msg& message) {
  std::string types;
  for (const UserAgent::Method& method : methods_) {
    if (!method.accept.empty()) append(types, {types.empty() ? "" : ", ", method.accept});
  }
  reply_statelessly(stack_, message, 200, "OK",
                    {{"Allow", allowed(names_)},
                     {"Accept", types},
                     {"Accept-Encoding", "identity"},
                     {"Supported", ""}});
}

void Incoming::hand_on(const sip_msg& message, IncomingRequest request) {
  auto transaction = std::make_unique<Transaction>(*this, message);
  if (!transaction->open()) return;
  method(request.method)->on_request(std::move(request), Answer(transaction.release()));
}

const UserAgent::Method* Incoming::method(std::string_view name) const {
  const auto found = std::find_if(methods_.begin(), methods_.end(),
                                  [&](const auto& method) { return method.name == name; });
  return found == methods_.end() ? nullptr : &*found;
}

// The listener it came to; of a connection that we opened, that of its transport.
std::string Incoming::contact(const sip_msg& message) const {
  sa listener = message.dst;
  if (!sip_transp_isladdr(stack_, message.tp, &listener))
    sip_transp_laddr(stack_, &listener, message.tp, &message.src);
  return contact_at(message.tp, listener);
}

// RFC 3261 section 13.3.1.4: the session ends with a BYE. Of a dialog that was made earlier, the
// route set is what this INVITE has recorded.
void Incoming::unacknowledged(const IncomingRequest& invite) {
  log::warning("sip.unacknowledged", "Nobody acknowledged a 2xx to INVITE; the session is ended.",
               {{"peer", invite.source}, {"call_id", invite.call_id}});
  if (auto dialog = Dialog::answering(invite)) {
    dialog->local_cseq = kLastCSeq;
    ours_.send(dialog->request("BYE"));
  }
  end_unasked(invite);
}

// The handler of BYE hears that the session it has taken is over.
void Incoming::end_unasked(const IncomingRequest& invite) {
  const UserAgent::Method* const bye = method("BYE");
  if (bye == nullptr) return;
  IncomingRequest request = invite;
  request.method = "BYE";
  request.to_tag = invite.local_tag;
  request.source = "local";
  request.cseq = kTheirLastCSeq;
  request.headers.clear();
  request.content_type.clear();
  request.body.clear();
  bye->on_request(std::move(request), Answer());
}

Transaction::Transaction(Incoming& owner, const sip_msg& message)
    : owner_(&owner),
      identity_(message.to.tag.l == 0 ? identity_of(message) : 0),
      message_(static_cast<sip_msg*>(mem_ref(const_cast<sip_msg*>(&message)))) {
  owner.unanswered_.insert(this);
  if (identity_ != 0) owner.identities_.insert(identity_);
}

Transaction::~Transaction() {
  if (owner_ == nullptr) return;
  owner_->unanswered_.erase(this);
  if (identity_ != 0) owner_->identities_.erase(identity_);
  mem_deref(transaction_);
}

// From here libre absorbs the request's retransmissions. An INVITE is told at once that it came:
// until then its sender may not cancel it (RFC 3261 section 9.1).
bool Transaction::open() {
  const auto cancel = [](void* self) { static_cast<Transaction*>(self)->cancelled(); };
  if (sip_strans_alloc(&transaction_, owner_->stack_, message_.get(), cancel, this) != 0)
    return false;
  return !invite() || sip_treply(&transaction_, owner_->stack_, message_.get(), 100, "Trying") == 0;
}

void Transaction::cancelled() {
  cancelled_ = true;
  sip_treplyf(&transaction_, nullptr, owner_->stack_, message_.get(), false, 487,
              "Request Terminated", "%s", written({}).c_str());
}

void Transaction::reply(int status, std::string_view reason, const std::vector<Header>& headers,
                        std::string_view content_type, std::string_view body) {
  if (owner_ == nullptr) return;
  const bool good = status >= 200 && status < 300;
  const std::string_view method = view(message_->met);
  auto request = good && invite() ? believed(*message_) : std::nullopt;
  if (cancelled_) {
    if (!request) return;
    return owner_->loop_.after(
        {}, [owner = owner_, request = *std::move(request)] { owner->end_unasked(request); });
  }
  std::vector<Header> all = headers;
  if (good && names_us(method) && !holds(headers, "Contact"))
    all.push_back({"Contact", owner_->contact(*message_)});
  if (request && !holds(headers, "Allow")) all.push_back({"Allow", allowed(owner_->names_)});
  const std::string text = written(all, content_type, body);
  mbuf* sent = nullptr;
  const int error = sip_treplyf(&transaction_, &sent, owner_->stack_, message_.get(),
                                good && makes_dialog(method), static_cast<std::uint16_t>(status),
                                as_line(reason).c_str(), "%b", text.data(), text.size());
  if (error != 0) return;
  Owned<mbuf> response(sent);
  if (request)
    owner_->repeats_.begin(*std::move(request), std::move(message_), std::move(response));
}

void Transaction::close() {
  owner_ = nullptr;
  mem_deref(std::exchange(transaction_, nullptr));
  message_.reset();
}

Answer& Answer::operator=(Answer&& other) noexcept {
  Answer old(std::exchange(transaction_, std::exchange(other.transaction_, nullptr)));
  return *this;
}

Answer::~Answer() { reply(500, "Server Internal Error"); }

void Answer::reply(int status, std::string_view reason, const std::vector<Header>& headers,
                   std::string_view content_type, std::string_view body) {
  const std::unique_ptr<Transaction> transaction(std::exchange(transaction_, nullptr));
  if (transaction) transaction->reply(status, reason, headers, content_type, body);
}

}  // namespace causeway::gateway::sip
