#include "common/dns/srv_order.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "common/dns/records.h"

using causeway::dns::order;
using causeway::dns::SrvRecord;
using Targets = std::vector<std::string>;

namespace {

SrvRecord record(std::uint16_t priority, std::uint16_t weight, std::string target) {
  return {priority, weight, 5269, std::move(target)};
}

Targets targets(const std::vector<SrvRecord>& records) {
  Targets names;
  for (const SrvRecord& each : records) names.push_back(each.target);
  return names;
}

const auto kZero = [](std::uint32_t) { return 0u; };
const auto kMost = [](std::uint32_t n) { return n; };

// How often each target comes first.
std::map<std::string, int> firsts(const std::vector<SrvRecord>& records, int draws) {
  std::mt19937 generator(42);
  std::map<std::string, int> count;
  for (int i = 0; i < draws; ++i) {
    const auto random = [&](std::uint32_t n) {
      return std::uniform_int_distribution<std::uint32_t>(0, n)(generator);
    };
    ++count[order(records, random).front().target];
  }
  return count;
}

}  // namespace

TEST_CASE("priorities first, weights within them", "[dns][srv_order]") {
  const std::vector<SrvRecord> records{record(20, 0, "last"), record(10, 10, "a"),
                                       record(10, 0, "zero"), record(10, 30, "b"),
                                       record(5, 1, "first")};
  // 0 draws the zero weight; the highest number draws whoever is at the end.
  CHECK(targets(order(records, kZero)) == Targets{"first", "zero", "a", "b", "last"});
  CHECK(targets(order(records, kMost)) == Targets{"first", "b", "a", "zero", "last"});
}

TEST_CASE("the random number is compared with running sums", "[dns][srv_order]") {
  const std::vector<SrvRecord> records{record(0, 10, "a"), record(0, 20, "b"), record(0, 30, "c")};
  struct Row {
    std::uint32_t first;
    std::string target;
  };
  const std::vector<Row> rows{{0, "a"}, {10, "a"}, {11, "b"}, {30, "b"}, {31, "c"}, {60, "c"}};
  for (const Row& row : rows) {
    std::vector<std::uint32_t> limits;
    const auto random = [&](std::uint32_t n) {
      limits.push_back(n);
      return limits.size() == 1 ? row.first : 0u;
    };
    CHECK(order(records, random).front().target == row.target);
    CHECK(limits.front() == 60);
  }
}

TEST_CASE("nothing, one, and equals", "[dns][srv_order]") {
  CHECK(order(std::vector<SrvRecord>(), kMost).empty());
  CHECK(targets(order<SrvRecord>({record(7, 0, "only")}, kMost)) == Targets{"only"});
  CHECK(targets(order<SrvRecord>({record(1, 0, "a"), record(1, 0, "b")}, kZero)) ==
        Targets{"a", "b"});
  CHECK(order<SrvRecord>({record(0, 65535, "a"), record(0, 65535, "b")}, kMost).front().weight ==
        65535);
}

TEST_CASE("weights are shares", "[dns][srv_order]") {
  const int draws = 20000;
  auto count = firsts({record(0, 60, "a"), record(0, 30, "b"), record(0, 10, "c")}, draws);
  CHECK(count["a"] == Approx(draws * 0.6).epsilon(0.05));
  CHECK(count["b"] == Approx(draws * 0.3).epsilon(0.05));
  CHECK(count["c"] == Approx(draws * 0.1).epsilon(0.10));
}

TEST_CASE("a zero weight has a very small chance, not none", "[dns][srv_order]") {
  auto count = firsts({record(0, 99, "heavy"), record(0, 0, "zero")}, 20000);
  CHECK(count["zero"] == Approx(200).epsilon(0.3));
}

TEST_CASE("the second place is drawn by weight, too", "[dns][srv_order]") {
  std::mt19937 generator(7);
  const auto random = [&](std::uint32_t n) {
    return std::uniform_int_distribution<std::uint32_t>(0, n)(generator);
  };
  int b_second = 0;
  int a_first = 0;
  for (int i = 0; i < 20000; ++i) {
    const auto names = targets(
        order<SrvRecord>({record(0, 1000, "a"), record(0, 75, "b"), record(0, 25, "c")}, random));
    if (names[0] != "a") continue;
    ++a_first;
    b_second += names[1] == "b";
  }
  CHECK(b_second == Approx(a_first * 0.75).epsilon(0.03));
}
