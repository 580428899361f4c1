#include "common/command_line/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "absl/strings/str_cat.h"

namespace causeway::command_line {
namespace {

constexpr int kWrongConfiguration = 2;

std::string examples(const std::string& name, const std::string& file) {
  return absl::StrCat(
      "Examples:\n  ", name, " check --config ", file, "    every mistake, with its line\n  ", name,
      " serve --config ", file, "    run until SIGTERM or SIGINT\n\n",
      "Exit status: 0 ended in good order, 1 could not start, 2 the configuration is wrong.");
}

}  // namespace

Asked parse(int argc, char** argv, const std::string& name, const std::string& description) {
  Asked asked;
  asked.file = absl::StrCat("/etc/causeway/", name, ".yaml");
  CLI::App app(description, name);
  app.footer(examples(name, asked.file));
  app.set_version_flag("--version", CAUSEWAY_VERSION);
  app.require_subcommand(1);
  const auto command = [&](const char* verb, const char* what, Command which) {
    CLI::App* const subcommand = app.add_subcommand(verb, what);
    subcommand->add_option("--config", asked.file, "configuration file")->capture_default_str();
    subcommand->callback([&asked, which] { asked.command = which; });
  };
  command("check", "report every mistake in the configuration", Command::check);
  command("serve", "run the daemon", Command::serve);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& end) {
    asked.command.reset();
    asked.exit_status = app.exit(end);
  }
  return asked;
}

int refuse(const absl::Status& mistakes) {
  std::fprintf(stderr, "%s\n", std::string(mistakes.message()).c_str());
  return kWrongConfiguration;
}

int approve(const std::string& file, const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) std::printf("%s\n", warning.c_str());
  std::printf("%s: no mistakes found.\n", file.c_str());
  return 0;
}

}  // namespace causeway::command_line
