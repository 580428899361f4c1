#include "edge_proxy/tls/transport.h"

#include <array>
#include <asio/io_context.hpp>
#include <asio/read.hpp>
#include <asio/redirect_error.hpp>
#include <asio/system_error.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <optional>
#include <string>

#include "edge_proxy/async/task_group.h"
#include "edge_proxy/async/within.h"
#include "edge_proxy/tls/fault.h"
#include "tests/edge_proxy/tls/pair.h"
#include "tests/support/asio/run.h"
#include "tests/support/certificates/certificates.h"
#include "tests/support/process/process.h"
#include "tests/support/process/temporary_directory.h"

using asio::awaitable;
using asio::ip::tcp;
using causeway::edge::async::TaskGroup;
using causeway::edge::async::TimedOut;
using causeway::edge::async::within;
using namespace causeway::edge::tls;
using namespace causeway::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

// Certificates are made once for the whole program.
struct World {
  TemporaryDirectory directory;
  Authority ca{directory.path(), "Test CA"};
  CertificateFiles contoso_files = ca.issue({.dns = {"contoso.example"}});
  CertificateFiles fabrikam_files = ca.issue({.dns = {"fabrikam.example"}});
  std::shared_ptr<const Context> contoso = load(contoso_files);
  std::shared_ptr<const Context> fabrikam = load(fabrikam_files);

  std::shared_ptr<const Context> load(const CertificateFiles& files) {
    return Context::load({.certificate = files.certificate_file,
                          .private_key = files.private_key_file,
                          .trust_anchors = ca.certificate_file()})
        .value();
  }
};

World& world() {
  static World only;
  return only;
}

awaitable<std::string> read_exactly(Transport& from, std::size_t size, std::size_t buffer_size) {
  std::string buffer(buffer_size, '\0');
  std::string text;
  while (text.size() < size) {
    const std::size_t count = co_await from.read(buffer);
    if (count == 0) break;
    text.append(buffer, 0, count);
  }
  co_return text;
}

awaitable<std::string> read_to_end(Transport& from) {
  return read_exactly(from, SIZE_MAX, 64 << 10);
}

std::string pattern(std::size_t size, unsigned seed) {
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>((seed = seed * 1664525 + 1013904223) >> 24);
  return text;
}

// The message of what it threw; its code goes to `code`.
awaitable<std::string> failure_of(awaitable<void> op, std::error_code& code) {
  try {
    co_await std::move(op);
  } catch (const asio::system_error& error) {
    code = error.code();
    co_return error.what();
  }
  co_return "";
}

awaitable<void> drop(awaitable<std::size_t> read) { (void)co_await std::move(read); }

}  // namespace

TEST_CASE("plain bytes go both ways", "[tls][transport]") {
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  run(io, [](Pair& pair) -> awaitable<void> {
    co_await pair.client.write("<stream>");
    const std::string there = co_await read_exactly(pair.server, 8, 4);
    CHECK(there == "<stream>");
    co_await pair.server.write("<features/>");
    const std::string back = co_await read_exactly(pair.client, 11, 64 << 10);
    CHECK(back == "<features/>");
    CHECK_FALSE(pair.client.encrypted());
    CHECK_FALSE(pair.client.peer_certificate().present);
    CHECK(pair.client.tls_version().empty());
    CHECK(pair.client.tls_cipher().empty());
  }(pair));
}

TEST_CASE("a plain stream is upgraded", "[tls][transport]") {
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  run(io, [](Pair& pair) -> awaitable<void> {
    co_await pair.client.write("<starttls/>");
    const std::string asked = co_await read_exactly(pair.server, 11, 100);
    CHECK(asked == "<starttls/>");
    co_await pair.server.write("<proceed/>");
    const std::string answer = co_await read_exactly(pair.client, 10, 100);
    CHECK(answer == "<proceed/>");
    co_await secure(pair, world().contoso, world().fabrikam);

    CHECK(pair.client.encrypted());
    CHECK(pair.server.tls_version() == "TLSv1.3");
    CHECK_THAT(pair.server.tls_cipher(), Catch::StartsWith("TLS_"));
    CHECK(pair.client.peer_certificate().dns_ids == std::vector<std::string>{"fabrikam.example"});
    CHECK(pair.server.peer_certificate().dns_ids == std::vector<std::string>{"contoso.example"});
    CHECK(pair.server.peer_certificate().trusted);
    co_await pair.client.write("ping");
    const std::string there = co_await read_exactly(pair.server, 4, 100);
    CHECK(there == "ping");
    co_await pair.server.write("pong");
    const std::string back = co_await read_exactly(pair.client, 4, 64 << 10);
    CHECK(back == "pong");
  }(pair));
}

