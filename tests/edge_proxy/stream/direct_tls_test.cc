#include "edge_proxy/stream/direct_tls.h"

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "edge_proxy/async/task_group.h"
#include "edge_proxy/stream/transport_stream.h"
#include "tests/support/asio/run.h"
#include "tests/support/certificates/certificates.h"
#include "tests/support/process/temporary_directory.h"

using namespace causeway;
using namespace causeway::edge;
using asio::awaitable;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

const std::string kClear = "answered in clear: the _xmpps-server record points at a STARTTLS port";
const std::string kNothing =
    "no answer to TLS: the _xmpps-server record may point at a STARTTLS port";

// A stream to somebody who should speak TLS.
struct Call {
  Call() {
    test::Authority ca(directory.path(), "Test CA");
    const test::CertificateFiles files =
        ca.issue({.common_name = "edge", .dns = {"fabrikam.example"}});
    auto loaded = tls::Context::load({.certificate = files.certificate_file,
                                      .private_key = files.private_key_file,
                                      .trust_anchors = ca.certificate_file()});
    REQUIRE(loaded.ok());
    settings.tls = *loaded;
    tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    tcp::socket ours(io);
    ours.connect(acceptor.local_endpoint());
    peer = std::make_unique<tcp::socket>(acceptor.accept());
    stream = std::make_unique<stream::TransportStream>(tls::Transport(std::move(ours)), settings);
  }

  // How it ends: empty when TLS has begun.
  std::string ending(std::chrono::milliseconds limit) {
    std::string ended;
    test::run(io, begin(*stream, limit, ended));
    return ended;
  }

  static awaitable<void> begin(stream::XmlStream& stream, std::chrono::milliseconds limit,
                               std::string& ended) {
    try {
      co_await stream::begin_direct_tls(stream, "fabrikam.example", "contoso.example", limit);
    } catch (const stream::Ended& end) {
      ended = end.what();
    } catch (const std::exception& error) {
      ended = std::string("other: ") + error.what();
    }
  }

  test::TemporaryDirectory directory;
  asio::io_context io{1};
  std::vector<char> buffer = std::vector<char>(64 << 10);
  stream::StreamSettings settings{nullptr, buffer, {8192, 32, 16, 32, 1 << 20}, 64 << 10};
  std::unique_ptr<tcp::socket> peer;
  std::unique_ptr<stream::TransportStream> stream;
};

}  // namespace

TEST_CASE("a record for direct TLS that points at a port for STARTTLS", "[stream][direct_tls]") {
  struct Row {
    std::string what;
    std::string says;
    std::string ending;
  };
  const std::vector<Row> rows{
      {"a stream header",
       "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams'>",
       kClear},
      {"a stream error", "<stream:error><not-well-formed/></stream:error></stream:stream>", kClear},
      {"HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", kClear},
      {"SMTP", "220 mail.fabrikam.example ESMTP\r\n", kClear},
      {"a single byte", "<", kNothing},
      {"nothing", "", kNothing},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    Call call;
    asio::write(*call.peer, asio::buffer(row.says));
    CHECK(call.ending(row.ending == kNothing ? 50ms : 20s) == row.ending);
  }
}

TEST_CASE("a server that hangs up on TLS", "[stream][direct_tls]") {
  for (const bool unread : {false, true}) {
    INFO(unread);
    Call call;
    if (unread) {
      call.peer->close();  // what comes is answered with a reset
    } else {
      call.peer->shutdown(tcp::socket::shutdown_send);
    }
    CHECK(call.ending(20s) == kNothing);
  }
}

TEST_CASE("a refusal in TLS is told as it is", "[stream][direct_tls]") {
  Call call;
  asio::write(*call.peer, asio::buffer(std::string("\x15\x03\x03\x00\x02\x02\x28", 7)));
  CHECK_THAT(call.ending(20s), Catch::StartsWith("other: ") && Catch::Contains("the peer refused"));
}

TEST_CASE("a server that speaks TLS at once", "[stream][direct_tls]") {
  Call call;
  tls::Transport server(std::move(*call.peer));
  bool accepted = false;
  test::run(call.io, [](Call& call, tls::Transport& server, bool& accepted) -> awaitable<void> {
    const auto accept = [](Call& call, tls::Transport& server, bool& accepted) -> awaitable<void> {
      co_await server.accept_tls(call.settings.tls, tls::Direct::yes);
      accepted = true;
    };
    async::TaskGroup tasks(call.io.get_executor());
    tasks.spawn(accept(call, server, accepted));
    std::string ended;
    co_await Call::begin(*call.stream, 20s, ended);
    CHECK(ended.empty());
    while (!accepted) co_await test::sleep(1ms);
    co_await tasks.stop();
  }(call, server, accepted));
  CHECK(call.stream->encrypted());
  CHECK(server.encrypted());
}
