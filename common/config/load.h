#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/config/settings.h"

namespace causeway::config {

// A file that cannot be opened, read, or taken apart as YAML is the only mistake reported of it.
absl::StatusOr<YAML::Node> parse_file(const std::string& path);

// Reads a file into a `T` that begins with its defaults. `rules` looks at what was read for
// mistakes of several settings together; it sees what the file says even when parts of it were
// refused.
template <typename T>
absl::StatusOr<T> load(const std::string& path, const Settings<T>& settings,
                       void (*rules)(T& config, Report& report)) {
  absl::StatusOr<YAML::Node> node = parse_file(path);
  if (!node.ok()) return node.status();
  Report report(path);
  T config;
  read(Value::root(*node, report), settings, config);
  rules(config, report);
  if (absl::Status status = report.status(); !status.ok()) return status;
  return config;
}

}  // namespace causeway::config
