#pragma once

#include <exception>

namespace causeway::bench {

// For co_spawn: a side that cannot go on leaves nothing to measure.
void die(std::exception_ptr fault);

}  // namespace causeway::bench
