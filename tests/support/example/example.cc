#include "tests/support/example/example.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>

namespace causeway::test {
namespace {

bool holds(const YAML::Node& node, const std::string& key) {
  if (key.empty()) return true;
  if (node.IsSequence())
    return std::any_of(node.begin(), node.end(),
                       [&](const YAML::Node& item) { return holds(item, key); });
  if (!node.IsMap()) return false;
  const std::string first = key.substr(0, key.find('.'));
  const std::string rest = key.size() > first.size() ? key.substr(first.size() + 1) : "";
  return node[first] && holds(node[first], rest);
}

}  // namespace

std::string example_file(const std::string& name) {
  return std::string(CAUSEWAY_SOURCE_DIR "/deploy/") + name;
}

std::vector<std::string> keys_missing_from(const std::string& file,
                                           const std::vector<std::string>& keys) {
  const YAML::Node root = YAML::LoadFile(file);
  std::vector<std::string> missing;
  for (const std::string& key : keys)
    if (!holds(root, key)) missing.push_back(key);
  return missing;
}

}  // namespace causeway::test
