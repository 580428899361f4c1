#include "edge_proxy/dns/resolver.h"

#include <algorithm>
#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "edge_proxy/async/task_group.h"
#include "edge_proxy/async/within.h"
#include "tests/support/asio/run.h"
#include "tests/support/name_server/name_server.h"
#include "tests/support/process/process.h"
#include "tests/support/process/temporary_directory.h"

using asio::awaitable;
using asio::ip::make_address;
using asio::ip::tcp;
using asio::ip::udp;
using causeway::edge::async::TaskGroup;
using causeway::edge::async::TimedOut;
using causeway::edge::async::within;
using namespace causeway::edge::dns;
using namespace causeway::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Addresses = std::vector<asio::ip::address>;

namespace {

std::string on_loopback(unsigned short port) { return "127.0.0.1:" + std::to_string(port); }

Settings at(std::string server, std::chrono::milliseconds timeout = 3000ms, int tries = 2) {
  Settings settings;
  settings.servers.push_back(std::move(server));
  settings.timeout = timeout;
  settings.tries = tries;
  return settings;
}

unsigned short free_port() {
  asio::io_context io;
  const tcp::acceptor reserved(io, {asio::ip::address_v4::loopback(), 0});
  return reserved.local_endpoint().port();
}

// A resolver that has read its servers.
std::unique_ptr<Resolver> opened(asio::any_io_executor executor, Settings settings) {
  auto resolver = std::make_unique<Resolver>(std::move(executor), std::move(settings));
  const absl::Status status = resolver->open();
  if (!status.ok()) throw std::runtime_error(std::string(status.message()));
  return resolver;
}

awaitable<std::vector<SrvRecord>> services(Resolver& resolver, std::string name) {
  const Known answer = co_await resolver.look_up(std::move(name), Type::srv);
  if (answer->failure) throw LookupError(*answer->failure, answer->words);
  co_return answer->services;
}

// Both kinds, asked for at once; what one of them gives is enough.
awaitable<Addresses> addresses_of(Resolver& resolver, std::string host) {
  awaitable<Known> first = resolver.look_up(host, Type::aaaa);
  awaitable<Known> second = resolver.look_up(host, Type::a);
  const Known six = co_await std::move(first);
  const Known four = co_await std::move(second);
  Addresses all = six->addresses;
  all.insert(all.end(), four->addresses.begin(), four->addresses.end());
  if (!all.empty()) co_return all;
  const Known& worse = six->failure == Failure::failed ? six : four;
  throw LookupError(*worse->failure, worse->words);
}

// What a look-up came to: "found", or how it failed.
template <typename T>
awaitable<std::string> ending(awaitable<T> look_up) {
  try {
    (void)co_await std::move(look_up);
  } catch (const LookupError& error) {
    co_return (error.failure() == Failure::not_found ? "not found: " : "failed: ") +
        std::string(error.what());
  } catch (const std::exception& error) {
    co_return error.what();
  }
  co_return "found";
}

const char* const kZone = R"(
no-resolv
no-hosts
no-daemon
bind-interfaces
listen-address=127.0.0.1
edns-packet-max=512
local=/fabrikam.example/
srv-host=_xmpp-server._tcp.fabrikam.example,xmpp1.fabrikam.example,5269,10,60
srv-host=_xmpp-server._tcp.fabrikam.example,xmpp2.fabrikam.example,5270,10,40
srv-host=_xmpp-server._tcp.fabrikam.example,backup.fabrikam.example,5269,20,0
srv-host=_xmpp-server._tcp.none.fabrikam.example
host-record=xmpp1.fabrikam.example,192.0.2.1,2001:db8::1
host-record=xmpp2.fabrikam.example,192.0.2.2
host-record=six.fabrikam.example,2001:db8::6
host-record=xn--bcher-kva.fabrikam.example,192.0.2.9
cname=alias.fabrikam.example,xmpp1.fabrikam.example
cname=alias2.fabrikam.example,alias.fabrikam.example
txt-record=text.fabrikam.example,"no address here"
)";

