#include "tests/support/process/process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include "tests/support/process/temporary_directory.h"

namespace causeway::test {
namespace {

// In the child: nothing but what is safe after fork().
[[noreturn]] void become(char* const* arguments, int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execvp(arguments[0], arguments);
  static const char kMessage[] = "cannot be executed\n";
  (void)!::write(STDERR_FILENO, kMessage, sizeof(kMessage) - 1);
  ::_exit(127);
}

int status_of(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, const std::string& log) {
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (output < 0) throw std::system_error(errno, std::generic_category(), log);
  std::vector<char*> pointers;
  for (const std::string& argument : arguments)
    pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  id_ = ::fork();
  if (id_ == 0) become(pointers.data(), output);
  ::close(output);
  if (id_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
}

Process::~Process() {
  if (!ended_) {
    signal(SIGKILL);
    wait();
  }
}

bool Process::running() {
  int wait_status = 0;
  if (!ended_ && ::waitpid(id_, &wait_status, WNOHANG) == id_) {
    ended_ = true;
    status_ = status_of(wait_status);
  }
  return !ended_;
}

void Process::signal(int number) {
  if (!ended_) ::kill(id_, number);
}

int Process::wait() {
  int wait_status = 0;
  while (!ended_) {
    if (::waitpid(id_, &wait_status, 0) != id_) continue;  // EINTR
    ended_ = true;
    status_ = status_of(wait_status);
  }
  return status_;
}

std::string run_program(const std::vector<std::string>& arguments) {
  const TemporaryDirectory directory;
  const std::string log = directory.path() / "output";
  const int status = Process(arguments, log).wait();
  std::ifstream in(log, std::ios::binary);
  const std::string output{std::istreambuf_iterator<char>(in), {}};
  if (status == 0) return output;
  throw std::runtime_error(arguments[0] + " ended with " + std::to_string(status) + ":\n" + output);
}

}  // namespace causeway::test
