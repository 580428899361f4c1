#include "common/link/rendezvous.h"

namespace causeway::link {
namespace {

constexpr std::uint64_t kBasis = 14695981039346656037ull;
constexpr std::uint64_t kPrime = 1099511628211ull;
constexpr unsigned char kSeparator = 0xff;

std::uint64_t fold(std::uint64_t hash, std::string_view text) {
  for (unsigned char c : text) hash = (hash ^ c) * kPrime;
  return hash;
}

}  // namespace

std::uint64_t stable_hash(std::string_view first, std::string_view second) {
  const std::uint64_t hash = (fold(kBasis, first) ^ kSeparator) * kPrime;
  return fold(hash, second);
}

// FNV alone leaves the high bits of short keys alike; the finaliser of SplitMix64 spreads them.
std::uint64_t weight(std::uint64_t key, std::uint64_t name) {
  std::uint64_t x = key ^ (name * 0x9e3779b97f4a7c15ull);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

}  // namespace causeway::link