// A real name server, for as long as the test runs.
class Dnsmasq {
 public:
  // Starts it and waits until it answers. Another program may take the port first: then on the
  // next.
  awaitable<void> start() {
    for (int attempt = 0; attempt < 5; ++attempt) {
      launch();
      const auto owner =
          opened(co_await asio::this_coro::executor, at(on_loopback(port_), 50ms, 1));
      Resolver& resolver = *owner;
      while (process_->running()) {
        const std::string ended = co_await ending(addresses_of(resolver, "xmpp1.fabrikam.example"));
        if (ended == "found") co_return;
      }
    }
    throw std::runtime_error("dnsmasq did not start");
  }

  Settings settings() const { return at(on_loopback(port_)); }

 private:
  void launch() {
    port_ = free_port();
    std::string zone = kZone;
    zone += "port=" + std::to_string(port_) + "\n";
    for (int i = 0; i < 40; ++i) {
      zone += "srv-host=_many._tcp.fabrikam.example,target-" + std::to_string(i) +
              ".fabrikam.example,5269,0," + std::to_string(i) + "\n";
    }
    const std::string file = directory_.write("dnsmasq.conf", zone);
    process_ = std::make_unique<Process>(
        std::vector<std::string>{"dnsmasq", "--conf-file=" + file, "--user=root", "--pid-file="},
        directory_.path() / "dnsmasq.log");
  }

  TemporaryDirectory directory_;
  unsigned short port_ = 0;
  std::unique_ptr<Process> process_;
};

using OddServer = NameServer;  // one that is told what to answer

std::string with_rcode(std::string question, int rcode) {
  question[2] = static_cast<char>(question[2] | 0x80);  // a response
  question[3] = static_cast<char>(0x80 | rcode);
  return question;
}

bool asks_for_ipv6(const std::string& question) {
  const std::size_t end_of_name = question.find('\0', 12);
  return question[end_of_name + 2] == 28;
}

// The question with one address as its answer, the EDNS record left out.
std::string with_address(const std::string& question, const std::string& address) {
  const std::size_t end = question.find('\0', 12) + 5;
  std::string reply = with_rcode(question.substr(0, end), 0);
  reply[7] = 1;               // one answer
  reply[10] = reply[11] = 0;  // nothing additional
  reply += std::string("\xc0\x0c", 2) + question.substr(end - 4, 4);
  reply += std::string("\0\0\0\x3c\0", 5) + static_cast<char>(address.size()) + address;
  return reply;
}

}  // namespace

TEST_CASE("look-ups at a real name server", "[dns][resolver]") {
  asio::io_context io;
  Dnsmasq server;
  run(io, [](Dnsmasq& server) -> awaitable<void> {
    co_await server.start();
    const auto owner = opened(co_await asio::this_coro::executor, server.settings());
    Resolver& resolver = *owner;

    const std::vector<SrvRecord> records =
        co_await services(resolver, "_xmpp-server._tcp.fabrikam.example");
    REQUIRE(records.size() == 3);
    std::vector<std::string> seen;
    for (const SrvRecord& each : records) {
      seen.push_back(each.target + ":" + std::to_string(each.port) + " " +
                     std::to_string(each.priority) + "/" + std::to_string(each.weight));
    }
    CHECK_THAT(seen, Catch::Matchers::UnorderedEquals(std::vector<std::string>{
                         "xmpp1.fabrikam.example:5269 10/60", "xmpp2.fabrikam.example:5270 10/40",
                         "backup.fabrikam.example:5269 20/0"}));

    const std::vector<SrvRecord> none =
        co_await services(resolver, "_xmpp-server._tcp.none.fabrikam.example");
    REQUIRE(none.size() == 1);
    CHECK(none.front().target.empty());

    // Too many for one packet: asked again over TCP.
    const std::vector<SrvRecord> many = co_await services(resolver, "_many._tcp.fabrikam.example");
    CHECK(many.size() == 40);

    const Addresses two = co_await addresses_of(resolver, "xmpp1.fabrikam.example");
    CHECK(two == Addresses{make_address("2001:db8::1"), make_address("192.0.2.1")});
    const Addresses four = co_await addresses_of(resolver, "xmpp2.fabrikam.example");
    CHECK(four == Addresses{make_address("192.0.2.2")});
    const Addresses six = co_await addresses_of(resolver, "six.fabrikam.example");
    CHECK(six == Addresses{make_address("2001:db8::6")});
    const Addresses alias = co_await addresses_of(resolver, "alias2.fabrikam.example");
    CHECK(alias == two);
    const Addresses idn = co_await addresses_of(resolver, "xn--bcher-kva.fabrikam.example");
    CHECK(idn == Addresses{make_address("192.0.2.9")});
  }(server));
}

