#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace causeway::gateway::session {

// Session descriptions (RFC 4566) as far as instant messages in SIP itself need them: one medium,
// `m=message <port> sip null`, that no packet is ever sent for. Pure.

struct Medium {
  std::string kind;      // "message"
  int port = 0;          // 0: refused, or not wanted any more
  std::string protocol;  // "sip"
  std::string formats;   // "null"; LCS 2003 put a SIP URI there
};

struct Description {
  std::vector<Medium> media;        // in their order, at most 16
  std::optional<std::size_t> text;  // the first of them that is IM and wanted
  // What the other end takes, in lower case; empty: it does not say.
  std::vector<std::string> accept_types;
};

// Nothing for what is no session description, is longer than 16 KiB or names more than 16 media.
std::optional<Description> parse_sdp(std::string_view text);

// The types of content we take within a session.
inline constexpr std::string_view kAcceptTypes[] = {
    "text/plain", "text/html", "multipart/alternative", "application/im-iscomposing+xml",
    "application/ms-imdn+xml"};

std::string write_offer();
// Takes the IM of `offer` and refuses its other media (RFC 3264 section 6). REQUIRES: offer.text.
std::string write_answer(const Description& offer);

}  // namespace causeway::gateway::session
