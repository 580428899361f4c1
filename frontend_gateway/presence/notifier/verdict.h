#pragma once

#include "frontend_gateway/sip/message.h"

namespace causeway::gateway::presence {

// What the answer to a NOTIFY says of its subscription.
enum class Verdict {
  told,   // 2xx
  gone,   // there is no subscription any more, or nobody who wants it
  later,  // the same may be tried again
};

// RFC 6665 section 4.2.2 and RFC 5057 section 5: what says of the dialog, or of its usage, that it
// is no more, ends it, and so do the silence of Timer F and every refusal that does not say when to
// try again. A failure of a server on the way, or of the way, does not: a proxy that restarts must
// not cost its users what they see of their contacts.
Verdict verdict_on(const sip::Response& response);

}  // namespace causeway::gateway::presence