TEST_CASE("no and no answer are told apart", "[dns][resolver]") {
  asio::io_context io;
  Dnsmasq server;
  run(io, [](Dnsmasq& server) -> awaitable<void> {
    co_await server.start();
    const auto owner = opened(co_await asio::this_coro::executor, server.settings());
    Resolver& resolver = *owner;
    const std::string no_service =
        co_await ending(services(resolver, "_xmpp-server._tcp.missing.fabrikam.example"));
    CHECK(no_service ==
          "not found: _xmpp-server._tcp.missing.fabrikam.example SRV: Domain name not found");
    const std::string no_host = co_await ending(addresses_of(resolver, "missing.fabrikam.example"));
    CHECK(no_host == "not found: missing.fabrikam.example: Domain name not found");
    const std::string other_type = co_await ending(addresses_of(resolver, "text.fabrikam.example"));
    CHECK_THAT(other_type, Catch::StartsWith("not found: "));
    const std::string not_srv = co_await ending(services(resolver, "xmpp1.fabrikam.example"));
    CHECK_THAT(not_srv, Catch::StartsWith("not found: "));
    const std::string refused = co_await ending(addresses_of(resolver, "elsewhere.example"));
    CHECK_THAT(refused, Catch::StartsWith("failed: "));
  }(server));
}

namespace {

const std::vector<std::string> kNoNames{"a..example", std::string(300, 'a'),
                                        std::string(64, 'a') + ".example",
                                        std::string("fabrikam.example\0.evil.example", 30)};

}  // namespace

TEST_CASE("names that are none are not found", "[dns][resolver]") {
  asio::io_context io;
  OddServer server(io, [](std::string) { return std::string(); });
  run(io, [](const OddServer& server) -> awaitable<void> {
    const auto owner = opened(co_await asio::this_coro::executor, at(server.address(), 20ms, 1));
    Resolver& resolver = *owner;
    for (const std::string& name : kNoNames) {
      INFO(name);
      const std::string addresses = co_await ending(addresses_of(resolver, name));
      CHECK_THAT(addresses, Catch::StartsWith("not found: "));
      const std::string srv = co_await ending(services(resolver, name));
      CHECK_THAT(srv, Catch::StartsWith("not found: "));
    }
    CHECK(server.asked() == 0);
  }(server));
}

TEST_CASE("an address answers itself", "[dns][resolver]") {
  asio::io_context io;
  run(io, []() -> awaitable<void> {
    const auto owner = opened(co_await asio::this_coro::executor, at("127.0.0.1:1"));
    Resolver& resolver = *owner;
    const Addresses four = co_await addresses_of(resolver, "192.0.2.1");
    CHECK(four == Addresses{make_address("192.0.2.1")});
    const Addresses six = co_await addresses_of(resolver, "2001:db8::1");
    CHECK(six == Addresses{make_address("2001:db8::1")});
    const Addresses bracketed = co_await addresses_of(resolver, "[2001:db8::1]");
    CHECK(bracketed == six);
    const Addresses local = co_await addresses_of(resolver, "localhost");  // from the hosts file
    CHECK(std::find(local.begin(), local.end(), make_address("127.0.0.1")) != local.end());
  }());
}

