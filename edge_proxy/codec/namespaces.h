#pragma once

#include <string_view>

namespace causeway::edge::codec::ns {

inline constexpr std::string_view kChatStates =
    "http://jabber.org/protocol/chatstates";                                             // XEP-0085
inline constexpr std::string_view kChatMarkers = "urn:xmpp:chat-markers:0";              // XEP-0333
inline constexpr std::string_view kCorrect = "urn:xmpp:message-correct:0";               // XEP-0308
inline constexpr std::string_view kDataForms = "jabber:x:data";                          // XEP-0004
inline constexpr std::string_view kDelay = "urn:xmpp:delay";                             // XEP-0203
inline constexpr std::string_view kDiscoInfo = "http://jabber.org/protocol/disco#info";  // XEP-0030
inline constexpr std::string_view kDiscoItems = "http://jabber.org/protocol/disco#items";
inline constexpr std::string_view kEncryption = "urn:xmpp:eme:0";  // XEP-0380
inline constexpr std::string_view kOmemo = "urn:xmpp:omemo:2";     // XEP-0384
inline constexpr std::string_view kOldOmemo = "eu.siacs.conversations.axolotl";
inline constexpr std::string_view kOpenPgp = "urn:xmpp:openpgp:0";     // XEP-0373
inline constexpr std::string_view kOldOpenPgp = "jabber:x:encrypted";  // XEP-0027
inline constexpr std::string_view kHints = "urn:xmpp:hints";           // XEP-0334
inline constexpr std::string_view kIdle = "urn:xmpp:idle:1";           // XEP-0319
inline constexpr std::string_view kLast = "jabber:iq:last";            // XEP-0012
inline constexpr std::string_view kOutOfBand = "jabber:x:oob";         // XEP-0066
inline constexpr std::string_view kPing = "urn:xmpp:ping";             // XEP-0199
inline constexpr std::string_view kReceipts = "urn:xmpp:receipts";     // XEP-0184
inline constexpr std::string_view kTime = "urn:xmpp:time";             // XEP-0202
inline constexpr std::string_view kVersion = "jabber:iq:version";      // XEP-0092

}  // namespace causeway::edge::codec::ns
