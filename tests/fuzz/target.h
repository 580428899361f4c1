#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace causeway::fuzz {

// What a fuzz target is: looks at one input and does not return when something is wrong with what
// became of it. Each target's file defines it; libFuzzer calls it in the preset "fuzz", replay.cc
// in all others.
void attempt(std::string_view input);

}  // namespace causeway::fuzz

// Like assert(), also in a release build.
#define CAUSEWAY_HOLDS(condition)                                                         \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)
