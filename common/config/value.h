#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/report.h"

namespace causeway::config {

// One setting as it stands in the file. Each reader returns nothing when the value is not of its
// kind, and has reported it then. It lives as long as the report it writes to.
class Value {
 public:
  // The whole file.
  static Value root(const YAML::Node& node, Report& report) { return Value(node, "", report); }

  struct Entry;

  std::optional<std::string> text() const;
  std::optional<bool> flag() const;
  // A decimal number between the two, both included.
  std::optional<std::int64_t> number(std::int64_t least, std::int64_t most) const;
  std::optional<std::vector<Value>> list() const;
  // A section with nothing in it is an empty one. Keys that stand there twice are reported.
  std::optional<std::vector<Entry>> section() const;

  void mistake(std::string_view what) const;
  const std::string& path() const { return path_; }
  Report& report() const { return *report_; }

 private:
  Value(const YAML::Node& node, std::string path, Report& report);

  YAML::Node node_;
  std::string path_;
  Report* report_;
};

struct Value::Entry {
  std::string key;
  int line;
  Value value;
};

}  // namespace causeway::config
