#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "causeway/v1/stanza.pb.h"
#include "frontend_gateway/address/outcome.h"
#include "frontend_gateway/address/sip_uri.h"
#include "frontend_gateway/sip/message.h"
#include "frontend_gateway/translate/cpim.h"
#include "frontend_gateway/translate/threads.h"

namespace causeway::gateway::translate {

// XMPP message -> SIP MESSAGE (RFC 7572 section 4).

inline constexpr std::string_view kCorrectionPrefix = "* ";

// The request, in plain text; nothing when there is nothing in the message that a person would
// read, such as a chat state or a receipt; or why it cannot cross. `stanza` is a message and no
// error. SIP has no correction (XEP-0308): `correction_prefix` says that the text is one.
Outcome<std::optional<sip::Request>, v1::StanzaError> to_request(
    const v1::Stanza& stanza, const mapping::SipUri& from, const mapping::SipUri& to,
    Threads& threads, std::string_view correction_prefix = kCorrectionPrefix);

// What more of the message the recipient takes than its plain text.
struct Form {
  bool html = false;       // the markup, as the other way to show the text
  std::string message_id;  // asks for notifications under this name; empty: no message/cpim
  Notifications wanted;
  bool rich(const v1::Message& message) const {
    return !message_id.empty() || (html && !message.xhtml().empty());
  }
};
// Puts the text of `request`, which to_request() has made of the stanza, in that form.
void enrich(sip::Request& request, const v1::Stanza& stanza, const Form& form, absl::Time now);

// What no person has written, from one user to another: an isComposing document, a notification.
// Marked as made by a machine; its failure is told nobody.
sip::Request machine_made(std::string_view from, std::string_view to, std::string_view type,
                          std::string body);
// The same in a message/cpim of the two (RFC 5438 section 7.1.1).
sip::Request notification(std::string_view from, std::string_view to, std::string_view imdn,
                          absl::Time now);

// Tells the SIP user `to` that a message to `from` was taken and has failed nevertheless. It is
// marked as made by a machine, and its own failure is told nobody.
sip::Request notice(std::string_view from, std::string_view to, const v1::StanzaError& error);

// How many bytes of request the next hop of that URI takes: 1,300 over UDP (RFC 3428 section 8).
// Without a transport of its own it is UDP when one of `listen` of its address family is, as
// config::Sip has them.
std::size_t largest_request(std::string_view next_hop, std::span<const std::string> listen);
// About how many it will have on the wire; rather too many.
std::size_t size_on_wire(const sip::Request& request);

}  // namespace causeway::gateway::translate
