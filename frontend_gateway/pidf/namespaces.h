#pragma once

#include <string_view>

namespace causeway::gateway::pidf::ns {

inline constexpr std::string_view kPidf = "urn:ietf:params:xml:ns:pidf";              // RFC 3863
inline constexpr std::string_view kModel = "urn:ietf:params:xml:ns:pidf:data-model";  // RFC 4479
inline constexpr std::string_view kRpid = "urn:ietf:params:xml:ns:pidf:rpid";         // RFC 4480
inline constexpr std::string_view kClient = "jabber:client";                          // RFC 8048
// Of the drafts before RFC 4480; what Lync and its like write and read.
inline constexpr std::string_view kDraft = "urn:ietf:params:xml:ns:pidf:status:rpid-status";

}  // namespace causeway::gateway::pidf::ns
