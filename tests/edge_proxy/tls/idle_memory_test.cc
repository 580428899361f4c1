// What an idle stream keeps: tens of thousands of them are the edge's daily work.

#include <malloc.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <string>

#include "edge_proxy/async/task_group.h"
#include "edge_proxy/tls/transport.h"
#include "tests/support/asio/run.h"
#include "tests/support/certificates/certificates.h"
#include "tests/support/process/temporary_directory.h"

using asio::awaitable;
using asio::ip::tcp;
using causeway::edge::async::TaskGroup;
using namespace causeway::edge::tls;
using namespace causeway::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kStreams = 400;
constexpr std::size_t kWarmUp = 20;
constexpr std::size_t kAllowedBytes = 8 << 10;  // socket, coroutine and names included

using ContextPtr = std::shared_ptr<const Context>;
std::array<char, 64 << 10> shared_buffer;

std::size_t heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

struct Side {
  ContextPtr context;
  bool accepts;
  std::size_t idle = 0;
};

// Handshake, one stanza each way, and then nothing until the other side has gone.
awaitable<void> stream(tcp::socket socket, Side& side) {
  Transport transport(std::move(socket));
  if (side.accepts) {
    co_await transport.accept_tls(side.context);
  } else {
    co_await transport.connect_tls(side.context, "fabrikam.example");
  }
  transport.forget_chain();
  {
    const std::string stanza(400, 'x');
    co_await transport.write(stanza);
    std::size_t seen = 0;
    while (seen < stanza.size()) seen += co_await transport.read(shared_buffer);
  }
  ++side.idle;
  while (co_await transport.read(shared_buffer) != 0) continue;
}

awaitable<void> open_streams(tcp::acceptor& acceptor, TaskGroup& streams, Side& side,
                             std::size_t count) {
  const tcp::endpoint there = acceptor.local_endpoint();
  for (std::size_t i = 0; i < count; ++i) {
    tcp::socket socket(co_await asio::this_coro::executor);
    if (side.accepts) {
      socket = co_await acceptor.async_accept(asio::use_awaitable);
    } else {
      co_await socket.async_connect(there, asio::use_awaitable);
    }
    streams.spawn(stream(std::move(socket), side));
  }
}

// The other end, in a process of its own so that only one is weighed.
[[noreturn]] void be_the_peer(int listener, Side side) {
  asio::io_context io;
  tcp::acceptor acceptor(io, tcp::v4(), listener);
  TaskGroup streams(io.get_executor(), [](std::exception_ptr) {});
  asio::co_spawn(io, open_streams(acceptor, streams, side, kWarmUp + kStreams),
                 [](std::exception_ptr) {});
  io.run();
  ::_exit(0);
}

awaitable<void> until_idle(const Side& side, std::size_t count) {
  while (side.idle < count) co_await sleep(1ms);
}

std::size_t bytes_of_an_idle_stream(const ContextPtr& us, const ContextPtr& peer, bool accepting) {
  asio::io_context io;
  tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  const pid_t child = ::fork();
  if (child == 0) be_the_peer(::dup(acceptor.native_handle()), {peer, !accepting});
  Side side{us, accepting};
  std::size_t bytes = 0;
  run(io,
      [](tcp::acceptor& acceptor, Side& side, std::size_t& bytes, pid_t child) -> awaitable<void> {
        TaskGroup streams(co_await asio::this_coro::executor, [](std::exception_ptr) {});
        co_await open_streams(acceptor, streams, side, kWarmUp);
        co_await until_idle(side, kWarmUp);
        const std::size_t before = heap_bytes();
        co_await open_streams(acceptor, streams, side, kStreams);
        co_await until_idle(side, kWarmUp + kStreams);
        bytes = (heap_bytes() - before) / kStreams;
        ::kill(child, SIGKILL);
        co_await streams.stop();
      }(acceptor, side, bytes, child));
  ::waitpid(child, nullptr, 0);
  return bytes;
}

}  // namespace

TEST_CASE("an idle stream is small", "[tls][memory]") {
  if (heap_bytes() == 0) return;  // a sanitizer's allocator does not tell
  const TemporaryDirectory directory;
  Authority ca(directory.path(), "Test CA");
  Authority between(directory.path(), "Between", &ca);
  const auto load = [&](const std::string& domain) {
    const CertificateFiles files =
        between.issue({.dns = {domain, "*." + domain}, .xmpp_addrs = {domain}});
    return Context::load({.certificate = files.certificate_file,
                          .private_key = files.private_key_file,
                          .trust_anchors = ca.certificate_file()})
        .value();
  };
  const ContextPtr contoso = load("contoso.example");
  const ContextPtr fabrikam = load("fabrikam.example");
  const bool accepting = GENERATE(true, false);
  const std::size_t bytes = bytes_of_an_idle_stream(contoso, fabrikam, accepting);
  CAPTURE(accepting);
  CHECK(bytes > 500);
  CHECK(bytes < kAllowedBytes);
}
