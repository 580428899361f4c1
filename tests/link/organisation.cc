#include "tests/link/organisation.h"

#include <chrono>

#include "absl/strings/str_cat.h"

namespace causeway::test {

edge::config::Link Organisation::edge(const std::string& name) {
  const CertificateFiles files = authority.issue({.common_name = name, .dns = {name}});
  edge::config::Link settings;
  settings.name = name;
  settings.listen = "127.0.0.1:0";
  settings.certificate = files.certificate_file;
  settings.private_key = files.private_key_file;
  settings.certificate_authority = authority.certificate_file();
  settings.allowed_gateways = {"gw1.contoso.example", "gw2.contoso.example"};
  return settings;
}

gateway::config::Config Organisation::gateway(int port, const std::string& name,
                                              const std::string& edge) {
  const CertificateFiles files = authority.issue({.common_name = name, .dns = {name}});
  gateway::config::Config config;
  config.edges = {{absl::StrCat("127.0.0.1:", port), edge}};
  config.link.name = name;
  config.link.certificate = files.certificate_file;
  config.link.private_key = files.private_key_file;
  config.link.certificate_authority = authority.certificate_file();
  config.link.reconnect_least = std::chrono::milliseconds(50);
  config.link.reconnect_most = std::chrono::milliseconds(200);
  return config;
}

}  // namespace causeway::test
