#pragma once

#include <cstdint>
#include <string_view>

namespace causeway::link {

// Highest-random-weight choice: a key belongs to the name with the greatest weight for it. When a
// name comes or goes, only the keys that it wins or had won move. Every process that knows the same
// names chooses alike, so the hash is fixed; absl::Hash is seeded anew in each process.

// FNV-1a of the parts with a separator between them that UTF-8 has not.
std::uint64_t stable_hash(std::string_view first, std::string_view second = {});

// Of a key and a name, both as stable_hash made them.
std::uint64_t weight(std::uint64_t key, std::uint64_t name);

}  // namespace causeway::link
