#include "tests/bench/process_meter.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "absl/strings/str_cat.h"

namespace causeway::bench {
namespace {

std::ifstream open(pid_t process, const char* file) {
  std::ifstream stream(absl::StrCat("/proc/", process, "/", file));
  if (!stream) throw std::runtime_error(absl::StrCat("process ", process, " is gone"));
  return stream;
}

// Fields 14 and 15 of proc(5); the second, the name, may hold spaces and ends with the last ')'.
std::chrono::microseconds cpu_of(pid_t process) {
  std::string line;
  auto stat = open(process, "stat");
  std::getline(stat, line);
  std::istringstream fields(line.substr(line.rfind(')') + 2));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  std::uint64_t user = 0, system = 0;
  fields >> user >> system;
  return std::chrono::microseconds((user + system) * 1'000'000 / sysconf(_SC_CLK_TCK));
}

std::uint64_t resident_of(pid_t process) {
  auto rollup = open(process, "smaps_rollup");
  std::string word;
  std::uint64_t kibibytes = 0;
  while (rollup >> word) {
    if (word == "Pss:" && rollup >> kibibytes) return kibibytes * 1024;
  }
  throw std::runtime_error(absl::StrCat("no Pss in smaps_rollup of process ", process));
}

}  // namespace

Usage usage_of(pid_t process) {
  return {.cpu = cpu_of(process), .resident_bytes = resident_of(process)};
}

}  // namespace causeway::bench
