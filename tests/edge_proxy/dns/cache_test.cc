#include "edge_proxy/dns/cache.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

using namespace causeway::edge::dns;
using namespace std::chrono_literals;

namespace {

constexpr Cache::Clock::time_point kNow = Cache::Clock::time_point() + 1h;

Known until(Cache::Clock::time_point expires) {
  auto answer = std::make_shared<Answer>();
  answer->expires = expires;
  return answer;
}

}  // namespace

TEST_CASE("an answer is known until it expires", "[dns][cache]") {
  Cache cache(10);
  const Known answer = until(kNow + 60s);
  cache.keep("fabrikam.example", Type::a, answer, kNow);
  CHECK(cache.find("fabrikam.example", Type::a, kNow) == answer);
  CHECK(cache.find("fabrikam.example", Type::a, kNow + 59s) == answer);
  CHECK(cache.find("fabrikam.example", Type::aaaa, kNow) == nullptr);
  CHECK(cache.find("other.example", Type::a, kNow) == nullptr);
  CHECK(cache.find("fabrikam.example", Type::a, kNow + 60s) == nullptr);
  CHECK(cache.size() == 0);
}

TEST_CASE("what does not hold is not kept", "[dns][cache]") {
  Cache cache(10);
  cache.keep("fabrikam.example", Type::a, until({}), kNow);
  CHECK(cache.size() == 0);
  Cache none(0);
  none.keep("fabrikam.example", Type::a, until(kNow + 60s), kNow);
  CHECK(none.find("fabrikam.example", Type::a, kNow) == nullptr);
}

TEST_CASE("a new answer takes the place of the old one", "[dns][cache]") {
  Cache cache(10);
  cache.keep("fabrikam.example", Type::srv, until(kNow + 60s), kNow);
  const Known second = until(kNow + 90s);
  cache.keep("fabrikam.example", Type::srv, second, kNow);
  CHECK(cache.find("fabrikam.example", Type::srv, kNow) == second);
  CHECK(cache.size() == 1);
  cache.keep("fabrikam.example", Type::srv, until({}), kNow);  // it holds no longer
  CHECK(cache.size() == 0);
}

TEST_CASE("the one not asked for the longest time goes first", "[dns][cache]") {
  Cache cache(3);
  for (const std::string name : {"a", "b", "c"}) {
    cache.keep(name, Type::a, until(kNow + 60s), kNow);
  }
  CHECK(cache.find("a", Type::a, kNow) != nullptr);
  cache.keep("d", Type::a, until(kNow + 60s), kNow);
  CHECK(cache.size() == 3);
  CHECK(cache.find("b", Type::a, kNow) == nullptr);
  CHECK(cache.find("a", Type::a, kNow) != nullptr);
  CHECK(cache.find("c", Type::a, kNow) != nullptr);
  for (int i = 0; i < 1000; ++i) {
    cache.keep("name" + std::to_string(i), Type::a, until(kNow + 60s), kNow);
  }
  CHECK(cache.size() == 3);
}
