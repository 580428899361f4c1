#pragma once

#include <optional>
#include <string>
#include <variant>

#include "absl/time/time.h"
#include "frontend_gateway/address/outcome.h"
#include "frontend_gateway/sip/message.h"
#include "frontend_gateway/translate/cpim.h"
#include "frontend_gateway/translate/headers.h"
#include "frontend_gateway/translate/imdn.h"
#include "frontend_gateway/translate/is_composing.h"

namespace causeway::gateway::translate {

// What the body of a MESSAGE says.

struct Text {
  std::string plain;  // UTF-8, fit for XML; empty: nothing to read
  std::string xhtml;  // the same with markup (xhtml::to_xml), or empty
  std::string lang;   // as its part says; empty: as the request says
};

struct Content {
  std::variant<Text, IsComposing, Imdn> what;
  // Of the message/cpim around it.
  std::string message_id;
  Notifications wanted;
  std::string subject;
  std::optional<absl::Time> sent;
};

// Refuses with 415 and what is accepted another type, charset or coding, and with 400 bytes that no
// stanza may hold, or a document that is not what its type says: replacing or leaving out a part of
// it would deliver a text that nobody has written.
Outcome<Content, SipAnswer> content_of(const sip::IncomingRequest& request);

// The types it takes, as the value of Accept.
extern const char kAcceptedTypes[];

}  // namespace causeway::gateway::translate
