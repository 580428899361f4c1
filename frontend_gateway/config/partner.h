#pragma once

#include "common/config/settings.h"
#include "frontend_gateway/config/config.h"

namespace causeway::gateway::config {

// How partners stand in the file, and the rules that hold for them together.

// As Lync names and defaults them.
const causeway::config::Settings<v1::Partner>& partner_settings();
v1::Partner default_partner();

// A partner with settings that nothing can negotiate, and a domain that is named twice, are
// mistakes. What works but is doubtful goes into config.warnings.
void check_partners(Config& config, causeway::config::Report& report);

}  // namespace causeway::gateway::config
