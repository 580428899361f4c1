// Direct TLS (XEP-0368): what a connection begins with, and ALPN.

#include <asio/io_context.hpp>
#include <asio/system_error.hpp>
#include <catch2/catch.hpp>
#include <string>

#include "edge_proxy/tls/fault.h"
#include "tests/edge_proxy/tls/openssl_client.h"
#include "tests/edge_proxy/tls/pair.h"
#include "tests/support/certificates/kinds.h"

using asio::awaitable;
using namespace causeway::edge::tls;
using namespace causeway::test;
using Catch::Matchers::Contains;

namespace {

std::shared_ptr<const Context> context() {
  static CertificateCabinet cabinet;
  const CertificateFiles& files = cabinet.files(Kind::valid, "contoso.example");
  static const auto only = Context::load({.certificate = files.certificate_file,
                                          .private_key = files.private_key_file,
                                          .trust_anchors = cabinet.trust_anchors()})
                               .value();
  return only;
}

}  // namespace

TEST_CASE("a connection shows whether it begins with TLS, and loses nothing by that",
          "[tls][direct]") {
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  run(io, [](Pair& pair) -> awaitable<void> {
    co_await pair.client.write("<?xml");
    const bool plain = co_await pair.server.begins_with_tls();
    CHECK_FALSE(plain);
    std::string buffer(100, '\0');
    const std::size_t count = co_await pair.server.read(buffer);
    CHECK(buffer.substr(0, count) == "<?xml");
    co_await pair.client.shutdown();
    const bool ended = co_await pair.server.begins_with_tls();
    CHECK_FALSE(ended);
  }(pair));
}

TEST_CASE("a handshake follows the byte that was looked at", "[tls][direct]") {
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  run(io, [](Pair& pair) -> awaitable<void> {
    const auto accept = [](Transport& server) -> awaitable<void> {
      const bool tls = co_await server.begins_with_tls();
      CHECK(tls);
      co_await server.accept_tls(context(), Direct::yes);
    };
    const Endings endings = co_await both(
        pair.client.connect_tls(context(), "contoso.example", Direct::yes), accept(pair.server));
    endings.rethrow();
    CHECK(pair.server.encrypted());
    CHECK(pair.client.peer_certificate().trusted);
  }(pair));
}

TEST_CASE("who waits for the first byte can be told to stop", "[tls][direct]") {
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  run(io, [](Pair& pair) -> awaitable<void> {
    const auto cancel = [](Transport& server) -> awaitable<void> {
      server.cancel();
      co_return;
    };
    const auto look = [](Transport& server) -> awaitable<void> {
      (void)co_await server.begins_with_tls();
    };
    const Endings endings = co_await both(look(pair.server), cancel(pair.server));
    REQUIRE(endings.first);
    CHECK_THROWS_AS(std::rethrow_exception(endings.first), asio::system_error);
  }(pair));
}

TEST_CASE("protocols that clients name, with direct TLS and behind STARTTLS",
          "[tls][direct][openssl]") {
  struct Row {
    std::string offered;  // none if empty
    Direct direct;
    std::string selected;  // "": none; "refused"
  };
  const auto row = GENERATE(values<Row>({
      {"", Direct::yes, ""},
      {"xmpp-server", Direct::yes, "xmpp-server"},
      {"h2,xmpp-server", Direct::yes, "xmpp-server"},
      {"xmpp-client", Direct::yes, "refused"},
      {"h2,http/1.1", Direct::yes, "refused"},
      {"xmpp-server2", Direct::yes, "refused"},
      {"", Direct::no, ""},
      {"xmpp-server", Direct::no, "xmpp-server"},
      {"h2", Direct::no, ""},
  }));
  const std::string version = GENERATE("-tls1_3", "-tls1_2");
  CAPTURE(row.offered, version);
  std::vector<std::string> options{version};
  if (!row.offered.empty()) options.insert(options.end(), {"-alpn", row.offered});
  const OpensslClient client = connect_openssl(context(), options, row.direct);
  if (row.selected == "refused") {
    CHECK_THAT(client.failure, Contains("the peer speaks other protocols than XMPP"));
    CHECK_THAT(client.log, Contains("no application protocol"));
    return;
  }
  CHECK(client.failure.empty());
  CHECK_THAT(client.log, Contains("hello"));
  CHECK_THAT(client.log, Contains(row.selected.empty() ? "No ALPN negotiated"
                                                       : "ALPN protocol: " + row.selected));
}

TEST_CASE("we name our protocol with direct TLS only", "[tls][direct]") {
  const Direct direct = GENERATE(Direct::yes, Direct::no);
  asio::io_context io;
  Pair pair = connected_pair(io.get_executor());
  run(io, [](Pair& pair, Direct direct) -> awaitable<void> {
    const auto first_flight = [](Transport& server, bool named) -> awaitable<void> {
      std::string hello(4096, '\0');
      const std::size_t count = co_await server.read(hello);
      CHECK((hello.substr(0, count).find("xmpp-server") != std::string::npos) == named);
      server.close();
    };
    const Endings endings =
        co_await both(pair.client.connect_tls(context(), "contoso.example", direct),
                      first_flight(pair.server, direct == Direct::yes));
    CHECK(endings.first);
    CHECK_FALSE(endings.second);
  }(pair, direct));
}
