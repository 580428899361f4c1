#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace causeway::gateway::translate {

using HashKey = std::array<std::uint64_t, 2>;

// SipHash-2-4 (Aumasson, Bernstein, 2012): who does not know the key can neither predict a hash nor
// make two texts collide.
std::uint64_t keyed_hash(const HashKey& key, std::string_view text);

// From the system's randomness.
HashKey random_key();

}  // namespace causeway::gateway::translate
