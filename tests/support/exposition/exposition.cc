#include "tests/support/exposition/exposition.h"

#include <regex>
#include <sstream>
#include <stdexcept>

#include "absl/strings/match.h"

namespace causeway::test {
namespace {

const std::regex kComment("# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)");
const std::regex kSample(
    R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-z_]+="[^"\\]*"(?:,[a-z_]+="[^"\\]*")*\})? ([0-9.eE+-]+))re");
const std::regex kOurName("causeway_(edge|gateway)_[a-z]+(_[a-z0-9]+)*");

void read_line(const std::string& line, Exposition& into) {
  std::smatch parts;
  if (std::regex_match(line, parts, kComment)) {
    Exposition::Family& family = into.families[parts[2]];
    (parts[1] == "HELP" ? family.help : family.type) = parts[3];
    return;
  }
  if (!std::regex_match(line, parts, kSample)) throw std::runtime_error("no sample: " + line);
  const bool is_new = into.families[parts[1]].samples.emplace(parts[2], std::stod(parts[3])).second;
  if (!is_new) throw std::runtime_error("twice: " + line);
}

std::string wrong_with(const std::string& name, const Exposition::Family& family) {
  const bool total = absl::EndsWith(name, "_total");
  if (!std::regex_match(name, kOurName)) return "is no name of ours";
  if (family.help.empty() || family.help.back() != '.') return "has no HELP that is a sentence";
  if (family.type != "counter" && family.type != "gauge") return "has no TYPE";
  if (family.type == "counter" && !total) return "counts, and does not end in _total";
  if (family.type == "gauge" && total) return "is a gauge, and ends in _total";
  for (const char* unit : {"_ms", "_milliseconds", "_minutes", "_kib", "_percent"})
    if (absl::StrContains(name, unit)) return "is not in a base unit";
  for (const auto& sample : family.samples)
    if (sample.first.find(".example") != std::string::npos &&
        name != "causeway_edge_certificate_expiry_timestamp_seconds")
      return "has a domain for a label";
  return "";
}

}  // namespace

double Exposition::value(const std::string& family, const std::string& labels) const {
  const auto found = families.find(prefix + family);
  if (found == families.end()) return 0;
  const auto sample = found->second.samples.find(labels);
  return sample == found->second.samples.end() ? 0 : sample->second;
}

double Exposition::sum(const std::string& family) const {
  double total = 0;
  const auto found = families.find(prefix + family);
  if (found == families.end()) return 0;
  for (const auto& sample : found->second.samples) total += sample.second;
  return total;
}

Exposition parse_exposition(const std::string& text, const std::string& daemon) {
  Exposition out;
  out.prefix = "causeway_" + daemon + "_";
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) read_line(line, out);
  return out;
}

std::vector<std::string> lint(const Exposition& exposition) {
  std::vector<std::string> wrongs;
  for (const auto& [name, family] : exposition.families)
    if (const std::string wrong = wrong_with(name, family); !wrong.empty())
      wrongs.push_back(name + " " + wrong);
  return wrongs;
}

}  // namespace causeway::test
