#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace causeway::process {

// What every daemon owes the system it runs on.

// SIGTERM and SIGINT are kept for wait_for_stop_signal(), and SIGPIPE is ignored: a peer that is
// gone is an error of the write. Call it before the first thread starts; threads inherit it.
void block_stop_signals();

// Waits in the calling thread for SIGTERM or SIGINT; its name. Needs block_stop_signals().
std::string wait_for_stop_signal();

// For a daemon that can load its files again: SIGHUP is kept for wait_for_signal() as well. Before
// the first thread starts.
void block_reload_signal();

// Waits in the calling thread for SIGTERM, SIGINT or SIGHUP, no longer than `patience` if there is
// one: the signal's name, empty for none. Needs both of the above.
std::string wait_for_signal(std::optional<std::chrono::seconds> patience);

// Lets the process open as many files and sockets as the system allows it to (the hard limit; the
// soft one is kept low for programs that use select(2)). Returns how many that are.
std::size_t raise_descriptor_limit();

// 128 random bits as 32 hexadecimal digits: tells this life of the process from every other.
std::string random_instance();

}  // namespace causeway::process