TEST_CASE("servers that misbehave", "[dns][resolver]") {
  struct Row {
    std::string what;
    OddServer::Reply reply;
    std::string ending;
    bool is_an_answer;
  };
  const std::vector<Row> rows{
      {"silence", [](std::string) { return std::string(); }, "failed: ", false},
      {"SERVFAIL", [](std::string q) { return with_rcode(std::move(q), 2); }, "failed: ", true},
      {"NOTIMP", [](std::string q) { return with_rcode(std::move(q), 4); }, "failed: ", true},
      {"REFUSED", [](std::string q) { return with_rcode(std::move(q), 5); }, "failed: ", true},
      {"NXDOMAIN", [](std::string q) { return with_rcode(std::move(q), 3); }, "not found: ", true},
      {"an empty answer", [](std::string q) { return with_rcode(std::move(q), 0); },
       "not found: ", true},
      {"noise", [](std::string q) { return std::string(q.size(), '\xee'); }, "failed: ", false},
      {"half an answer", [](std::string q) { return with_rcode(q.substr(0, 14), 0); },
       "failed: ", false},
      {"another's answer", [](std::string q) { return ++q[0], with_rcode(std::move(q), 3); },
       "failed: ", false},
      {"an address cut short",
       [](std::string q) {
         std::string reply = with_address(q, std::string(asks_for_ipv6(q) ? 16 : 4, '\1'));
         return reply.substr(0, reply.size() - 2);
       },
       "failed: ", true},
      {"one kind of address, and a failure for the other",
       [](std::string q) {
         return asks_for_ipv6(q) ? with_rcode(std::move(q), 2)
                                 : with_address(q, "\xc0\x01\x02\x03");
       },
       "found", true},
      {"no IPv6, and a failure for IPv4",
       [](std::string q) { return with_rcode(q, asks_for_ipv6(q) ? 0 : 2); }, "failed: ", true},
      {"a failure for IPv6, and no IPv4",
       [](std::string q) { return with_rcode(q, asks_for_ipv6(q) ? 2 : 0); }, "failed: ", true},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    asio::io_context io;
    OddServer server(io, row.reply);
    run(io, [](const OddServer& server, const Row& row) -> awaitable<void> {
      const auto owner = opened(co_await asio::this_coro::executor,
                                at(server.address(), row.is_an_answer ? 10s : 30ms, 1));
      Resolver& resolver = *owner;
      const std::string ended = co_await ending(addresses_of(resolver, "fabrikam.example"));
      CHECK_THAT(ended, Catch::StartsWith(row.ending));
      CHECK(server.asked() >= 2);
    }(server, row));
  }
}

TEST_CASE("nobody there, and another who is", "[dns][resolver]") {
  asio::io_context io;
  Dnsmasq server;
  run(io, [](Dnsmasq& server) -> awaitable<void> {
    co_await server.start();
    const std::string nobody = on_loopback(free_port());
    const auto alone = opened(co_await asio::this_coro::executor, at(nobody, 100ms, 1));
    const std::string ended =
        co_await ending(services(*alone, "_xmpp-server._tcp.fabrikam.example"));
    CHECK_THAT(ended, Catch::StartsWith("failed: "));

    Settings both = server.settings();
    both.servers.insert(both.servers.begin(), nobody);
    const auto second = opened(co_await asio::this_coro::executor, both);
    const std::string found =
        co_await ending(services(*second, "_xmpp-server._tcp.fabrikam.example"));
    CHECK(found == "found");
  }(server));
}

TEST_CASE("a name server over IPv6, in each spelling", "[dns][resolver]") {
  asio::io_context io;
  for (const std::string spelling :
       {"192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]", "[2001:db8::53]:53"}) {
    INFO(spelling);
    Resolver resolver(io.get_executor(), {.servers = {spelling}});
    CHECK(resolver.open().ok());
  }
  for (const std::string spelling :
       {"", "ns.example", "192.0.2.53:", "192.0.2.53:0", "192.0.2.53:65536", "192.0.2.53:53x",
        "[2001:db8::53", "[2001:db8::53]:", "1.2.3", "192.0.2.53 "}) {
    INFO(spelling);
    Resolver resolver(io.get_executor(), {.servers = {spelling}});
    const absl::Status status = resolver.open();
    CHECK(status.message() == "dns.servers: \"" + spelling + "\" is not a server's address");
  }
  Resolver of_the_system(io.get_executor(), {});
  CHECK(of_the_system.open().ok());
}

