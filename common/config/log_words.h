#pragma once

#include <vector>

#include "common/config/settings.h"
#include "common/log/log.h"

namespace causeway::config {

// How both daemons' files spell what the log can do.

inline std::vector<Choice<log::Level>> level_words() {
  return {{"debug", log::Level::debug},
          {"info", log::Level::info},
          {"warning", log::Level::warning},
          {"error", log::Level::error}};
}

inline std::vector<Choice<log::Format>> format_words() {
  return {{"text", log::Format::text}, {"json", log::Format::json}};
}

}  // namespace causeway::config
