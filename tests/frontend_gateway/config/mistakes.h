#pragma once

#include <string>

#include "frontend_gateway/config/config.h"
#include "tests/support/process/temporary_directory.h"

namespace causeway::gateway::config {

// What load() says about a file that holds `text`, without the file's name.
inline std::string mistakes_in(const std::string& text) {
  const test::TemporaryDirectory directory;
  const std::string file = directory.write("gateway.yaml", text);
  const auto config = load(file);
  if (config.ok()) return "";
  std::string message(config.status().message());
  for (std::size_t at; (at = message.find(file)) != std::string::npos;)
    message.erase(at, file.size() + 1);
  return message;
}

// All that is required, in the first line of a file.
inline const std::string kRequired =
    "{edges: [{address: 10.0.0.1, name: edge.example}], sip: {next_hop: \"sip:10.0.0.2\"}, "
    "domains: [contoso.example], ";

}  // namespace causeway::gateway::config
