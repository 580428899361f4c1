#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/config/value.h"

namespace causeway::gateway::config {

// The blocks of one kind ("CERTIFICATE", "X509 CRL") in the PEM file that a setting names, and
// nothing else of it: a key that stands beside them stays here. Empty when the setting is. A file
// that cannot be read, is larger than 1 MiB or has no such block is a mistake. What the blocks hold
// is for the edges to judge.
std::optional<std::string> read_pem_file(const causeway::config::Value& value,
                                         std::string_view kind);

// The same of a text; empty when it holds none.
std::string pem_blocks(const std::string& text, std::string_view kind);

// Of all partners together: half of what a frame to an edge may hold.
constexpr std::size_t kMaxPemBytes = 8 << 20;

}  // namespace causeway::gateway::config
