#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "frontend_gateway/config/config.h"

namespace causeway::gateway::config {

std::vector<std::string> waiting_for_restart(const Config& now, const Config& anew) {
  struct Section {
    const char* name;
    bool same;
  };
  const Section sections[] = {
      {"edges", anew.edges == now.edges},
      {"link", anew.link == now.link},
      {"sip", anew.sip == now.sip},
      {"session", anew.session == now.session},
      {"presence", anew.presence == now.presence},
      {"messages", anew.messages == now.messages},
      {"store", anew.store == now.store},
      {"admin", anew.admin == now.admin},
      {"metrics", anew.metrics == now.metrics},
      {"log", anew.log == now.log},
  };
  std::vector<std::string> waiting;
  for (const Section& section : sections)
    if (!section.same)
      waiting.push_back(
          absl::StrCat(anew.file, ": ", section.name, " has changed: needs a restart"));
  return waiting;
}

}  // namespace causeway::gateway::config
