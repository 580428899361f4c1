#include "frontend_gateway/sip/repeats.h"

#include <algorithm>
#include <utility>

#include "frontend_gateway/sip/dialog.h"
#include "frontend_gateway/sip/text.h"

namespace causeway::gateway::sip {
namespace {

constexpr std::chrono::milliseconds kT1{SIP_T1};
constexpr std::chrono::milliseconds kT2{SIP_T2};

std::string key_of(const IncomingRequest& request) {
  return concat({Dialog::id_of(request), " ", std::to_string(request.cseq)});
}

}  // namespace

struct Repeats::Response {
  IncomingRequest invite;
  Owned<sip_msg> message;  // its connection or socket
  Owned<mbuf> text;
  std::uint64_t order;
  std::chrono::milliseconds waited{0}, next{kT1};
};

Repeats::Repeats(struct ::sip* stack, Loop& loop, Unacknowledged unacknowledged)
    : stack_(stack), loop_(loop), unacknowledged_(std::move(unacknowledged)) {}

Repeats::~Repeats() = default;

void Repeats::begin(IncomingRequest invite, Owned<sip_msg> message, Owned<mbuf> response) {
  std::string key = key_of(invite);
  const std::uint64_t order = ++begun_;
  waiting_[key] = std::make_unique<Response>(
      Response{std::move(invite), std::move(message), std::move(response), order});
  arm(key, order, kT1);
}

void Repeats::acknowledged(const IncomingRequest& ack) { waiting_.erase(key_of(ack)); }

void Repeats::close() { waiting_.clear(); }

void Repeats::arm(const std::string& key, std::uint64_t order, std::chrono::milliseconds delay) {
  loop_.after(delay, [this, key, order] { due(key, order); });
}

void Repeats::due(const std::string& key, std::uint64_t order) {
  const auto found = waiting_.find(key);
  if (found == waiting_.end() || found->second->order != order) return;
  Response& response = *found->second;
  response.waited += response.next;
  if (response.waited >= 64 * kT1) {
    const auto node = waiting_.extract(found);
    unacknowledged_(node.mapped()->invite);
    return;
  }
  const sip_msg& message = *response.message;
  sa to;
  pl rport;
  sip_reply_addr(&to, &message, msg_param_exists(&message.via.params, "rport", &rport) == 0);
  response.text->pos = 0;
  sip_send(stack_, message.sock, message.tp, &to, response.text.get());
  response.next = std::min(2 * response.next, kT2);
  arm(key, order, response.next);
}

std::string contact_at(sip_transp transport, const sa& listener) {
  return concat({"<sip:", address_text(listener), sip_transp_param(transport), ">"});
}

}  // namespace causeway::gateway::sip
