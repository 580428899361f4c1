#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "edge_proxy/dns/resolver.h"

namespace causeway::edge::dns {

// Puts the records into the order in which to try them: by priority, and within one priority drawn
// by weight as RFC 2782 says, zero weights included. `random(n)` returns a number from 0 to n
// inclusive.
std::vector<SrvRecord> order(std::vector<SrvRecord> records,
                             const std::function<std::uint32_t(std::uint32_t)>& random);

}  // namespace causeway::edge::dns
