#include "edge_proxy/stream/places.h"

#include <asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "edge_proxy/async/within.h"
#include "edge_proxy/stream/whereabouts.h"
#include "tests/support/asio/run.h"
#include "tests/support/name_server/name_server.h"

using asio::awaitable;
using asio::ip::tcp;
using causeway::address::Domain;
using namespace causeway::edge;
using namespace causeway::edge::stream;
using namespace causeway::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Lines = std::vector<std::string>;

namespace {

const std::string kDomain = "fabrikam.example";
const std::string kService = "_xmpp-server._tcp.fabrikam.example";
const std::string kDirect = "_xmpps-server._tcp.fabrikam.example";

// Somebody who listens, and takes nobody in.
class Listener {
 public:
  Listener(asio::io_context& io, const std::string& address, std::uint16_t port = 0)
      : acceptor_(io, {asio::ip::make_address(address), port}) {}
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::string words() const {
    return acceptor_.local_endpoint().address().to_string() + ":" + std::to_string(port());
  }

 private:
  tcp::acceptor acceptor_;
};

// A port whose queue is full: who connects waits for an answer. Nothing but the queue tells it from
// a host behind a firewall that drops.
class BlackHole {
 public:
  BlackHole(asio::io_context& io, const std::string& address, std::uint16_t port) : acceptor_(io) {
    const tcp::endpoint at(asio::ip::make_address(address), port);
    acceptor_.open(at.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(at);
    acceptor_.listen(0);
    for (int i = 0; i < 4; ++i) {
      waiting_.emplace_back(io);
      waiting_.back().async_connect(acceptor_.local_endpoint(), [](std::error_code) {});
    }
  }

 private:
  tcp::acceptor acceptor_;
  std::vector<tcp::socket> waiting_;
};

struct Fixture {
  Fixture() : server(io) {
    dns::Settings settings;
    settings.servers = {server.address()};
    settings.timeout = 10s;
    settings.tries = 1;
    resolver = std::make_unique<dns::Resolver>(io.get_executor(), settings);
    REQUIRE(resolver->open().ok());
    limits.connect = 5s;
  }

  SearchOptions options(std::string proxy = {}, bool direct_tls = true) const {
    return {.proxy = std::move(proxy), .direct_tls = direct_tls, .limits = limits};
  }

