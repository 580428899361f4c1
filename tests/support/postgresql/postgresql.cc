#include "tests/support/postgresql/postgresql.h"

#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

namespace causeway::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr char kUser[] = "postgres";  // PostgreSQL refuses to be root
constexpr auto kPatience = 60s;       // for a start on a busy machine

// Debian keeps them out of $PATH, each version by itself.
std::string program_path(const std::string& name) {
  fs::path newest;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql"))
    if (const fs::path path = version.path() / "bin" / name; fs::exists(path) && path > newest)
      newest = path;
  if (newest.empty()) throw std::runtime_error(name + " is not installed");
  return newest.string();
}

std::vector<std::string> as_unprivileged(std::vector<std::string> command) {
  if (geteuid() != 0) return command;
  std::vector<std::string> all = {"setpriv",        "--reuid",     kUser,  "--regid", kUser,
                                  "--clear-groups", "--pdeathsig", "KILL", "--"};
  all.insert(all.end(), command.begin(), command.end());
  return all;
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::ifstream stat(entry.path() / "stat");
    std::string id, name, state, its_parent;
    if (stat >> id >> name >> state >> its_parent && its_parent == std::to_string(parent))
      children.push_back(std::stoi(id));
  }
  return children;
}

}  // namespace

PostgreSql::PostgreSql() {
  const fs::path& path = directory_.path();
  if (const passwd* user = getpwnam(kUser); geteuid() == 0 && user != nullptr)
    if (chown(path.c_str(), user->pw_uid, user->pw_gid) != 0)
      throw std::runtime_error("chown failed");
  run("initdb", {"--pgdata", path / "data", "--username", kUser, "--auth", "trust", "--encoding",
                 "UTF8", "--locale", "C", "--no-sync"});
  start();
}

PostgreSql& PostgreSql::shared() {
  static PostgreSql server;
  return server;
}

std::string PostgreSql::make_database() {
  const std::string name = absl::StrCat("test", ++databases_);
  run("psql", {"--quiet", "--no-psqlrc", "--host", directory_.path(), "--username", kUser,
               "--command", absl::StrCat("CREATE DATABASE ", name), "postgres"});
  return absl::StrCat("postgresql://", kUser, "@/", name, "?host=", directory_.path().string());
}

void PostgreSql::start() {
  const std::string path = directory_.path();
  // What a kill of the processes can lose, fsync does not save.
  server_ = std::make_unique<Process>(
      as_unprivileged({program_path("postgres"), "-D", path + "/data", "-k", path, "-c",
                       "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=20"}),
      path + "/log");
  const std::string socket = path;
  for (const auto end = std::chrono::steady_clock::now() + kPatience;;) {
    try {
      run("pg_isready", {"--quiet", "--host", path});
      return;
    } catch (const std::exception&) {
      if (!server_->running() || std::chrono::steady_clock::now() > end) throw;
      std::this_thread::sleep_for(20ms);
    }
  }
}

void PostgreSql::kill() {
  signal_all(SIGKILL);
  server_->wait();
}

void PostgreSql::pause() { signal_all(SIGSTOP); }
void PostgreSql::resume() { signal_all(SIGCONT); }

void PostgreSql::signal_all(int number) {
  const std::vector<pid_t> children = children_of(server_->id());
  server_->signal(number);
  for (const pid_t child : children) ::kill(child, number);
}

std::string PostgreSql::run(const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {program_path(program)};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_program(as_unprivileged(command));
}

}  // namespace causeway::test