TEST_CASE("a look-up may be cancelled, and the resolver used on", "[dns][resolver]") {
  asio::io_context io;
  bool silent = true;
  OddServer server(io, [&](std::string question) {
    return silent ? std::string()
                  : with_address(question, std::string(asks_for_ipv6(question) ? 16 : 4, '\1'));
  });
  run(io, [](const OddServer& server, bool& silent) -> awaitable<void> {
    const auto owner = opened(co_await asio::this_coro::executor, at(server.address(), 5s, 2));
    Resolver& resolver = *owner;
    const std::string ended =
        co_await ending(within(20ms, addresses_of(resolver, "fabrikam.example")));
    CHECK(ended == "timed out");
    silent = false;
    const Addresses found = co_await addresses_of(resolver, "other.example");
    CHECK(found.size() == 2);
  }(server, silent));
}

TEST_CASE("the end of the resolver ends what is under way", "[dns][resolver]") {
  asio::io_context io;
  OddServer server(io, [](std::string) { return std::string(); });
  run(io, [](asio::io_context& io, const OddServer& server) -> awaitable<void> {
    auto resolver = opened(io.get_executor(), at(server.address()));
    std::string srv;
    std::string addresses;
    const auto look_up = [](awaitable<std::string> ending, std::string& into) -> awaitable<void> {
      into = co_await std::move(ending);
    };
    TaskGroup tasks(io.get_executor());
    tasks.spawn(look_up(ending(services(*resolver, "_xmpp-server._tcp.fabrikam.example")), srv));
    tasks.spawn(look_up(ending(addresses_of(*resolver, "fabrikam.example")), addresses));
    while (server.asked() < 3) co_await sleep(1ms);
    resolver.reset();
    while (tasks.size() != 0) co_await sleep(1ms);
    CHECK_THAT(srv, Catch::StartsWith("failed: "));
    CHECK_THAT(addresses, Catch::StartsWith("failed: "));
    co_await tasks.stop();
  }(io, server));
}

TEST_CASE("many look-ups at once", "[dns][resolver]") {
  asio::io_context io;
  Dnsmasq server;
  run(io, [](asio::io_context& io, Dnsmasq& server) -> awaitable<void> {
    co_await server.start();
    const auto owner = opened(io.get_executor(), server.settings());
    Resolver& resolver = *owner;
    int found = 0;
    const auto look_up = [](Resolver& resolver, int& found) -> awaitable<void> {
      const Addresses addresses = co_await addresses_of(resolver, "xmpp1.fabrikam.example");
      found += addresses.size() == 2;
    };
    TaskGroup tasks(io.get_executor());
    for (int i = 0; i < 100; ++i) tasks.spawn(look_up(resolver, found));
    while (tasks.size() != 0) co_await sleep(1ms);
    CHECK(found == 100);
    co_await tasks.stop();
  }(io, server));
}

namespace {

NameServer::Reply saying(int rcode, std::vector<Record> answers, std::vector<Record> authorities) {
  return [=](const std::string& message) { return reply(message, rcode, answers, authorities); };
}

}  // namespace

TEST_CASE("an answer is kept as long as it holds", "[dns][resolver]") {
  struct Row {
    std::string what;
    NameServer::Reply reply;
    int asked;  // of two look-ups
  };
  const std::string name = "fabrikam.example";
  const std::vector<Row> rows{
      {"records", saying(0, {address(name, "192.0.2.1", 60)}, {}), 1},
      {"records that hold no time", saying(0, {address(name, "192.0.2.1", 0)}, {}), 2},
      {"no such name", saying(3, {}, {authority("example", 60, 60)}), 1},
      {"no such record", saying(0, {}, {authority("example", 60, 60)}), 1},
      {"no such name, without saying how long", saying(3, {}, {}), 2},
      {"a failure", saying(2, {}, {}), 2},
      {"nonsense", saying(0, {{name, kA, 60, "abc"}}, {}), 2},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    asio::io_context io;
    NameServer server(io, row.reply);
    run(io, [](const NameServer& server, const Row& row) -> awaitable<void> {
      const auto resolver = opened(co_await asio::this_coro::executor, at(server.address(), 5s, 1));
      const Known first = co_await resolver->look_up("fabrikam.example", Type::a);
      const Known second = co_await resolver->look_up("Fabrikam.Example", Type::a);
      CHECK(server.asked() == row.asked);
      CHECK((first == second) == (row.asked == 1));
      CHECK(first->words == second->words);
    }(server, row));
  }
}

