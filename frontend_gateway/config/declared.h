#pragma once

#include "common/config/report.h"
#include "frontend_gateway/config/config.h"

namespace causeway::gateway::config {

// Fills config.declared with what stands in the file.
void declare(Config& config, const causeway::config::Report& report);

}  // namespace causeway::gateway::config