  asio::io_context io;
  NameServer server;
  std::unique_ptr<dns::Resolver> resolver;
  config::Limits limits;
};

std::string line_of(const Place& place) { return place.words + (place.direct_tls ? " tls" : ""); }

// Goes from place to place until there is none, or the walk fails.
awaitable<void> walk(dns::Resolver& resolver, SearchOptions options, Steps& steps, Lines& places) {
  Places walk(resolver, *Domain::parse(kDomain), std::move(options), steps);
  try {
    for (;;) {
      std::optional<Place> place = co_await walk.next();
      if (!place) break;
      places.push_back(line_of(*place));
    }
  } catch (const dns::LookupError& error) {
    places.push_back(error.failure() == dns::Failure::failed ? "may pass" : "not found");
    places.push_back(error.what());
  }
}

Lines walk(Fixture& world, std::string proxy = {}, bool direct_tls = true) {
  Steps steps;
  Lines places;
  run(world.io, walk(*world.resolver, world.options(std::move(proxy), direct_tls), steps, places));
  for (const Steps::Step& step : steps.all()) UNSCOPED_INFO(step.words);
  return places;
}

// With the times left out.
Lines steps_of_walk(Fixture& world) {
  Steps steps;
  Lines places;
  run(world.io, walk(*world.resolver, world.options(), steps, places));
  Lines lines;
  for (const Steps::Step& step : steps.all()) {
    const std::size_t time = step.words.find(" connected in ");
    lines.push_back(time == std::string::npos ? step.words
                                              : step.words.substr(0, time) + " connected");
  }
  return lines;
}

}  // namespace

TEST_CASE("from place to place, priority by priority", "[stream][places]") {
  Fixture world;
  const Listener one(world.io, "127.0.0.1");
  const Listener two(world.io, "127.0.0.2", one.port());
  const Listener direct(world.io, "127.0.0.3", one.port());
  world.server.add(service(kService, 10, 0, one.port(), "one.example"));
  world.server.add(service(kService, 30, 0, one.port(), "two.example"));
  world.server.add(service(kDirect, 20, 0, one.port(), "direct.example"));
  world.server.add(address("one.example", "127.0.0.1"));
  world.server.add(address("two.example", "127.0.0.2"));
  world.server.add(address("direct.example", "127.0.0.3"));

  CHECK(walk(world) == Lines{one.words(), direct.words() + " tls", two.words()});
  CHECK(walk(world, {}, false) == Lines{one.words(), two.words()});
}

TEST_CASE("each step is told in words", "[stream][places]") {
  Fixture world;
  const Listener one(world.io, "127.0.0.1");
  const std::string port = std::to_string(one.port());
  world.server.add(service(kService, 10, 0, one.port(), "gone.example"));
  world.server.add(service(kService, 20, 0, one.port(), "refused.example"));
  world.server.add(service(kService, 30, 0, one.port(), "one.example"));
  world.server.fail("gone.example");
  world.server.add(address("refused.example", "127.0.0.9"));
  world.server.add(address("one.example", "127.0.0.1"));
  const Lines lines = steps_of_walk(world);
  REQUIRE(lines.size() == 5);
  CHECK(lines[0] == "SRV: 3 targets");
  CHECK_THAT(lines[1], Catch::StartsWith("address of gone.example: "));
  CHECK_THAT(lines[2], Catch::StartsWith("address of gone.example: "));
  CHECK(lines[3] == "127.0.0.9:" + port + " refused");
  CHECK(lines[4] == "127.0.0.1:" + port + " connected");
}

TEST_CASE("a black hole costs one attempt delay", "[stream][places]") {
  Fixture world;
  const Listener one(world.io, "127.0.0.1");
  const BlackHole hole(world.io, "127.0.0.2", one.port());
  world.limits.connect = 20s;
  world.server.add(service(kService, 10, 0, one.port(), "hole.example"));
  world.server.add(address("hole.example", "127.0.0.2"));
  world.server.add(address("hole.example", "127.0.0.1"));
  Steps steps;
  std::string first;
  run(world.io, [](Fixture& world, Steps& steps, std::string& first) -> awaitable<void> {
    Places places(*world.resolver, *Domain::parse(kDomain), world.options(), steps);
    std::optional<Place> place = co_await places.next();
    if (place) first = line_of(*place);
  }(world, steps, first));
  CHECK(first == one.words());
}

TEST_CASE("a black hole alone is left after the limit", "[stream][places]") {
  Fixture world;
  const Listener reserved(world.io, "127.0.0.1");
  const BlackHole hole(world.io, "127.0.0.2", reserved.port());
  world.limits.connect = 1s;
  world.server.add(service(kService, 10, 0, reserved.port(), "hole.example"));
  world.server.add(address("hole.example", "127.0.0.2"));
  const Lines lines = steps_of_walk(world);
  CHECK(lines.back() == "127.0.0.2:" + std::to_string(reserved.port()) + " did not answer");
}

TEST_CASE("where the DNS leads", "[stream][places]") {
  struct Row {
    std::string what;
    std::vector<Record> records;
    std::vector<std::string> failing;
    Lines places;
  };
  const std::string not_offered = "SRV: the domain says that it offers no XMPP server";
  const std::vector<Row> rows{
      {"nothing", {}, {}, {"not found", "no address was found"}},
      {"not offered",
       {service(kService, 0, 0, 0, ""), address(kDomain, "127.0.0.1")},
       {},
       {"not found", not_offered}},
      {"no direct TLS, and no other record",
       {service(kDirect, 0, 0, 0, ""), address(kDomain, "127.0.0.1")},
       {},
       {"not found", not_offered}},
      {"not offered, but the other look-up failed",
       {service(kService, 0, 0, 0, "")},
       {kDirect},
       {"may pass", not_offered + "; " + kDirect + " SRV: Could not contact DNS servers"}},
      {"targets without an address",
       {service(kService, 0, 0, 5269, "none.example")},
       {},
       {"not found", "no address was found"}},
      {"targets whose addresses are not known now",
       {service(kService, 0, 0, 5269, "late.example")},
       {"late.example"},
       {"may pass", "no address was found"}},
      {"targets without a host's address",
       {service(kService, 0, 0, 5269, "zero.example"), address("zero.example", "0.0.0.0"),
        address("zero.example", "::"), address("zero.example", "224.0.0.1"),
        address("zero.example", "ff02::1"), address("zero.example", "255.255.255.255")},
       {},
       {"not found", "no address was found"}},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    Fixture world;
    for (const Record& record : row.records) world.server.add(record);
    for (const std::string& name : row.failing) world.server.fail(name);
    CHECK(walk(world) == row.places);
  }
}

TEST_CASE("the domain itself, when there is no SRV record or no response", "[stream][places]") {
  for (const bool failing : {false, true}) {
    INFO(failing);
    Fixture world;
    world.server.add(address(kDomain, "127.0.0.9"));
    if (failing) {
      world.server.fail(kService);
      world.server.fail(kDirect);
    }
    CHECK(steps_of_walk(world).back() == "127.0.0.9:5269 refused");
  }
}

TEST_CASE("a proxy instead of the DNS's word", "[stream][places]") {
  Fixture world;
  const Listener four(world.io, "127.0.0.1");
  const Listener six(world.io, "::1", four.port());
  const std::string port = std::to_string(four.port());
  world.server.add(address("proxy.example", "127.0.0.1"));
  CHECK(walk(world, "127.0.0.1:" + port) == Lines{four.words()});
  CHECK(walk(world, "[::1]:" + port) == Lines{"[::1]:" + port});
  CHECK(world.server.asked() == 0);
  CHECK(walk(world, "proxy.example:" + port) == Lines{four.words()});
  CHECK(world.server.asked() == 2);
  CHECK(walk(world, "proxy.example:0") ==
        Lines{"not found", "the proxy: \"proxy.example:0\" is not a host, or a host and a port"});
}

TEST_CASE("one address is tried once, and only so many are", "[stream][places]") {
  Fixture world;
  const Listener one(world.io, "127.0.0.1");
  for (int i = 0; i < 10; ++i) {
    const std::string host = "t" + std::to_string(i) + ".example";
    world.server.add(service(kService, static_cast<unsigned>(i), 0, one.port(), host));
    world.server.add(address(host, "127.0.0.1"));
    world.server.add(address(host, "127.0.1." + std::to_string(i)));
  }
  world.limits.connect_addresses = 4;
  world.limits.connect_targets = 8;
  const Lines lines = steps_of_walk(world);
  CHECK(lines.front() == "SRV: 10 targets; the first 8 count");
  CHECK(std::count(lines.begin(), lines.end(), one.words() + " connected") == 1);
  CHECK(lines.size() == 5);  // with four addresses
}

TEST_CASE("a walk may be cut short at any time", "[stream][places]") {
  Fixture world;
  const Listener one(world.io, "127.0.0.1");
  const BlackHole hole(world.io, "127.0.0.2", one.port());
  world.server.add(service(kService, 10, 0, one.port(), "hole.example"));
  world.server.add(address("hole.example", "127.0.0.2"));
  world.server.be_silent(kDirect);
  bool timed_out = false;
  for (const auto limit : {0ms, 1ms, 20ms, 400ms}) {
    Steps steps;
    run(world.io,
        [](Fixture& world, Steps& steps, std::chrono::milliseconds limit,
           bool& timed_out) -> awaitable<void> {
          Places places(*world.resolver, *Domain::parse(kDomain), world.options(), steps);
          try {
            std::optional<Place> place = co_await async::within(limit, places.next());
          } catch (const async::TimedOut&) {
            timed_out = true;
          }
        }(world, steps, limit, timed_out));
    CHECK(timed_out);
    timed_out = false;
    world.server.answer_again(kDirect);
  }
}

// --- Whereabouts ---

namespace {

Whereabouts whereabouts(Fixture& world, std::string proxy = {}) {
  Whereabouts found;
  run(world.io, [](Fixture& world, std::string proxy, Whereabouts& found) -> awaitable<void> {
    // A resolver that remembers nothing, as after the TTL.
    dns::Settings settings;
    settings.servers = {world.server.address()};
    settings.cache_entries = 0;
    dns::Resolver resolver(world.io.get_executor(), settings);
    REQUIRE(resolver.open().ok());
    SearchOptions options = world.options(std::move(proxy));
    found = co_await find_whereabouts(resolver, *Domain::parse(kDomain), std::move(options));
  }(world, std::move(proxy), found));
  return found;
}

}  // namespace

TEST_CASE("a server that moves is noticed", "[stream][whereabouts]") {
  struct Row {
    std::string what;
    std::vector<Record> after;
    bool moved;
  };
  const Record target = service(kService, 10, 5, 5269, "one.example");
  const Record home = address("one.example", "192.0.2.1");
  const std::vector<Row> rows{
      {"nothing has changed", {target, home}, false},
      {"the order of records", {home, target}, false},
      {"the weight", {service(kService, 10, 6, 5269, "one.example"), home}, false},
      {"the address", {target, address("one.example", "192.0.2.2")}, true},
      {"one more address", {target, home, address("one.example", "2001:db8::1")}, true},
      {"the port", {service(kService, 10, 5, 5270, "one.example"), home}, true},
      {"the priority", {service(kService, 20, 5, 5269, "one.example"), home}, true},
      {"the target",
       {service(kService, 10, 5, 5269, "two.example"), address("two.example", "192.0.2.1")},
       true},
      {"direct TLS", {target, home, service(kDirect, 10, 5, 5270, "one.example")}, true},
      {"gone", {}, false},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    Fixture world;
    world.server.add(target);
    world.server.add(home);
    const Whereabouts before = whereabouts(world);
    CHECK(before.anywhere);
    world.server.clear();
    for (const Record& record : row.after) world.server.add(record);
    const Whereabouts after = whereabouts(world);
    CHECK(has_moved(before, after) == row.moved);
    CHECK(after.expires > std::chrono::steady_clock::now());
  }
}

TEST_CASE("a server that comes into being is noticed, also after a failure",
          "[stream][whereabouts]") {
  Fixture world;
  world.server.fail(kService);
  world.server.fail(kDirect);
  world.server.fail(kDomain);
  const Whereabouts before = whereabouts(world);
  CHECK_FALSE(before.anywhere);
  CHECK_FALSE(has_moved(before, whereabouts(world)));
  for (const std::string& name : {kService, kDirect, kDomain}) world.server.answer_again(name);
  world.server.add(service(kService, 10, 5, 5269, "one.example"));
  world.server.add(address("one.example", "192.0.2.1"));
  CHECK(has_moved(before, whereabouts(world)));
}
