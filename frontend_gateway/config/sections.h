#pragma once

#include "common/config/settings.h"
#include "frontend_gateway/config/presence.h"
#include "frontend_gateway/config/session.h"

namespace causeway::gateway::config {

// How sections with a file of their own are read.
const causeway::config::Settings<Presence>& presence_settings();
const causeway::config::Settings<Session>& session_settings();

}  // namespace causeway::gateway::config
