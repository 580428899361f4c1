#include "common/config/checks.h"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

using namespace causeway::config;

TEST_CASE("endpoints", "[config]") {
  struct Row {
    std::string_view text, host;
    int port;  // -1: refused
    bool is_address;
  };
  const auto row = GENERATE(values<Row>({
      {"192.0.2.7:5269", "192.0.2.7", 5269, true},
      {"[2001:DB8::7]:0", "2001:db8::7", 0, true},
      {"Edge.Contoso.example:23456", "edge.contoso.example", 23456, false},
      {"bücher.example:1", "xn--bcher-kva.example", 1, false},
      {"edge.contoso.example", "edge.contoso.example", 7777, false},
      {"[::1]", "::1", 7777, true},
      {"192.0.2.7", "192.0.2.7", 7777, true},
      {"::1:5269", "", -1, false},
      {"192.0.2.7:", "", -1, false},
      {"192.0.2.7:65536", "", -1, false},
      {"192.0.2.7:-1", "", -1, false},
      {"192.0.2.7:+1", "", -1, false},
      {"192.0.2.7: 1", "", -1, false},
      {"192.0.2.7:http", "", -1, false},
      {":5269", "", -1, false},
      {"", "", -1, false},
      {"tcp:192.0.2.7:5269", "", -1, false},
  }));
  INFO(row.text);
  const auto endpoint = parse_endpoint(row.text, 7777);
  REQUIRE(endpoint.has_value() == (row.port >= 0));
  if (!endpoint) return;
  CHECK(endpoint->host == row.host);
  CHECK(endpoint->port == row.port);
  CHECK(endpoint->is_address == row.is_address);
}

TEST_CASE("without a default the port is required", "[config]") {
  CHECK_FALSE(parse_endpoint("192.0.2.7"));
  CHECK_FALSE(parse_endpoint("[::1]"));
  CHECK(parse_endpoint("192.0.2.7:1"));
}

TEST_CASE("what texts may say", "[config]") {
  struct Row {
    std::string (*check)(std::string_view);
    std::string_view good, bad, says;
  };
  const auto row = GENERATE(values<Row>({
      {must_be_listener, "[::]:5269", "localhost:5269", "must be address:port"},
      {must_be_listener, "0.0.0.0:0", "0.0.0.0", "must be address:port"},
      {must_be_name_server, "192.0.2.53", "dns.example", "must be an address"},
      {must_be_name_server, "[::1]:5353", "192.0.2.53:0", "must be an address"},
      {must_be_name_server, "2001:db8::53", "2001:db8::53]", "must be an address"},
      {must_be_host_maybe_port, "edge.example", "edge.example:0", "must be host"},
      {must_be_host_maybe_port, "2001:db8::1", "a:b:c", "must be host"},
      {must_be_host_maybe_port, "[2001:db8::1]:5270", "[2001:db8::1]:0", "must be host"},
      {must_be_dns_name, "gw1.contoso.example", "192.0.2.7", "must be a DNS name"},
      {must_be_domain, "bücher.example", "bü cher.example", "must be a domain"},
      {must_be_domain, "a.example", "192.0.2.7", "must be a domain, not an address"},
      {must_not_be_empty, "x", "", "must not be empty"},
  }));
  CHECK(row.check(row.good).empty());
  CHECK(std::string_view(row.check(row.bad)).starts_with(row.says));
}
