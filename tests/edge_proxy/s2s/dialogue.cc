#include "tests/edge_proxy/s2s/dialogue.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <stdexcept>

namespace causeway::test {
namespace {

bool take(std::string& line, const std::string& prefix) {
  if (line.rfind(prefix, 0) != 0) return false;
  line.erase(0, prefix.size());
  return true;
}

v1::Negotiation negotiation(const std::string& word) {
  static const std::map<std::string, v1::Negotiation> kWords = {
      {"required", v1::REQUIRED}, {"optional", v1::OPTIONAL}, {"unsupported", v1::NOT_SUPPORTED}};
  return kWords.at(word);
}

// "tls=required sasl=optional dialback=yes"
Settings settings_in(const std::string& text) {
  const auto value = [&](const std::string& name) {
    const std::size_t begin = text.find(name + "=") + name.size() + 1;
    return text.substr(begin, text.find(' ', begin) - begin);
  };
  return {negotiation(value("tls")), negotiation(value("sasl")), value("dialback") == "yes"};
}

void read_line(Dialogue& dialogue, std::string line) {
  if (line.empty() || line[0] == '#') return;
  if (take(line, "peer: ")) {
    dialogue.lines.push_back({Line::peer, line});
  } else if (take(line, "edge: ")) {
    dialogue.lines.push_back({Line::edge, line});
  } else if (line == "(tls)") {
    dialogue.lines.push_back({Line::tls, ""});
  } else if (line == "(end)") {
    dialogue.lines.push_back({Line::end, ""});
  } else if (line == "(no dialback with more)") {
    dialogue.lines.push_back({Line::no_more, ""});
  } else if (line == "(hung up)") {
    dialogue.lines.push_back({Line::hung_up, ""});
  } else if (take(line, "submitted:")) {
    dialogue.lines.push_back({Line::submitted, line});
  } else if (take(line, "settled: ")) {
    dialogue.lines.push_back({Line::settled, line});
  } else if (take(line, "deliver: ")) {
    dialogue.lines.push_back({Line::deliver, line});
  } else if (take(line, "settings: ")) {
    dialogue.settings = settings_in(line);
  } else if (take(line, "role: ")) {
    dialogue.outbound = line == "outbound";
  } else if (take(line, "silence: ")) {
    dialogue.silence = std::stoi(line);
  } else if (take(line, "certificate: ")) {
    dialogue.certificate = line;
  } else if (take(line, "authority: ")) {
    dialogue.authority = line;
  } else {
    throw std::runtime_error("what does this line mean: " + line);
  }
}

}  // namespace

Dialogue read_dialogue(const std::filesystem::path& file) {
  Dialogue dialogue;
  dialogue.name = file.stem().string();
  std::ifstream in(file);
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    try {
      read_line(dialogue, line);
    } catch (const std::exception& error) {
      throw std::runtime_error(file.string() + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  return dialogue;
}

std::vector<Dialogue> read_dialogues(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".s2s") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Dialogue> dialogues;
  for (const auto& file : files) dialogues.push_back(read_dialogue(file));
  return dialogues;
}

std::size_t match(const std::string& pattern, const std::string& heard) {
  std::size_t at = 0;
  std::size_t begin = 0;
  for (bool first = true; begin <= pattern.size(); first = false) {
    const std::size_t star = std::min(pattern.find('*', begin), pattern.size());
    const std::string literal = pattern.substr(begin, star - begin);
    const std::size_t found = heard.find(literal, at);
    if (found == std::string::npos) return found;
    const std::string skipped = heard.substr(at, found - at);
    if (first ? !skipped.empty() : skipped.find('<') != std::string::npos) return std::string::npos;
    at = found + literal.size();
    begin = star + 1;
  }
  return at;
}

}  // namespace causeway::test