TEST_CASE("answers are kept within limits", "[dns][resolver]") {
  asio::io_context io;
  NameServer server(io);
  server.add(address("fabrikam.example", "192.0.2.1", 1'000'000));
  run(io, [](const NameServer& server) -> awaitable<void> {
    Settings settings = at(server.address());
    settings.longest_ttl = 100s;
    settings.longest_negative_ttl = 10s;
    const auto resolver = opened(co_await asio::this_coro::executor, settings);
    const auto now = Answer::Clock::now();
    const Known positive = co_await resolver->look_up("fabrikam.example", Type::a);
    CHECK(positive->expires > now + 90s);
    CHECK(positive->expires < now + 130s);
    const Known negative = co_await resolver->look_up("fabrikam.example", Type::aaaa);
    CHECK(negative->expires > now + 5s);
    CHECK(negative->expires < now + 40s);
  }(server));
}

TEST_CASE("who asks the same at once shares the answer", "[dns][resolver]") {
  asio::io_context io;
  NameServer server(io);
  server.add(address("fabrikam.example", "192.0.2.1"));
  run(io, [](asio::io_context& io, const NameServer& server) -> awaitable<void> {
    const auto resolver = opened(io.get_executor(), at(server.address()));
    std::vector<Known> answers;
    const auto look_up = [](Resolver& resolver, std::vector<Known>& into) -> awaitable<void> {
      const Known answer = co_await resolver.look_up("fabrikam.example", Type::a);
      into.push_back(answer);
    };
    TaskGroup tasks(io.get_executor());
    for (int i = 0; i < 50; ++i) tasks.spawn(look_up(*resolver, answers));
    while (tasks.size() != 0) co_await sleep(1ms);
    CHECK(server.asked() == 1);
    REQUIRE(answers.size() == 50);
    CHECK(std::count(answers.begin(), answers.end(), answers.front()) == 50);
    co_await tasks.stop();
  }(io, server));
}

TEST_CASE("one who waits may leave, and the others get the answer", "[dns][resolver]") {
  asio::io_context io;
  bool silent = true;
  NameServer server(io, [&](const std::string& message) {
    return silent ? std::string() : reply(message, 0, {address("fabrikam.example", "192.0.2.1")});
  });
  run(io, [](const NameServer& server, bool& silent) -> awaitable<void> {
    const auto resolver =
        opened(co_await asio::this_coro::executor, at(server.address(), 100ms, 5));
    const std::string ended =
        co_await ending(within(10ms, addresses_of(*resolver, "fabrikam.example")));
    CHECK(ended == "timed out");
    silent = false;
    const Known answer = co_await resolver->look_up("fabrikam.example", Type::a);
    CHECK(answer->addresses == Addresses{make_address("192.0.2.1")});
  }(server, silent));
}

