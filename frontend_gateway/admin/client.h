#pragma once

#include <string>
#include <vector>

#include "common/command_line/command_line.h"

namespace causeway::gateway::admin {

// What `frontend_gateway` can be asked of the daemon that runs, and told, for the command line.
std::vector<command_line::Verb> verbs();

// Puts the question to the daemon behind `socket` and prints what it says: answers on standard
// output, a refusal on standard error. The exit status.
int ask(const std::string& socket, const command_line::Asked& asked);

}  // namespace causeway::gateway::admin
