#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace causeway::test {

// Runs a program to its end and returns what it printed on both outputs. Throws, with that in the
// message, if it cannot be started or its status is not 0. `arguments[0]` is looked for in $PATH.
std::string run_program(const std::vector<std::string>& arguments);

// A program that runs as long as this lives; then it is killed. It is also killed with the test.
class Process {
 public:
  // Its outputs go to the file `log`.
  Process(const std::vector<std::string>& arguments, const std::string& log);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t id() const { return id_; }
  bool running();
  void signal(int number);
  int wait();  // until it ends: its exit status, or 128 + the signal

 private:
  pid_t id_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

}  // namespace causeway::test
