#include "frontend_gateway/translate/keyed_hash.h"

#include <catch2/catch.hpp>
#include <string>

using namespace causeway::gateway::translate;

TEST_CASE("SipHash-2-4 gives the values of its reference", "[threads]") {
  const HashKey key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  std::string text;
  for (char c = 0; c < 15; ++c) text.push_back(c);
  CHECK(keyed_hash(key, "") == 0x726fdb47dd0e0e31);
  CHECK(keyed_hash(key, text.substr(0, 8)) == 0x93f5f5799a932462);
  CHECK(keyed_hash(key, text) == 0xa129ca6149be45e5);
}

TEST_CASE("keys are not the same twice", "[threads]") { CHECK(random_key() != random_key()); }
