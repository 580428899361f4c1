#include "common/command_line/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "absl/strings/str_cat.h"

namespace causeway::command_line {
namespace {

std::string example(const std::string& name, const Verb& verb) {
  if (!verb.example.empty())
    return absl::StrCat("  ", name, " ", verb.name, " ", verb.example, "\n");
  const char* const domain = verb.domain == Verb::Domain::none ? "" : " fabrikam.example";
  return absl::StrCat("  ", name, " ", verb.name, domain, "\n");
}

std::string examples(const std::string& name, const std::string& file,
                     const std::vector<Verb>& verbs) {
  std::string out = absl::StrCat("Examples:\n  ", name, " check --config ", file,
                                 "    every mistake, with its line\n  ", name, " serve --config ",
                                 file, "    run until SIGTERM or SIGINT\n");
  for (const Verb& verb : verbs) out += example(name, verb);
  out += "\nExit status: 0 done, or ended in good order; 1 could not start";
  if (!verbs.empty()) out += ", or the daemon says no";
  out += "; 2 the command line or the configuration is wrong";
  if (!verbs.empty()) out += "; 3 no daemon answers";
  return out + ".";
}

CLI::App& add(CLI::App& app, Asked& asked, Command command, const std::string& name,
              const std::string& what) {
  CLI::App* const subcommand = app.add_subcommand(name, what);
  subcommand->add_option("--config", asked.file, "configuration file")->capture_default_str();
  subcommand->callback([&asked, command] { asked.command = command; });
  return *subcommand;
}

void add(CLI::App& app, Asked& asked, const Argument& argument) {
  CLI::Option* const option = app.add_option_function<std::string>(
      argument.name,
      [&asked, name = argument.name](const std::string& value) { asked.values[name] = value; },
      argument.what);
  if (argument.kind == Argument::Kind::required) option->required();
  if (!argument.words.empty()) option->check(CLI::IsMember(argument.words));
}

// The group of a verb of two words; the application itself for others.
CLI::App& group_of(CLI::App& app, const Verb& verb) {
  const std::string name = verb.name.substr(0, verb.name.find(' '));
  if (name == verb.name) return app;
  const auto same = [&](const CLI::App* other) { return other->get_name() == name; };
  if (const auto there = app.get_subcommands(same); !there.empty()) return *there.front();
  CLI::App* const group = app.add_subcommand(name, "see " + name + " --help");
  group->require_subcommand(1);
  return *group;
}

void add(CLI::App& app, Asked& asked, const Verb& verb) {
  CLI::App& subcommand = add(group_of(app, verb), asked, Command::ask,
                             verb.name.substr(verb.name.find(' ') + 1), verb.what);
  for (const Argument& argument : verb.arguments) add(subcommand, asked, argument);
  subcommand.callback([&asked, name = verb.name] {
    asked.command = Command::ask;
    asked.verb = name;
  });
  subcommand.add_option("--socket", asked.socket,
                        "of the running daemon; without it the configuration names it");
  subcommand.add_flag("--json", asked.json, "for programs");
  if (verb.domain == Verb::Domain::none) return;
  subcommand.add_option("domain", asked.domain, "of the partner")
      ->required(verb.domain == Verb::Domain::required);
}

}  // namespace

Asked parse(int argc, char** argv, const std::string& name, const std::string& description,
            const std::vector<Verb>& verbs) {
  Asked asked;
  asked.file = absl::StrCat("/etc/causeway/", name, ".yaml");
  CLI::App app(description, name);
  app.footer(examples(name, asked.file, verbs));
  app.set_version_flag("--version", CAUSEWAY_VERSION);
  app.require_subcommand(1);
  add(app, asked, Command::check, "check", "report every mistake in the configuration");
  add(app, asked, Command::serve, "serve", "run the daemon");
  for (const Verb& verb : verbs) add(app, asked, verb);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& end) {  // help and the version too
    asked.command.reset();
    asked.exit_status = app.exit(end) == 0 ? kDone : kWrong;
  }
  return asked;
}

std::optional<std::string> Asked::value(const std::string& name) const {
  const auto found = values.find(name);
  if (found == values.end()) return std::nullopt;
  return found->second;
}

int refuse(const absl::Status& mistakes) {
  std::fprintf(stderr, "%s\n", std::string(mistakes.message()).c_str());
  return kWrong;
}

int approve(const std::string& file, const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) std::printf("%s\n", warning.c_str());
  std::printf("%s: no mistakes found.\n", file.c_str());
  return kDone;
}

}  // namespace causeway::command_line
