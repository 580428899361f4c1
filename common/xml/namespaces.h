#pragma once

#include <string_view>

namespace causeway::xml::ns {

inline constexpr std::string_view kServer = "jabber:server";
inline constexpr std::string_view kStreams = "http://etherx.jabber.org/streams";
inline constexpr std::string_view kStreamErrors = "urn:ietf:params:xml:ns:xmpp-streams";
inline constexpr std::string_view kStanzaErrors = "urn:ietf:params:xml:ns:xmpp-stanzas";
inline constexpr std::string_view kTls = "urn:ietf:params:xml:ns:xmpp-tls";
inline constexpr std::string_view kSasl = "urn:ietf:params:xml:ns:xmpp-sasl";
inline constexpr std::string_view kDialback = "jabber:server:dialback";
inline constexpr std::string_view kDialbackFeature = "urn:xmpp:features:dialback";
inline constexpr std::string_view kBidi = "urn:xmpp:bidi";  // XEP-0288
inline constexpr std::string_view kBidiFeature = "urn:xmpp:features:bidi";
inline constexpr std::string_view kManagement = "urn:xmpp:sm:3";         // XEP-0198
inline constexpr std::string_view kPing = "urn:xmpp:ping";               // XEP-0199
inline constexpr std::string_view kLimits = "urn:xmpp:stream-limits:0";  // XEP-0478
inline constexpr std::string_view kXhtml = "http://www.w3.org/1999/xhtml";
inline constexpr std::string_view kXml = "http://www.w3.org/XML/1998/namespace";

}  // namespace causeway::xml::ns
