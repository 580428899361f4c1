#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace causeway::bench {

// A phase's figures, for people.
void print_table(const std::string& phase, const nlohmann::ordered_json& report);

}  // namespace causeway::bench
