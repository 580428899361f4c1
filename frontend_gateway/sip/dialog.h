#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend_gateway/sip/message.h"

namespace causeway::gateway::sip {

// Our end of a dialog (RFC 3261 section 12) as a value: it can be kept in a database and go on in
// another life of the process. Pure.
struct Dialog {
  std::string call_id, local_tag, remote_tag;
  std::string local_uri, remote_uri;  // name-addrs without tag
  std::string remote_target;          // the Contact of the other end
  std::vector<std::string> routes;    // in the order of Route
  std::uint32_t local_cseq = 0, remote_cseq = 0;

  // As the one who answers `request`, which has no To tag, with a 2xx. Nothing without a Contact
  // that is a SIP URI.
  static std::optional<Dialog> answering(const IncomingRequest& request);
  // As the one whose `request` was answered by `response`, a 2xx.
  static std::optional<Dialog> asked(const Request& request, const Response& response);
  // As a subscriber whose first news is a NOTIFY that is faster than the 2xx (RFC 6665 section
  // 4.1.2.4): `request` is what was sent, `notify` what came. The CSeq is the request's own, so the
  // caller who wants this sets Call-ID, from_tag and CSeq of its SUBSCRIBE.
  static std::optional<Dialog> notified(const Request& request, const IncomingRequest& notify);

  // The next request within it; takes a CSeq.
  Request request(std::string method);
  // Takes the CSeq that was used in the end: one more than request()'s when it had to be sent again
  // with credentials.
  void answered(const Response& response);
  // Whether `request` is the next of the other end; then its CSeq and, for a target refresh, its
  // Contact are taken. False: out of order, the answer is 500 (section 12.2.2).
  bool accept(const IncomingRequest& request);

  // Names it among all dialogs: Call-ID and both tags.
  std::string id() const;
  static std::string id_of(const IncomingRequest& request);

  std::string to_text() const;
  static std::optional<Dialog> from_text(std::string_view text);

  friend bool operator==(const Dialog&, const Dialog&) = default;
};

}  // namespace causeway::gateway::sip
