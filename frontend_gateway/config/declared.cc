#include "frontend_gateway/config/declared.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace causeway::gateway::config {

std::string declared_partner(const std::string& domain) { return "partner " + domain; }
std::string declared_policy(const std::string& identity) { return "policy " + identity; }
std::string declared_user(const std::string& address) { return "user " + address; }
std::string declared_setting(const std::string& name) { return "setting " + name; }

void declare(Config& config, const causeway::config::Report& report) {
  const auto declare = [&](std::string what, const std::string& path) {
    config.declared.emplace(std::move(what), report.line_of(path));
  };
  for (std::size_t i = 0; i < config.partners.size(); ++i)
    declare(declared_partner(config.partners[i].domain()), absl::StrCat("partners[", i, "]"));
  for (std::size_t i = 0; i < config.policies.size(); ++i)
    declare(declared_policy(config.policies[i].identity), absl::StrCat("policies[", i, "]"));
  for (std::size_t i = 0; i < config.users.size(); ++i)
    declare(declared_user(config.users[i].address), absl::StrCat("users[", i, "]"));
  for (const std::string& name : federation_names())
    if (const std::string path = "federation." + name; report.stands(path))
      declare(declared_setting(name), path);
}

}  // namespace causeway::gateway::config
