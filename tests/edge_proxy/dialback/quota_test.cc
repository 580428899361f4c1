#include "edge_proxy/dialback/quota.h"

#include <catch2/catch.hpp>

using namespace causeway;
using namespace causeway::edge;
using dialback::Quota;
using dialback::Verdict;
using namespace std::chrono_literals;

namespace {

constexpr Verdict kValid{.kind = Verdict::valid};
constexpr Verdict kInvalid{.kind = Verdict::invalid};
constexpr Verdict kTimeout{.kind = Verdict::error, .condition = v1::REMOTE_SERVER_TIMEOUT};

config::Limits limits() {
  config::Limits limits;
  limits.dialback_verifications = 4;
  limits.dialback_verifications_per_domain = 2;
  limits.dialback_verifications_per_address = 3;
  limits.dialback_failure_memory = 30s;
  limits.dialback_remembered_failures = 3;
  return limits;
}

bool refused(const std::optional<Verdict>& verdict, v1::StanzaCondition condition) {
  return verdict && verdict->kind == Verdict::error && verdict->condition == condition;
}

Quota::Verification by_us(const std::string& domain, const std::string& origin) {
  return {.domain = domain, .ours = "one.example", .origin = origin};
}

const Quota::Clock::time_point kNow{};

}  // namespace

TEST_CASE(
    "attack 29: connections that keys make us open are few, in all, to one domain and for one "
    "address",
    "[dialback][quota]") {
  Quota quota(limits());
  SECTION("to one domain, whoever sends the keys") {
    CHECK_FALSE(quota.begin(by_us("victim.example", "192.0.2.1:1"), kNow));
    CHECK_FALSE(quota.begin(by_us("victim.example", "192.0.2.2:1"), kNow));
    CHECK(refused(quota.begin(by_us("victim.example", "192.0.2.3:1"), kNow),
                  v1::RESOURCE_CONSTRAINT));
    CHECK_FALSE(quota.begin(by_us("other.example", "192.0.2.3:1"), kNow));
    quota.end(by_us("victim.example", "192.0.2.1:1"), kValid, kNow);
    CHECK_FALSE(quota.begin(by_us("victim.example", "192.0.2.3:1"), kNow));
  }
  SECTION("for one address, whichever its port; of IPv6 for one /64") {
    CHECK_FALSE(quota.begin(by_us("a.example", "[2001:db8::1]:1"), kNow));
    CHECK_FALSE(quota.begin(by_us("b.example", "[2001:db8::2]:2"), kNow));
    CHECK_FALSE(quota.begin(by_us("c.example", "[2001:db8::ffff:3]:3"), kNow));
    CHECK(
        refused(quota.begin(by_us("d.example", "[2001:db8::4]:4"), kNow), v1::RESOURCE_CONSTRAINT));
    CHECK_FALSE(quota.begin(by_us("d.example", "[2001:db8:0:1::4]:4"), kNow));
  }
  SECTION("in all") {
    for (const char* const domain : {"a.example", "b.example", "c.example", "d.example"}) {
      CHECK_FALSE(quota.begin(by_us(domain, std::string(domain) + ":1"), kNow));
    }
    CHECK(quota.under_way() == 4);
    CHECK(refused(quota.begin(by_us("e.example", "192.0.2.9:1"), kNow), v1::RESOURCE_CONSTRAINT));
  }
}

TEST_CASE("attack 29: a server that could not be asked is not asked again at once",
          "[dialback][quota]") {
  Quota quota(limits());
  REQUIRE_FALSE(quota.begin(by_us("gone.example", "192.0.2.1:1"), kNow));
  quota.end(by_us("gone.example", "192.0.2.1:1"), kTimeout, kNow);
  CHECK(refused(quota.begin(by_us("gone.example", "192.0.2.2:1"), kNow + 29s),
                v1::REMOTE_SERVER_TIMEOUT));
  CHECK(quota.under_way() == 0);
  CHECK_FALSE(quota.begin(by_us("gone.example", "192.0.2.2:1"), kNow + 30s));
}

TEST_CASE("attack 29: wrong keys in a domain's name keep their sender out, not the domain",
          "[dialback][quota]") {
  Quota quota(limits());
  REQUIRE_FALSE(quota.begin(by_us("victim.example", "192.0.2.66:1"), kNow));
  quota.end(by_us("victim.example", "192.0.2.66:1"), kInvalid, kNow);
  CHECK(
      refused(quota.begin(by_us("victim.example", "192.0.2.66:2"), kNow), v1::RESOURCE_CONSTRAINT));
  CHECK_FALSE(quota.begin(by_us("victim.example", "192.0.2.1:1"), kNow));
}

TEST_CASE("no more failures are remembered than the limit says", "[dialback][quota]") {
  Quota quota(limits());
  for (const char* const domain : {"a.example", "b.example", "c.example", "d.example"}) {
    REQUIRE_FALSE(quota.begin(by_us(domain, "192.0.2.1:1"), kNow));
    quota.end(by_us(domain, "192.0.2.1:1"), kTimeout, kNow);
  }
  CHECK(quota.begin(by_us("c.example", "192.0.2.1:1"), kNow));
  CHECK_FALSE(quota.begin(by_us("d.example", "192.0.2.1:1"), kNow));
  quota.end(by_us("d.example", "192.0.2.1:1"), kTimeout,
            kNow + 30s);  // by now the others are forgotten
  CHECK(quota.begin(by_us("d.example", "192.0.2.1:1"), kNow + 31s));
  CHECK_FALSE(quota.begin(by_us("a.example", "192.0.2.1:1"), kNow + 31s));
}

TEST_CASE("attack 29: who refuses one of our domains is not kept from another",
          "[dialback][quota]") {
  Quota quota(limits());
  const Quota::Verification refused_one{"theirs.example", "two.example", "192.0.2.66:1"};
  REQUIRE_FALSE(quota.begin(refused_one, kNow));
  quota.end(refused_one, kTimeout, kNow);
  CHECK(refused(quota.begin(refused_one, kNow), v1::REMOTE_SERVER_TIMEOUT));
  CHECK_FALSE(quota.begin(by_us("theirs.example", "192.0.2.1:1"), kNow));
}