TEST_CASE("addresses are written as people write them", "[tls][transport]") {
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  CHECK_THAT(pair.client.peer_address(), Catch::StartsWith("127.0.0.1:"));
  // A dual-stack listener sees IPv4 as mapped addresses.
  tcp::acceptor any(io, {asio::ip::address_v6::any(), 0});
  tcp::socket four(io);
  four.connect({asio::ip::address_v4::loopback(), any.local_endpoint().port()});
  const Transport mapped(any.accept());
  CHECK(mapped.peer_address() == "127.0.0.1:" + std::to_string(four.local_endpoint().port()));
  tcp::socket six(io);
  std::error_code no_v6;
  six.connect({asio::ip::address_v6::loopback(), any.local_endpoint().port()}, no_v6);
  if (!no_v6) CHECK_THAT(Transport(any.accept()).peer_address(), Catch::StartsWith("[::1]:"));
}

TEST_CASE("large transfers in both directions at once", "[tls][transport]") {
  const std::size_t buffer_size = GENERATE(500, 4096, 20000, 32 << 10, 64 << 10, 1 << 20);
  const bool tls = GENERATE(false, true);
  CAPTURE(buffer_size, tls);
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  run(io, [](Pair& pair, std::size_t buffer_size, bool tls) -> awaitable<void> {
    if (tls) co_await secure(pair, world().contoso, world().fabrikam);
    const std::string out = pattern(3'000'001, 1);
    const std::string in = pattern(2'000'003, 2);
    std::string out_seen;
    std::string in_seen;
    const auto receive = [](Transport& from, std::string& into, std::size_t size,
                            std::size_t buffer_size) -> awaitable<void> {
      into = co_await read_exactly(from, size, buffer_size);
    };
    TaskGroup writers(co_await asio::this_coro::executor);
    writers.spawn(pair.client.write(out));
    writers.spawn(pair.server.write(in));
    const Endings readers = co_await both(receive(pair.server, out_seen, out.size(), buffer_size),
                                          receive(pair.client, in_seen, in.size(), buffer_size));
    readers.rethrow();
    co_await writers.stop();
    CHECK((out_seen == out));
    CHECK((in_seen == in));
  }(pair, buffer_size, tls));
}

TEST_CASE("many small records, read with buffers of changing size", "[tls][transport]") {
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  run(io, [](Pair& pair) -> awaitable<void> {
    co_await secure(pair, world().contoso, world().fabrikam);
    std::string sent;
    std::string seen;
    std::array<char, 40000> buffer;
    const std::size_t sizes[] = {40000, 1, 33000, 7, 300, 16384, 36000};
    std::size_t turn = 0;
    for (int round = 0; round < 200; ++round) {
      for (int i = 0; i < 20; ++i) {
        const std::string record = pattern(1 + (round * 37 + i * 101) % 900, round);
        co_await pair.client.write(record);
        sent += record;
      }
      if (round % 50 == 0) {
        const std::string large = pattern(50000, round);
        sent += large;
        co_await pair.client.write(large);
      }
      while (seen.size() + 2000 < sent.size()) {
        const std::span<char> room(buffer.data(), sizes[turn++ % std::size(sizes)]);
        const std::size_t count = co_await pair.server.read(room);
        REQUIRE(count != 0);
        seen.append(buffer.data(), count);
      }
    }
    co_await pair.client.shutdown();
    const std::string rest = co_await read_to_end(pair.server);
    CHECK((seen + rest == sent));
  }(pair));
}

