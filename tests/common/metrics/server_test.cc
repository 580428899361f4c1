#include "common/metrics/server.h"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/metrics/family.h"
#include "tests/support/exposition/exposition.h"

using namespace causeway;
using metrics::Family;
using metrics::Pages;
using metrics::Server;

namespace {

struct Response {
  int status = 0;
  std::string header;
  std::string body;
};

Response ask(int port, const std::string& request) {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect({asio::ip::address_v4::loopback(), static_cast<unsigned short>(port)});
  asio::write(socket, asio::buffer(request + " HTTP/1.1\r\nHost: edge\r\n\r\n"));
  std::string all;
  std::error_code end;
  asio::read(socket, asio::dynamic_buffer(all), end);
  const std::size_t gap = all.find("\r\n\r\n");
  REQUIRE(gap != std::string::npos);
  return {std::stoi(all.substr(9, 3)), all.substr(0, gap), all.substr(gap + 4)};
}

// Of a daemon that lacks something until it has configured itself.
Pages pages(const bool& ready) {
  return {.families =
              [] {
                return std::vector{Family::gauge("causeway_edge_build_info", "Always 1.")
                                       .add(1, {{"version", "1.0"}})
                                       .take(),
                                   Family::counter("causeway_edge_bytes_total", "Some bytes.")
                                       .add(7, {{"direction", "inbound"}})
                                       .add(8, {{"direction", "outbound"}})
                                       .take()};
              },
          .missing = [&ready]() -> std::optional<std::string> {
            if (ready) return std::nullopt;
            return "There is no configuration yet.";
          }};
}
const bool kReady = true;

}  // namespace

TEST_CASE("three pages are served, and nothing else", "[metrics][http]") {
  Server server("127.0.0.1:0", pages(kReady));
  REQUIRE(server.start().ok());
  const int port = server.port();
  REQUIRE(port > 0);

  const Response metrics = ask(port, "GET /metrics");
  CHECK(metrics.status == 200);
  CHECK_THAT(metrics.header, Catch::Contains("Content-Type: text/plain; version=0.0.4"));
  const test::Exposition exposition = test::parse_exposition(metrics.body);
  CHECK(exposition.value("build_info", R"({version="1.0"})") == 1);
  CHECK(exposition.value("bytes_total", R"({direction="outbound"})") == 8);
  CHECK(test::lint(exposition) == std::vector<std::string>{});

  CHECK(ask(port, "GET /healthz").status == 200);
  CHECK(ask(port, "HEAD /healthz").body.empty());
  CHECK(ask(port, "GET /").status == 404);
  CHECK(ask(port, "GET /metrics/../../etc/passwd").status == 404);
  CHECK(ask(port, "POST /metrics").status == 405);
}

TEST_CASE("not ready before the first configuration, alive all the same", "[metrics][http]") {
  bool ready = false;
  Server server("127.0.0.1:0", pages(ready));
  REQUIRE(server.start().ok());
  const Response early = ask(server.port(), "GET /readyz");
  CHECK(early.status == 503);
  CHECK(early.body == "There is no configuration yet.\n");
  CHECK(ask(server.port(), "GET /healthz").status == 200);
  ready = true;
  CHECK(ask(server.port(), "GET /readyz").body == "ready\n");
}

TEST_CASE("an address that is taken is named; none is off", "[metrics][http]") {
  Server first("127.0.0.1:0", pages(kReady));
  REQUIRE(first.start().ok());
  const std::string address = "127.0.0.1:" + std::to_string(first.port());
  Server second(address, pages(kReady));
  CHECK_THAT(std::string(second.start().message()),
             Catch::Contains("metrics.listen") && Catch::Contains(address));
  Server off("", pages(kReady));
  CHECK(off.start().ok());
  CHECK(off.port() == 0);
}

TEST_CASE("it ends while somebody holds a connection open", "[metrics][http]") {
  asio::io_context io;
  asio::ip::tcp::socket idle(io);
  {
    Server server("127.0.0.1:0", pages(kReady));
    REQUIRE(server.start().ok());
    idle.connect({asio::ip::address_v4::loopback(), static_cast<unsigned short>(server.port())});
    CHECK(ask(server.port(), "GET /healthz").status == 200);
  }
  CHECK(idle.is_open());
}
