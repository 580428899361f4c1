#include "frontend_gateway/sip/incoming.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "common/log/log.h"
#include "frontend_gateway/sip/text.h"

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
// socket.
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

std::string written(const std::vector<Header>& headers) {
  std::string text;
  for (const Header& header : headers) {
    if (is_token(header.name)) append(text, {header.name, ": ", as_line(header.value), "\r\n"});
  }
  append(text, {"Content-Length: 0\r\n\r\n"});
  return text;
}

void reply_statelessly(struct ::sip* stack, const sip_msg& message, int status,
                       std::string_view reason, const std::vector<Header>& headers) {
  keep_tag(message);
  sip_replyf(stack, &message, static_cast<std::uint16_t>(status), as_line(reason).c_str(), "%s",
             written(headers).c_str());
}

}  // namespace

Incoming::Incoming(struct ::sip* stack, std::vector<UserAgent::Method> methods, Limits limits)
    : stack_(stack), methods_(std::move(methods)), limits_(limits) {
  for (const UserAgent::Method& method : methods_) names_.push_back(method.name);
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
      {false, false, [](const sip_msg*, void*) { return true; }},
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
  for (sip_lsnr* door : doors_) mem_deref(door);
}

bool Incoming::guard(const sip_msg& message) {
  widen(message);
  const auto wrong = refusal(message, {limits_.message_bytes, names_});
  if (!wrong) return false;
  if (!cut_short(message)) refuse(message, *wrong);
  return true;
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
  if (method == "ACK") return true;  // of a response that libre no longer knows
  if (method == "CANCEL") {
    refuse(message, {481, "Transaction Does Not Exist", {}, false});
    return true;
  }
  auto request = believed(message);
  if (!request) {
    refuse(message, {400, "From or To is no address", {}, false});
  } else if (!request->to_tag.empty()) {
    refuse(message, {481, "Dialog Does Not Exist", {}, false});
  } else if (method == "OPTIONS") {
    answer_options(message);
  } else if (unanswered_.size() >= limits_.pending) {
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
    append(types, {types.empty() ? "" : ", ", method.accept});
  }
  reply_statelessly(stack_, message, 200, "OK",
                    {{"Allow", allowed(names_)},
                     {"Accept", types},
                     {"Accept-Encoding", "identity"},
                     {"Supported", ""}});
}

void Incoming::hand_on(const sip_msg& message, IncomingRequest request) {
  const auto method = std::find_if(methods_.begin(), methods_.end(), [&](const auto& candidate) {
    return candidate.name == request.method;
  });
  auto transaction = std::make_unique<Transaction>(*this, message);
  if (!transaction->open()) return;
  method->on_request(std::move(request), Answer(transaction.release()));
}

Transaction::Transaction(Incoming& owner, const sip_msg& message)
    : owner_(&owner), message_(static_cast<sip_msg*>(mem_ref(const_cast<sip_msg*>(&message)))) {
  owner.unanswered_.insert(this);
}

Transaction::~Transaction() {
  if (owner_ == nullptr) return;
  owner_->unanswered_.erase(this);
  mem_deref(transaction_);
}

// From here libre absorbs the request's retransmissions.
bool Transaction::open() {
  return sip_strans_alloc(&transaction_, owner_->stack_, message_.get(), nullptr, nullptr) == 0;
}

void Transaction::reply(int status, std::string_view reason, const std::vector<Header>& headers) {
  if (owner_ == nullptr) return;
  sip_treplyf(&transaction_, nullptr, owner_->stack_, message_.get(), false,
              static_cast<std::uint16_t>(status), as_line(reason).c_str(), "%s",
              written(headers).c_str());
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

void Answer::reply(int status, std::string_view reason, const std::vector<Header>& headers) {
  const std::unique_ptr<Transaction> transaction(std::exchange(transaction_, nullptr));
  if (transaction) transaction->reply(status, reason, headers);
}

}  // namespace causeway::gateway::sip
