#pragma once

#include <chrono>
#include <optional>

#include "absl/time/time.h"
#include "causeway/v1/stanza.pb.h"
#include "common/address/jid.h"
#include "frontend_gateway/address/outcome.h"
#include "frontend_gateway/sip/message.h"
#include "frontend_gateway/translate/content.h"
#include "frontend_gateway/translate/headers.h"
#include "frontend_gateway/translate/threads.h"

namespace causeway::gateway::translate {

// SIP MESSAGE -> XMPP message (RFC 7572 section 5).

struct ToXmpp {
  // chat, which clients show as a conversation, or normal, as RFC 7572 asks.
  v1::Message::Type type = v1::Message::CHAT;
  std::chrono::milliseconds patience{0};  // the most of patience_ms
};

// `content` is what content_of() has read, and a Text. The stanza's id is the caller's to set.
// Nothing when there is nothing to read in it.
Outcome<std::optional<v1::Stanza>, SipAnswer> to_stanza(
    const sip::IncomingRequest& request, Content content, const causeway::address::Jid& from,
    const causeway::address::Jid& to, const Threads& threads, absl::Time now, const ToXmpp& how);

// Whether a machine sent it: nobody reads what is answered to it.
bool is_automatic(const sip::IncomingRequest& request);

}  // namespace causeway::gateway::translate
