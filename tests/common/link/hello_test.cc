#include "common/link/hello.h"

#include <catch2/catch.hpp>

namespace causeway::link {
namespace {

v1::Hello gateway(std::uint32_t version) {
  v1::Hello hello;
  hello.set_protocol_version(version);
  hello.set_instance("a1");
  hello.set_software("frontend_gateway 9.9");
  hello.set_name("gw1");
  return hello;
}

TEST_CASE("a version that does not fit is refused with what to upgrade") {
  CHECK(check(gateway(kProtocolVersion), "edge_proxy 1.0").ok());
  const absl::Status newer = check(gateway(kProtocolVersion + 1), "edge_proxy 1.0");
  CHECK(newer.code() == absl::StatusCode::kFailedPrecondition);
  CHECK_THAT(std::string(newer.message()), Catch::Contains("upgrade edge_proxy 1.0."));
  const absl::Status older = check(gateway(kProtocolVersion - 1), "edge_proxy 1.0");
  CHECK_THAT(std::string(older.message()), Catch::Contains("upgrade frontend_gateway 9.9."));
}

TEST_CASE("a hello names its life, and nothing at length") {
  v1::Hello hello = gateway(kProtocolVersion);
  hello.clear_instance();
  CHECK(check(hello, "edge").code() == absl::StatusCode::kInvalidArgument);
  hello = gateway(kProtocolVersion);
  hello.set_software(std::string(256, 'x'));
  CHECK(check(hello, "edge").code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("a host that is given no name has its own") {
  CHECK(own_name("gw1") == "gw1");
  CHECK_FALSE(own_name("").empty());
}

TEST_CASE("an id names the life that made it") {
  const std::string instance = "0123456789abcdef0123456789abcdef";
  CHECK(life_of(instance) == "0123456789abcdef");
  CHECK(life_in("0123456789abcdef-1a") == "0123456789abcdef");
  for (const char* other : {"", "m1", "0123456789abcdef", "0123456789abcdefg-1", "a-b"})
    CHECK(life_in(other).empty());
}

}  // namespace
}  // namespace causeway::link
