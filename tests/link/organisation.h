#pragma once

#include <string>

#include "edge_proxy/config/config.h"
#include "frontend_gateway/config/config.h"
#include "tests/support/certificates/certificates.h"
#include "tests/support/process/temporary_directory.h"

namespace causeway::test {

// The certificates of one organisation, and of a stranger with his own authority.
struct Organisation {
  TemporaryDirectory directory, elsewhere;
  Authority authority{directory.path(), "Link CA"};
  Authority stranger{elsewhere.path(), "Another CA"};

  edge::config::Link edge(const std::string& name = "edge.contoso.example");
  gateway::config::Config gateway(int port, const std::string& name = "gw1.contoso.example",
                                  const std::string& edge = "edge.contoso.example");
};

}  // namespace causeway::test
