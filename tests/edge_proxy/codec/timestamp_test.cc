#include "edge_proxy/codec/timestamp.h"

#include <catch2/catch.hpp>
#include <string>

namespace causeway::edge::codec {
namespace {

TEST_CASE("times that are times") {
  const std::pair<const char*, const char*> rows[] = {
      {"1969-07-21T02:56:15Z", "1969-07-21T02:56:15Z"},
      {"1969-07-20T21:56:15-05:00", "1969-07-21T02:56:15Z"},
      {"2026-11-20T14:50:00.123Z", "2026-11-20T14:50:00.123Z"},
      {"2026-11-20T14:50:00.1234567890123Z", "2026-11-20T14:50:00.123456789Z"},
      {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
      {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
      {"1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z"},
  };
  for (const auto& [text, written] : rows) {
    const auto time = parse_timestamp(text);
    REQUIRE(time);
    CHECK(format_timestamp(*time) == written);
  }
}

TEST_CASE("times that are none") {
  for (const char* text :
       {"", "now", "infinite-future", "2026-11-20", "2026-11-20T14:50:00", " 2026-11-20T14:50:00Z",
        "2026-13-20T14:50:00Z", "20261120T14:50:00", "-2026-11-20T14:50:00Z",
        "0000-01-01T00:00:00Z", "12026-11-20T14:50:00Z", "2026-11-20T14:50:00Zx",
        "2026-11-20 14:50:00Z", "9999-12-31T23:59:59-05:00"}) {
    INFO(text);
    CHECK_FALSE(parse_timestamp(text));
  }
}

TEST_CASE("what cannot be written") {
  google::protobuf::Timestamp time;
  time.set_seconds(253402300800);
  CHECK(format_timestamp(time).empty());
  time.set_seconds(-62135596801);
  CHECK(format_timestamp(time).empty());
  time.set_seconds(0);
  time.set_nanos(-1);
  CHECK(format_timestamp(time).empty());
  time.set_nanos(1'000'000'000);
  CHECK(format_timestamp(time).empty());
}

}  // namespace
}  // namespace causeway::edge::codec
