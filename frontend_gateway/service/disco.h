#pragma once

#include <string_view>

#include "causeway/v1/stanza.pb.h"
#include "frontend_gateway/config/config.h"

namespace causeway::gateway::service {

namespace ns {
inline constexpr std::string_view kDiscoInfo = "http://jabber.org/protocol/disco#info";
inline constexpr std::string_view kDiscoItems = "http://jabber.org/protocol/disco#items";
inline constexpr std::string_view kPing = "urn:xmpp:ping";
inline constexpr std::string_view kVersion = "jabber:iq:version";
inline constexpr std::string_view kDataForms = "jabber:x:data";
}  // namespace ns

// The payloads of answers; pure.

// A hosted domain: an IM server that is a gateway to SIP, what it answers, and its contact
// addresses, if there are any (XEP-0157).
v1::Extension domain_info(const config::Service& settings);
// Somebody's account (XEP-0030 section 8).
v1::Extension account_info();
v1::Extension no_items();
// XEP-0092, without the operating system, which is nobody's business.
v1::Extension version();

}  // namespace causeway::gateway::service
