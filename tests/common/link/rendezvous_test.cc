#include "common/link/rendezvous.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace causeway::link {
namespace {

std::size_t choose(const std::string& key, const std::vector<std::string>& names) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < names.size(); ++i)
    if (weight(stable_hash(key), stable_hash(names[i])) >
        weight(stable_hash(key), stable_hash(names[best])))
      best = i;
  return best;
}

TEST_CASE("the hash is the same in every process and release") {
  CHECK(stable_hash("romeo", "contoso.example") == 0x8b256296cdb87265ull);
  CHECK(stable_hash("a", "bc") != stable_hash("ab", "c"));
}

TEST_CASE("names share keys evenly, and one that goes moves only its own") {
  const std::vector<std::string> three{"gw1", "gw2", "gw3"}, two{"gw1", "gw2"};
  std::vector<int> share(3);
  for (int i = 0; i < 30000; ++i) {
    const std::string key = "user" + std::to_string(i);
    const std::size_t chosen = choose(key, three);
    share[chosen] += 1;
    if (chosen < 2) CHECK(choose(key, two) == chosen);
  }
  for (int each : share) CHECK(each == Approx(10000).epsilon(0.05));
}

}  // namespace
}  // namespace causeway::link
