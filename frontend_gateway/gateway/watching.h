#pragma once

#include "causeway/v1/stanza.pb.h"
#include "frontend_gateway/config/presence.h"
#include "frontend_gateway/presence/notifications.h"
#include "frontend_gateway/presence/watches.h"
#include "frontend_gateway/sip/message.h"
#include "frontend_gateway/store/rows.h"

namespace causeway::gateway {

// How presence::Notifications and presence::Watches stand in the gateway.

presence::Notifications::Limits limits_of(const config::Presence& settings);
presence::Watches::Limits watch_limits_of(const config::Presence& settings);
presence::Notifications::Rows rows_of(const store::Contents& rows);

// What an XMPP user's server says to somebody who watches him, or wants to. Its errors have an id
// of ours.
bool is_for_watcher(const v1::Stanza& stanza, const presence::Notifications& notifications);

// What he says to somebody whom he watches, or wants to.
bool is_for_watched(const v1::Stanza& stanza);

// Whether the SIP server that has authenticated the sender says that it is somebody else.
bool is_somebody_else(const sip::IncomingRequest& request);

}  // namespace causeway::gateway
