#pragma once

#include "common/config/settings.h"
#include "frontend_gateway/config/config.h"

namespace causeway::gateway::config {

// How external access policies and users stand in the file, and the rules that hold for them
// together.

const causeway::config::Settings<ExternalAccess>& external_access_settings();
const causeway::config::Settings<AccessPolicy>& policy_settings();
const causeway::config::Settings<User>& user_settings();

// What stands there twice, users of other domains, and policies that are granted and are none are
// mistakes.
void check_users(const Config& config, causeway::config::Report& report);

}  // namespace causeway::gateway::config
