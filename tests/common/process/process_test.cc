#include "common/process/process.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <set>
#include <string>
#include <thread>

using namespace causeway;

namespace {

// What `body` returns in a process of its own, whose signals are nobody else's; -1 when a signal
// killed it.
template <typename Body>
int in_child(Body body) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    _exit(body());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool stops_with(int signal, const std::string& name) {
  return in_child([&] {
           process::block_stop_signals();
           // Before anybody waits, and with another thread about to take it.
           std::thread other([] { process::random_instance(); });
           kill(getpid(), signal);
           const std::string got = process::wait_for_stop_signal();
           other.join();
           return got == name ? 0 : 1;
         }) == 0;
}

}  // namespace

TEST_CASE("a stop signal is waited for, however early it comes", "[process]") {
  CHECK(stops_with(SIGTERM, "SIGTERM"));
  CHECK(stops_with(SIGINT, "SIGINT"));
}

TEST_CASE("a daemon that can reload waits for that too, and looks up now and then", "[process]") {
  CHECK(in_child([] {
          process::block_stop_signals();
          process::block_reload_signal();
          kill(getpid(), SIGHUP);
          if (process::wait_for_signal(std::nullopt) != "SIGHUP") return 1;
          if (!process::wait_for_signal(std::chrono::seconds(0)).empty()) return 2;
          kill(getpid(), SIGTERM);
          return process::wait_for_signal(std::chrono::seconds(10)) == "SIGTERM" ? 0 : 3;
        }) == 0);
}

TEST_CASE("writing to a peer that is gone is an error, not the end", "[process]") {
  CHECK(in_child([] {
          process::block_stop_signals();
          int ends[2];
          if (pipe(ends) != 0) return 1;
          close(ends[0]);
          return write(ends[1], "x", 1) == -1 ? 0 : 2;
        }) == 0);
}

TEST_CASE("every life has its own name", "[process]") {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(process::random_instance());
  CHECK(seen.size() == 1000);
  CHECK(seen.begin()->size() == 32);
  CHECK(seen.begin()->find_first_not_of("0123456789abcdef") == std::string::npos);
}

TEST_CASE("the soft limit of descriptors becomes the hard one") {
  CHECK(in_child([] {
          rlimit limit{};
          getrlimit(RLIMIT_NOFILE, &limit);
          limit.rlim_cur = std::min<rlim_t>(64, limit.rlim_max);
          setrlimit(RLIMIT_NOFILE, &limit);
          const std::size_t raised = process::raise_descriptor_limit();
          rlimit after{};
          getrlimit(RLIMIT_NOFILE, &after);
          return raised == limit.rlim_max && after.rlim_cur == limit.rlim_max ? 0 : 1;
        }) == 0);
}
