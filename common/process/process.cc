#include "common/process/process.h"

#include <pthread.h>
#include <sys/random.h>
#include <sys/resource.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <ctime>
#include <system_error>

namespace causeway::process {
namespace {

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

std::string name_of(int signal) {
  switch (signal) {
    case SIGHUP:
      return "SIGHUP";
    case SIGINT:
      return "SIGINT";
    default:
      return "SIGTERM";
  }
}

}  // namespace

void block_stop_signals() {
  const sigset_t signals = stop_signals();
  if (const int error = pthread_sigmask(SIG_BLOCK, &signals, nullptr); error != 0)
    throw std::system_error(error, std::generic_category(), "pthread_sigmask");
  std::signal(SIGPIPE, SIG_IGN);
}

void block_reload_signal() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGHUP);
  if (const int error = pthread_sigmask(SIG_BLOCK, &signals, nullptr); error != 0)
    throw std::system_error(error, std::generic_category(), "pthread_sigmask");
}

std::string wait_for_signal(std::optional<std::chrono::seconds> patience) {
  sigset_t signals = stop_signals();
  sigaddset(&signals, SIGHUP);
  const timespec limit{patience ? static_cast<std::time_t>(patience->count()) : 0, 0};
  for (;;) {
    const int signal =
        patience ? sigtimedwait(&signals, nullptr, &limit) : sigwaitinfo(&signals, nullptr);
    if (signal > 0) return name_of(signal);
    if (errno == EAGAIN) return {};
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "sigtimedwait");
  }
}

std::string wait_for_stop_signal() {
  const sigset_t signals = stop_signals();
  int signal = 0;
  if (const int error = sigwait(&signals, &signal); error != 0)
    throw std::system_error(error, std::generic_category(), "sigwait");
  return name_of(signal);
}

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    throw std::system_error(errno, std::generic_category(), "getrlimit");
  const rlimit raised{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  return limit.rlim_cur;
}

std::string random_instance() {
  constexpr char kDigits[] = "0123456789abcdef";
  std::array<unsigned char, 16> bytes;
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = getrandom(bytes.data() + filled, bytes.size() - filled, 0);
    if (got < 0 && errno != EINTR)
      throw std::system_error(errno, std::generic_category(), "getrandom");
    if (got > 0) filled += static_cast<std::size_t>(got);
  }
  std::string text;
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace causeway::process