TEST_CASE("streams of a thread may share a buffer", "[tls][transport]") {
  asio::io_context io;
  Pair first = connected_pair(io.get_executor());
  Pair second = connected_pair(io.get_executor());
  run(io, [](Pair& first, Pair& second) -> awaitable<void> {
    co_await secure(first, world().contoso, world().fabrikam);
    co_await secure(second, world().contoso, world().fabrikam);
    std::array<char, 64 << 10> shared;
    std::string seen[2];
    const auto receive = [](Transport& from, std::span<char> buffer,
                            std::string& into) -> awaitable<void> {
      while (into.size() < 500'000) {
        const std::size_t count = co_await from.read(buffer);
        into.append(buffer.data(), count);
      }
    };
    const std::string one = pattern(500'000, 1);
    const std::string two = pattern(500'000, 2);
    TaskGroup writers(co_await asio::this_coro::executor);
    writers.spawn(first.client.write(one));
    writers.spawn(second.client.write(two));
    const Endings readers = co_await both(receive(first.server, shared, seen[0]),
                                          receive(second.server, shared, seen[1]));
    readers.rethrow();
    co_await writers.stop();
    CHECK((seen[0] == one));
    CHECK((seen[1] == two));
  }(first, second));
}

TEST_CASE("half-close: the peer reads the end and may still answer", "[tls][transport]") {
  const bool tls = GENERATE(false, true);
  CAPTURE(tls);
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  run(io, [](Pair& pair, bool tls) -> awaitable<void> {
    if (tls) co_await secure(pair, world().contoso, world().fabrikam);
    co_await pair.client.write("</stream>");
    co_await pair.client.shutdown();
    co_await pair.client.shutdown();  // twice does no harm
    const std::string there = co_await read_to_end(pair.server);
    CHECK(there == "</stream>");
    co_await pair.server.write("</stream:stream>");
    co_await pair.server.shutdown();
    const std::string back = co_await read_to_end(pair.client);
    CHECK(back == "</stream:stream>");
  }(pair, tls));
}

TEST_CASE("an end without close_notify is an end", "[tls][transport]") {
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  run(io, [](Pair& pair) -> awaitable<void> {
    co_await secure(pair, world().contoso, world().fabrikam);
    co_await pair.client.write("last words");
    pair.client.close();
    const std::string there = co_await read_to_end(pair.server);
    CHECK(there == "last words");
  }(pair));
}

TEST_CASE("writing to a peer that has gone is an error, not a signal", "[tls][transport]") {
  const bool tls = GENERATE(false, true);
  CAPTURE(tls);
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  run(io, [](Pair& pair, bool tls) -> awaitable<void> {
    if (tls) co_await secure(pair, world().contoso, world().fabrikam);
    pair.client.close();
    std::error_code code;
    const std::string large = pattern(1 << 20, 1);
    for (int i = 0; i < 100 && !code; ++i) {
      (void)co_await failure_of(pair.server.write(large), code);
    }
    CHECK((code == asio::error::broken_pipe || code == asio::error::connection_reset));
    co_await pair.server.shutdown();  // says nothing
  }(pair, tls));
}

TEST_CASE("close ends what is waiting", "[tls][transport]") {
  const bool tls = GENERATE(false, true);
  CAPTURE(tls);
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  run(io, [](Pair& pair, bool tls) -> awaitable<void> {
    if (tls) co_await secure(pair, world().contoso, world().fabrikam);
    std::array<char, 100> buffer;
    std::error_code code;
    const auto close_it = [](Transport& transport) -> awaitable<void> {
      transport.close();
      co_return;
    };
    const auto waits = [](Transport& transport, std::span<char> buffer,
                          std::error_code& code) -> awaitable<void> {
      (void)co_await failure_of(drop(transport.read(buffer)), code);
    };
    const Endings endings = co_await both(waits(pair.server, buffer, code), close_it(pair.server));
    endings.rethrow();
    CHECK(code == asio::error::operation_aborted);
  }(pair, tls));
}

TEST_CASE("reads, writes and handshakes can be limited in time", "[tls][transport]") {
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  Pair mute = connected_pair(io.get_executor());
  run(io, [](Pair& pair, Pair& mute) -> awaitable<void> {
    co_await secure(pair, world().contoso, world().fabrikam);
    const auto times_out = [](awaitable<void> op) -> awaitable<bool> {
      try {
        co_await within(20ms, std::move(op));
      } catch (const TimedOut&) {
        co_return true;
      }
      co_return false;
    };
    std::array<char, 100> buffer;
    const bool read = co_await times_out(drop(pair.server.read(buffer)));
    CHECK(read);
    const std::string large = pattern(32 << 20, 1);
    const bool write = co_await times_out(pair.client.write(large));
    CHECK(write);
    const bool accept = co_await times_out(mute.server.accept_tls(world().fabrikam));
    CHECK(accept);
  }(pair, mute));
}

TEST_CASE("the domain is in the first flight, as SNI", "[tls][transport]") {
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  run(io, [](Pair& pair) -> awaitable<void> {
    TaskGroup client(co_await asio::this_coro::executor);
    client.spawn(pair.client.connect_tls(world().contoso, "xn--bcher-kva.example"));
    std::array<char, 4096> buffer;
    const std::size_t count = co_await pair.server.read(buffer);
    CHECK_THAT(std::string(buffer.data(), count), Contains("xn--bcher-kva.example"));
    co_await client.stop();
  }(pair));
}

TEST_CASE("who does not speak TLS is told so in the log", "[tls][transport]") {
  struct Row {
    std::string says, message;
  };
  const auto row = GENERATE(values<Row>({
      {"<?xml version='1.0'?><stream:stream to='contoso.example'>", "the peer does not speak TLS"},
      {"GET / HTTP/1.1\r\nHost: contoso.example\r\n\r\n", "the peer speaks HTTP"},
      {std::string("\x16\x03\x01\x00\x02\x01\x00", 7) + std::string(40, '\0'), ""},
      {pattern(5000, 3), ""},
  }));
  const bool connecting = GENERATE(false, true);
  CAPTURE(connecting);
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  run(io, [](Pair& pair, const Row& row, bool connecting) -> awaitable<void> {
    co_await pair.client.write(row.says);
    std::error_code code;
    awaitable<void> handshake = connecting ? pair.server.connect_tls(world().contoso, "x.example")
                                           : pair.server.accept_tls(world().contoso);
    const std::string said = co_await failure_of(std::move(handshake), code);
    CHECK(code.category() == tls_category());
    CHECK_FALSE(code.message().empty());
    if (!connecting || row.message == "the peer does not speak TLS") {
      CHECK_THAT(said, Contains(row.message));
    }
    CHECK_FALSE(pair.server.encrypted());
  }(pair, row, connecting));
}

namespace {

// Passes on `budget` bytes, counting both directions, then cuts the line.
class Cutter {
 public:
  Cutter(asio::any_io_executor executor, std::size_t budget) : budget_(budget) {
    auto [a, b] = connected_sockets(executor);
    auto [c, d] = connected_sockets(executor);
    client_.emplace(std::move(a));
    left_.emplace(std::move(b));
    right_.emplace(std::move(c));
    server_.emplace(std::move(d));
  }

  Transport& client() { return *client_; }
  Transport& server() { return *server_; }
  std::size_t passed() const { return passed_; }

  awaitable<void> run() {
    const Endings endings = co_await both(pump(*left_, *right_), pump(*right_, *left_));
    endings.rethrow();
  }

 private:
  awaitable<void> pump(tcp::socket& from, tcp::socket& to) {
    char byte[64];
    std::error_code ec;
    while (!ec) {
      const std::size_t room = std::min(sizeof(byte), budget_ - passed_);
      if (room == 0) break;
      const std::size_t count = co_await from.async_read_some(
          asio::buffer(byte, room), asio::redirect_error(asio::use_awaitable, ec));
      const std::size_t allowed = std::min(count, budget_ - passed_);
      passed_ += allowed;
      if (!ec) {
        co_await asio::async_write(to, asio::buffer(byte, allowed),
                                   asio::redirect_error(asio::use_awaitable, ec));
      }
    }
    std::error_code ignored;
    left_->close(ignored);
    right_->close(ignored);
  }

  std::size_t budget_;
  std::size_t passed_ = 0;
  std::optional<Transport> client_, server_;
  std::optional<tcp::socket> left_, right_;
};

// Bytes that crossed, and whether either end believed it had a stream.
struct Cut {
  std::size_t passed = 0;
  bool connected = false;
  bool accepted = false;
};

awaitable<Cut> handshake_cut_after(std::size_t budget) {
  Cutter cutter(co_await asio::this_coro::executor, budget);
  TaskGroup line(co_await asio::this_coro::executor);
  line.spawn(cutter.run());
  const Endings endings =
      co_await both(within(10s, cutter.client().connect_tls(world().contoso, "fabrikam.example")),
                    within(10s, cutter.server().accept_tls(world().fabrikam)));
  for (const std::exception_ptr& fault : {endings.first, endings.second}) {
    if (!fault) continue;
    try {
      std::rethrow_exception(fault);
    } catch (
        const asio::system_error& error) {  // anything else, TimedOut above all, fails the test
      CHECK_FALSE(std::string(error.what()).empty());
    }
  }
  Cut cut{.passed = 0, .connected = !endings.first, .accepted = !endings.second};
  cutter.client().close();
  cutter.server().close();
  co_await line.stop();
  cut.passed = cutter.passed();
  co_return cut;
}

}  // namespace

TEST_CASE("the peer vanishes anywhere in the handshake", "[tls][transport]") {
  asio::io_context io;
  run(io, []() -> awaitable<void> {
    const Cut whole = co_await handshake_cut_after(SIZE_MAX / 2);
    REQUIRE(whole.connected);
    REQUIRE(whole.accepted);
    REQUIRE(whole.passed > 1000);
    // ECDSA signatures vary in length by a few bytes.
    for (std::size_t budget = 0; budget + 16 < whole.passed; budget += 23) {
      INFO(budget);
      const Cut cut = co_await handshake_cut_after(budget);
      CHECK_FALSE(cut.accepted);
    }
  }());
}

TEST_CASE("OpenSSL connects to us", "[tls][transport][openssl]") {
  struct Row {
    std::vector<std::string> options;
    std::string version;  // empty: refused
    std::string error;
  };
  const auto row = GENERATE(values<Row>({
      {{"-tls1_3"}, "TLSv1.3", ""},
      {{"-tls1_2"}, "TLSv1.2", ""},
      {{"-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"}, "TLSv1.2", ""},
      {{"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"}, "", "no cipher suite in common"},
      {{"-tls1_2", "-cipher", "AES128-GCM-SHA256"}, "", "no cipher suite in common"},
      {{"-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"}, "", "no TLS version in common"},
      {{"-tls1_3", "-groups", "X448"}, "", "no key exchange group in common"},
  }));
  const bool with_certificate = GENERATE(true, false);
  CAPTURE(row.options, with_certificate);
  asio::io_context io;
  tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  const TemporaryDirectory directory;
  const std::string log = directory.path() / "s_client.log";
  std::vector<std::string> command{"openssl",
                                   "s_client",
                                   "-connect",
                                   "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()),
                                   "-ign_eof",
                                   "-CAfile",
                                   world().ca.certificate_file(),
                                   "-verify_return_error",
                                   "-servername",
                                   "contoso.example"};
  command.insert(command.end(), row.options.begin(), row.options.end());
  if (with_certificate) {
    command.insert(command.end(), {"-cert", world().fabrikam_files.certificate_file, "-key",
                                   world().fabrikam_files.private_key_file});
  }
  Process client(command, log);
  run(io, [](tcp::acceptor& acceptor, const Row& row, bool with_certificate) -> awaitable<void> {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    Transport server(std::move(socket));
    std::error_code code;
    const std::string said = co_await failure_of(server.accept_tls(world().contoso), code);
    if (row.version.empty()) {
      CHECK_THAT(said, Contains(row.error));
      co_return;
    }
    REQUIRE(said.empty());
    CHECK(server.tls_version() == row.version);
    CHECK(server.peer_certificate().present == with_certificate);
    CHECK(server.peer_certificate().trusted == with_certificate);
    co_await server.write("hello from the edge\n");
    co_await server.shutdown();
    (void)co_await read_to_end(server);
  }(acceptor, row, with_certificate));
  const int status = client.wait();
  CHECK((status == 0) == !row.version.empty());
}

namespace {

// The port that s_server chose, which it writes into its log: "ACCEPT 0.0.0.0:46321".
awaitable<unsigned short> port_in(const std::string& log, Process& server) {
  for (;;) {
    std::ifstream in(log);
    std::string line;
    while (std::getline(in, line)) {
      const std::size_t colon = line.rfind(':');
      if (in && line.starts_with("ACCEPT ") && colon != std::string::npos) {
        co_return static_cast<unsigned short>(std::stoi(line.substr(colon + 1)));
      }
    }
    if (!server.running()) throw std::runtime_error("openssl s_server has ended");
    co_await sleep(1ms);
  }
}

}  // namespace

TEST_CASE("we connect to OpenSSL, which sends tickets that we do not want",
          "[tls][transport][openssl]") {
  const std::string version = GENERATE("-tls1_3", "-tls1_2");
  CAPTURE(version);
  asio::io_context io;
  const TemporaryDirectory directory;
  const std::string log = directory.path() / "s_server.log";
  Process server(
      {"openssl", "s_server", "-4", "-accept", "0", version, "-rev", "-cert",
       world().fabrikam_files.certificate_file, "-key", world().fabrikam_files.private_key_file,
       "-CAfile", world().ca.certificate_file(), "-Verify", "2", "-verify_return_error"},
      log);
  run(io, [](const std::string& log, Process& server) -> awaitable<void> {
    const tcp::endpoint there(asio::ip::address_v4::loopback(), co_await port_in(log, server));
    tcp::socket socket(co_await asio::this_coro::executor);
    co_await socket.async_connect(there, asio::use_awaitable);
    Transport client(std::move(socket));
    co_await client.connect_tls(world().contoso, "fabrikam.example");
    CHECK(client.peer_certificate().trusted);
    co_await client.write("stressed\n");
    const std::string back = co_await read_exactly(client, 9, 64 << 10);
    CHECK(back == "desserts\n");
    co_await client.shutdown();
  }(log, server));
}
