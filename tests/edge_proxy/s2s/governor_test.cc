#include "edge_proxy/s2s/governor.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace causeway::edge;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::steady_clock::time_point kBegin(1h);

config::Limits limits() {
  config::Limits limits;
  limits.stream_stanzas_per_second = 100;
  limits.stream_bytes_per_second = 100'000;
  limits.domain_stanzas_per_second = 200;
  limits.domain_bytes_per_second = 200'000;
  return limits;
}

std::chrono::nanoseconds rest(stream::Pace& pace, std::uint64_t bytes, int stanzas,
                              std::chrono::milliseconds at = 0ms) {
  pace.count_bytes(bytes);
  for (int i = 0; i < stanzas; ++i) pace.count_stanza();
  return pace.rest(kBegin + at);
}

}  // namespace

TEST_CASE("who brings more than a second's worth is not read for as long as it was too fast",
          "[s2s][governor]") {
  struct Row {
    std::string name;
    std::uint64_t bytes;
    int stanzas;
    std::chrono::milliseconds rest;
  };
  const auto row = GENERATE(values<Row>({
      {"nothing", 0, 0, 0ms},
      {"a second's worth of both", 100'000, 100, 0ms},
      {"too many stanzas", 1000, 110, 100ms},
      {"too many bytes", 150'000, 1, 500ms},
      {"too many of both: the longer rest", 150'000, 110, 500ms},
  }));
  INFO(row.name);
  s2s::Governor governor(limits());
  const auto pace = governor.pace("fabrikam.example");
  CHECK(rest(*pace, row.bytes, row.stanzas) == row.rest);
  CHECK(rest(*pace, 0, 0) == row.rest);  // asked again, before it is over
  CHECK(rest(*pace, 0, 0, row.rest) == 0ms);
}

TEST_CASE("the streams of a domain share what it may bring, others have their own",
          "[s2s][governor]") {
  s2s::Governor governor(limits());
  const auto first = governor.pace("fabrikam.example");
  const auto second = governor.pace("fabrikam.example");
  const auto third = governor.pace("fabrikam.example");
  const auto other = governor.pace("litware.example");
  CHECK(rest(*first, 0, 100) == 0ms);
  CHECK(rest(*second, 0, 100) == 0ms);
  CHECK(rest(*third, 0, 20) == 100ms);
  CHECK(rest(*other, 0, 100) == 0ms);
}

TEST_CASE("a domain that connects anew does not begin anew", "[s2s][governor]") {
  s2s::Governor governor(limits());
  {
    const auto first = governor.pace("fabrikam.example");
    CHECK(rest(*first, 0, 300) > 0ms);
  }
  const auto second = governor.pace("fabrikam.example");
  CHECK(rest(*second, 0, 1) > 0ms);
}

TEST_CASE("domains without streams are forgotten in time", "[s2s][governor]") {
  s2s::Governor governor(limits());
  const auto kept = governor.pace("fabrikam.example");
  std::size_t most = 0;
  for (int i = 0; i < 20'000; ++i) {
    governor.pace(std::to_string(i) + ".example");
    most = std::max(most, governor.size());
  }
  CHECK(most <= 2048);
  CHECK(rest(*kept, 0, 300) > 0ms);
  const auto again = governor.pace("fabrikam.example");
  CHECK(rest(*again, 0, 1) > 0ms);
}
