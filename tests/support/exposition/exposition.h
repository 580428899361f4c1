#pragma once

#include <map>
#include <string>
#include <vector>

namespace causeway::test {

// Prometheus' text format (version 0.0.4), read as a collector reads it.
struct Exposition {
  struct Family {
    std::string help;
    std::string type;
    std::map<std::string, double> samples;  // by their labels: {direction="inbound"}; empty: none
  };
  std::map<std::string, Family> families;
  std::string prefix;  // of the daemon whose metrics they are: "causeway_edge_"

  // `family` without the prefix. 0 when there is no such sample.
  double value(const std::string& family, const std::string& labels = {}) const;
  double sum(const std::string& family) const;
};

// Throws for a line that is none, and for a sample that stands there twice.
Exposition parse_exposition(const std::string& text, const std::string& daemon = "edge");

// What `promtool check metrics` would say, and our own rules: a sentence each.
std::vector<std::string> lint(const Exposition& exposition);

}  // namespace causeway::test
