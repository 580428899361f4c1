#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace causeway::command_line {

// The command line that both daemons have: `check` and `serve`, each with --config, and what a
// daemon adds: questions to the one that runs.

enum class Command { check, serve, ask };

// What a question may be told beside its name.
struct Argument {
  enum class Kind { required, optional, option };  // the first two stand without a name
  std::string name;                                // "user"; of an option "--site"
  std::string what;                                // for the help
  Kind kind = Kind::option;
  std::vector<std::string> words{};  // one of these; empty: anything
};

// A question, and whether it is about a domain.
struct Verb {
  enum class Domain { none, optional, required };
  std::string name;  // "status", or "user set" of the group "user"
  std::string what;  // for the help
  Domain domain = Domain::none;
  std::vector<Argument> arguments{};
  std::string example{};  // what stands behind the name in the help; empty: the domain of a partner
};

// Exit statuses; the help says what they mean.
constexpr int kDone = 0;
constexpr int kRefused = 1;     // could not start, or the running daemon says no
constexpr int kWrong = 2;       // the command line or the configuration is
constexpr int kNotRunning = 3;  // no daemon answers

struct Asked {
  std::optional<Command> command;  // nothing: help, a version or a complaint has been printed
  int exit_status = kDone;         // then
  std::string file;                // the configuration
  // Of a question.
  std::string verb{};
  std::string domain{};  // may be empty where it is optional
  std::string socket{};  // of the daemon; empty: the configuration names it
  bool json = false;
  std::map<std::string, std::string> values{};  // of the arguments that are there, by name

  // Nothing when it is not there.
  std::optional<std::string> value(const std::string& name) const;
};

// `name` is the daemon's, as its binary is called; `description` says what it is.
Asked parse(int argc, char** argv, const std::string& name, const std::string& description,
            const std::vector<Verb>& verbs = {});

// Prints every mistake of the configuration; the exit status.
int refuse(const absl::Status& mistakes);
// Prints what is doubtful and that nothing is wrong; the exit status.
int approve(const std::string& file, const std::vector<std::string>& warnings = {});

}  // namespace causeway::command_line
