#pragma once

#include <sys/types.h>
#include <chrono>
#include <cstdint>

namespace causeway::bench {

// What a process of this machine has used, read from /proc.
struct Usage {
  std::chrono::microseconds cpu{};  // user and system, all threads
  std::uint64_t resident_bytes =
      0;  // its own pages: private, and its share of those it shares (PSS)
};

Usage usage_of(pid_t process);

}  // namespace causeway::bench
