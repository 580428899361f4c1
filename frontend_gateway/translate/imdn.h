#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace causeway::gateway::translate {

// What became of a message, as SIP says it: message/imdn+xml (RFC 5438 section 7), and the failure
// reports of Lync, application/ms-imdn+xml.

inline constexpr std::string_view kImdnType = "message/imdn+xml";
inline constexpr std::string_view kMsImdnType = "application/ms-imdn+xml";

struct Imdn {
  enum class Status {
    delivered,  // to the recipient's user agent
    displayed,
    failed,     // it will not be delivered
    forbidden,  // ... for the recipient, or somebody on the way, does not want it
    no_news,    // processed, stored, what nobody may know, what this version does not know
  };
  std::string message_id;
  Status status = Status::no_news;
  std::string recipient;  // URI
  absl::Time when;        // of the message; for write() only
  int sip_status = 0;     // of ms-imdn
};

// Nothing for what is neither of the two documents, or names no message.
std::optional<Imdn> parse_imdn(std::string_view xml);
std::optional<Imdn> parse_ms_imdn(std::string_view xml);

// No status but the first four.
std::string write_imdn(const Imdn& imdn);
std::string write_ms_imdn(const Imdn& imdn);

}  // namespace causeway::gateway::translate
