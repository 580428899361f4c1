#include "tests/bench/die.h"

#include <cstdio>
#include <cstdlib>

namespace causeway::bench {

void die(std::exception_ptr fault) {
  if (!fault) return;
  try {
    std::rethrow_exception(fault);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "causeway_bench: %s\n", e.what());
    std::exit(1);
  }
}

}  // namespace causeway::bench
