#include "frontend_gateway/gateway/wishes.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/stanza/conditions.h"
#include "frontend_gateway/sip/message.h"
#include "frontend_gateway/translate/errors.h"

namespace causeway::gateway {
namespace {

using Status = translate::Imdn::Status;
using translate::Notifications;

constexpr std::size_t kMostIdBytes = 1024;

bool same_user(const v1::Address& a, const v1::Address& b) {
  return a.local() == b.local() && a.domain() == b.domain();
}

struct Row {
  Status status;
  bool Notifications::*open;
};
constexpr Row kRows[] = {
    {Status::delivered, &Notifications::delivered},
    {Status::displayed, &Notifications::displayed},
    {Status::failed, &Notifications::failed},
    {Status::forbidden, &Notifications::failed},
};

v1::StanzaError error_of(const translate::Imdn& imdn) {
  if (imdn.sip_status >= 300) {
    sip::Response response;
    response.status = imdn.sip_status;
    return translate::to_xmpp(response);
  }
  return imdn.status == Status::forbidden
             ? stanza::error(v1::FORBIDDEN)
             : stanza::error(v1::RECIPIENT_UNAVAILABLE, "The message could not be delivered.");
}

}  // namespace

Wishes::Wishes(std::string_view life, std::size_t most)
    : most_(most), prefix_(absl::StrCat(std::string(life), "-m")) {}

Notifications Wishes::asked(const v1::Stanza& stanza) {
  const v1::Receipt& receipt = stanza.message().receipt();
  if (stanza.id().empty() || stanza.id().size() > kMostIdBytes) return {};
  if (!receipt.requested() && !receipt.markable()) return {};
  return {.delivered = receipt.requested(), .failed = true, .displayed = receipt.markable()};
}

std::string Wishes::add(const v1::Stanza& stanza) {
  std::string message_id = absl::StrCat(prefix_, absl::Hex(++last_));
  wishes_.emplace(message_id, Wish{stanza.from(), stanza.to(), stanza.id(), asked(stanza)});
  oldest_first_.push_back(message_id);
  if (oldest_first_.size() > most_) {
    wishes_.erase(oldest_first_.front());
    oldest_first_.pop_front();
  }
  return message_id;
}

void Wishes::forget(const std::string& message_id) { wishes_.erase(message_id); }

std::optional<v1::Stanza> Wishes::told(const translate::Imdn& imdn, const v1::Address& sip_user,
                                       const v1::Address& xmpp_user) {
  const auto found = wishes_.find(imdn.message_id);
  if (found == wishes_.end()) return std::nullopt;
  Wish& wish = found->second;
  if (!same_user(wish.recipient, sip_user) || !same_user(wish.sender, xmpp_user))
    return std::nullopt;
  const auto* row = std::ranges::find(kRows, imdn.status, &Row::status);
  if (row == std::end(kRows) || !std::exchange(wish.open.*row->open, false)) return std::nullopt;

  v1::Stanza stanza;
  *stanza.mutable_from() = sip_user;
  *stanza.mutable_to() = wish.sender;
  v1::Message& message = *stanza.mutable_message();
  if (row->open == &Notifications::failed) {
    message.set_type(v1::Message::ERROR);
    stanza.set_id(wish.id);
    *stanza.mutable_from() = wish.recipient;
    *stanza.mutable_error() = error_of(imdn);
    wish.open = {};  // what has failed is not delivered any more
    return stanza;
  }
  message.set_type(v1::Message::CHAT);
  wish.open.failed = false;
  if (imdn.status == Status::delivered) {
    message.mutable_receipt()->set_received_id(wish.id);
  } else {
    message.mutable_receipt()->set_displayed_id(wish.id);
  }
  return stanza;
}

}  // namespace causeway::gateway
