#pragma once

#include <sys/types.h>

#include <asio/awaitable.hpp>
#include <vector>

namespace causeway::bench {

// Returns when the processes have nothing left to do: what one measurement leaves behind (answers,
// acknowledgements) would be the load of the next. Gives up after a while, and says so.
asio::awaitable<void> at_rest(std::vector<pid_t> processes);

}  // namespace causeway::bench