TEST_CASE("resolv.conf may change while we run", "[dns][resolver]") {
  asio::io_context io;
  NameServer before(io, {asio::ip::make_address_v4("127.0.0.2"), 0});
  before.add(address("one.example", "192.0.2.1"));
  before.be_silent("late.example");
  NameServer after(io, {asio::ip::make_address_v4("127.0.0.3"), before.port()});
  after.add(address("two.example", "192.0.2.2"));
  const TemporaryDirectory directory;
  const auto write = [&](const std::string& server) {
    return directory.write("resolv.conf", "nameserver " + server + "\n");
  };
  const std::string file = write("127.0.0.2");
  run(io,
      [](asio::io_context& io, NameServer& before, NameServer& after, auto& write,
         std::string file) -> awaitable<void> {
        Settings settings;
        settings.resolv_conf = file;
        settings.resolv_conf_check = 0ms;
        settings.timeout = 5s;
        settings.port = before.port();
        const auto resolver = opened(io.get_executor(), settings);
        const Known one = co_await resolver->look_up("one.example", Type::a);
        CHECK(one->addresses == Addresses{make_address("192.0.2.1")});

        // A question under way is not lost: it goes on where it was asked.
        std::string late;
        const auto look_up = [](awaitable<std::string> ending,
                                std::string& into) -> awaitable<void> {
          into = co_await std::move(ending);
        };
        TaskGroup tasks(io.get_executor());
        tasks.spawn(look_up(ending(services(*resolver, "late.example")), late));
        while (before.asked("late.example") == 0) co_await sleep(1ms);

        std::filesystem::remove(file);
        write("127.0.0.3");
        const Known two = co_await resolver->look_up("two.example", Type::a);
        CHECK(two->addresses == Addresses{make_address("192.0.2.2")});
        CHECK(after.asked() == 1);
        CHECK(late.empty());
        co_await tasks.stop();
      }(io, before, after, write, file));
}

TEST_CASE("a resolv.conf that is not there means this host", "[dns][resolver]") {
  asio::io_context io;
  Settings settings;
  settings.resolv_conf = "/nonexistent/resolv.conf";
  Resolver resolver(io.get_executor(), settings);
  CHECK(resolver.open().ok());
}

TEST_CASE("a resolver that was not opened fails in words", "[dns][resolver]") {
  asio::io_context io;
  run(io, [](asio::io_context& io) -> awaitable<void> {
    Resolver resolver(io.get_executor(), {});
    const std::string ended = co_await ending(services(resolver, "fabrikam.example"));
    CHECK(ended == "failed: fabrikam.example SRV: no name server is known");
  }(io));
}

TEST_CASE("a reply that is cut short is asked for over TCP, and fails without", "[dns][resolver]") {
  asio::io_context io;
  NameServer server(io, [](const std::string& message) {
    std::string cut = reply(message, 0);
    cut[2] = static_cast<char>(cut[2] | 0x02);
    return cut;
  });
  run(io, [](const NameServer& server) -> awaitable<void> {
    const auto resolver = opened(co_await asio::this_coro::executor, at(server.address(), 1s, 1));
    const std::string ended = co_await ending(services(*resolver, "fabrikam.example"));
    CHECK_THAT(ended, Catch::StartsWith("failed: "));
  }(server));
}

TEST_CASE("hostile records do no harm", "[dns][resolver]") {
  const std::string name = "_xmpp-server._tcp.fabrikam.example";
  struct Row {
    std::string what;
    std::vector<Record> records;
    std::string ending;
  };
  const std::vector<Row> rows{
      {"aliases in a circle",
       {alias(name, "a.example"), alias("a.example", name)},
       "failed: " + name + " SRV: bad reply: its aliases go in a circle"},
      {"a target that points at itself",
       {{name, kSrv, 60, bytes16(1) + bytes16(1) + bytes16(1) + "\xc0\x0c\xc0\x0c"}},
       "found"},
      {"an empty record",
       {{name, kSrv, 60, ""}},
       "failed: " + name + " SRV: bad reply: a record is malformed"},
      {"an address as a target", {service(name, 1, 1, 5269, "192.0.2.1")}, "found"},
      {"no host as a target",
       {service(name, 1, 1, 5269, "<evil>")},
       "failed: " + name + " SRV: bad reply: none of its records can be used"},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    asio::io_context io;
    NameServer server(io, saying(0, row.records, {}));
    run(io, [](const NameServer& server, const Row& row) -> awaitable<void> {
      const auto resolver = opened(co_await asio::this_coro::executor, at(server.address(), 5s, 1));
      const std::string ended =
          co_await ending(services(*resolver, "_xmpp-server._tcp.fabrikam.example"));
      CHECK(ended == row.ending);
    }(server, row));
  }
}
