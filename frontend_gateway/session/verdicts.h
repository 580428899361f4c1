#pragma once

#include "frontend_gateway/sip/message.h"

namespace causeway::gateway::session {

// What a final response to a request of ours says about the session, as two tables. Pure.

enum class OnInvite {
  opened,
  larger_interval,  // ask again with what Min-SE says
  no_sessions,      // this user takes texts in page mode, if at all
  refused,
};
OnInvite on_invite(const sip::Response& response);

enum class OnText {
  delivered,
  dead,     // so is the dialog; the text was not delivered
  unknown,  // the dialog is dead, and whether the text was delivered nobody knows
  refused,  // the text, not the dialog
};
OnText on_text(const sip::Response& response);
// Of what kind the body is, or what is in it, is not liked; another one may be.
bool is_unliked(const sip::Response& response);

// After a refusal of any other request within the dialog. RFC 3261 section 12.2.1.2.
bool ends_dialog(const sip::Response& response);
// Whether the other end knows of no such dialog: it is not told that it has ended.
bool is_unknown_there(const sip::Response& response);

}  // namespace causeway::gateway::session
