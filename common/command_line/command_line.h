#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace causeway::command_line {

// The command line that both daemons have: `check` and `serve`, each with --config. Exit status: 0
// ended in good order, 1 could not start, 2 the configuration is wrong.

enum class Command { check, serve };

struct Asked {
  std::optional<Command> command;  // nothing: help, a version or a complaint has been printed
  int exit_status = 0;             // then
  std::string file;                // the configuration
};

// `name` is the daemon's, as its binary is called; `description` says what it is.
Asked parse(int argc, char** argv, const std::string& name, const std::string& description);

// Prints every mistake of the configuration; the exit status.
int refuse(const absl::Status& mistakes);
// Prints what is doubtful and that nothing is wrong; the exit status.
int approve(const std::string& file, const std::vector<std::string>& warnings = {});

}  // namespace causeway::command_line
