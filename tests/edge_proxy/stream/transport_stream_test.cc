#include "edge_proxy/stream/transport_stream.h"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "common/text/utf8.h"
#include "edge_proxy/async/task_group.h"
#include "edge_proxy/async/within.h"
#include "tests/support/asio/run.h"
#include "tests/support/certificates/certificates.h"
#include "tests/support/process/temporary_directory.h"

using namespace causeway;
using namespace causeway::edge;
using asio::awaitable;
using asio::ip::tcp;
using namespace std::chrono_literals;
using stream::Condition;

namespace {

const char kHeader[] =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
    "xmlns:stream='http://etherx.jabber.org/streams' from='fabrikam.example' "
    "to='contoso.example' version='1.0'>";

// A stream of ours, and the bare socket of its peer.
struct Conversation {
  asio::io_context io{1};
  std::vector<char> buffer = std::vector<char>(64 << 10);
  stream::StreamSettings settings{nullptr, buffer, {8192, 32, 16, 32, 1 << 20}, 64 << 10};
  tcp::socket peer{io};
  std::unique_ptr<stream::TransportStream> stream;

  Conversation() {
    tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    peer.connect(acceptor.local_endpoint());
    stream = std::make_unique<stream::TransportStream>(tls::Transport(acceptor.accept()), settings);
  }

  awaitable<void> peer_says(std::string text) {
    co_await asio::async_write(peer, asio::buffer(text), asio::use_awaitable);
  }
  // Everything until we end the connection.
  awaitable<std::string> peer_hears() {
    std::string heard;
    std::string piece(4096, '\0');
    for (;;) {
      std::error_code ended;
      const std::size_t count = co_await peer.async_read_some(
          asio::buffer(piece), asio::redirect_error(asio::use_awaitable, ended));
      heard.append(piece, 0, count);
      if (ended) co_return heard;
    }
  }
};

awaitable<Condition> condition_of(awaitable<void> doing) {
  try {
    co_await std::move(doing);
  } catch (const stream::StreamError& error) {
    co_return error.condition();
  }
  throw std::runtime_error("no stream error");
}

awaitable<void> open(Conversation& c, std::string more = {}) {
  co_await c.peer_says(kHeader + more);
  co_await c.stream->read_header();
}

awaitable<void> read(stream::TransportStream& stream) { co_await stream.read(); }

// The peer of start_tls(): nothing, for we never get that far.
awaitable<void> start_tls(stream::TransportStream& stream) {
  co_await read(stream);
  co_await stream.accept_tls("<proceed/>");
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

TEST_CASE("elements come one by one, and what has been received can be taken at once",
          "[stream][transport_stream]") {
  Conversation c;
  test::run(c.io, [](Conversation& c) -> awaitable<void> {
    co_await open(c, "<a/> \n <b/><c");
    const xml::Element first = co_await c.stream->read();
    CHECK(first.name == "a");
    const std::optional<xml::Element> second = c.stream->received();
    REQUIRE(second);
    CHECK(second->name == "b");
    CHECK_FALSE(c.stream->received());
    co_await c.peer_says("/>");
    const xml::Element third = co_await c.stream->read();
    CHECK(third.name == "c");
  }(c));
}

TEST_CASE("what breaks behind good stanzas waits until these are taken",
          "[stream][transport_stream]") {
  Conversation c;
  test::run(c.io, [](Conversation& c) -> awaitable<void> {
    co_await open(c, "<a/><b/></oops>");
    co_await c.stream->read();
    CHECK(c.stream->received());
    CHECK_FALSE(c.stream->received());
    const Condition condition = co_await condition_of(read(*c.stream));
    CHECK(condition == Condition::not_well_formed);
  }(c));
}

TEST_CASE("an error about their header follows a header of ours", "[stream][transport_stream]") {
  Conversation c;
  test::run(c.io, [](Conversation& c) -> awaitable<void> {
    co_await c.peer_says("<!DOCTYPE x><stream:stream>");
    std::optional<stream::StreamError> fault;
    try {
      co_await c.stream->read_header();
    } catch (const stream::StreamError& error) {
      fault = error;
    }
    REQUIRE(fault);
    CHECK(fault->condition() == Condition::restricted_xml);
    async::TaskGroup group(c.io.get_executor());
    group.spawn(c.stream->close(fault));
    const std::string heard = co_await c.peer_hears();
    CHECK(heard.find("<?xml version='1.0'?><stream:stream ") == 0);
    CHECK(heard.find("<stream:error><restricted-xml") != std::string::npos);
    CHECK(ends_with(heard, "</stream:error></stream:stream>"));
    c.peer.close();
    co_await group.stop();
  }(c));
}

TEST_CASE("bytes behind <starttls/> are refused before it is answered",
          "[stream][transport_stream]") {
  Conversation c;
  test::run(c.io, [](Conversation& c) -> awaitable<void> {
    co_await open(c, "<starttls/><auth/>");
    const Condition condition = co_await condition_of(start_tls(*c.stream));
    CHECK(condition == Condition::policy_violation);
    c.stream->abort();
    const std::string heard = co_await c.peer_hears();
    CHECK(heard.empty());
  }(c));
}

TEST_CASE("half an element behind <proceed/> is refused too", "[stream][transport_stream]") {
  Conversation c;
  test::run(c.io, [](Conversation& c) -> awaitable<void> {
    co_await open(c, "<proceed/><me");
    co_await c.stream->read();
    const Condition condition = co_await condition_of(c.stream->connect_tls("fabrikam.example"));
    CHECK(condition == Condition::policy_violation);
  }(c));
}

TEST_CASE("sends that overlap go out in order, the later ones together",
          "[stream][transport_stream]") {
  Conversation c;
  // A socket that is full makes the first send wait.
  c.settings.send_buffer_bytes = 64 << 20;
  test::run(c.io, [](Conversation& c) -> awaitable<void> {
    const std::string big(8 << 20, 'x');
    async::TaskGroup group(c.io.get_executor());
    group.spawn(c.stream->send(big));
    group.spawn(c.stream->send("one"));
    group.spawn(c.stream->send("two"));
    group.spawn([](Conversation& c) -> awaitable<void> { co_await c.stream->close({}); }(c));
    const std::string heard = co_await c.peer_hears();
    CHECK(heard.size() == big.size() + 6);
    CHECK(ends_with(heard, "xonetwo"));
    c.peer.close();
    co_await group.stop();
  }(c));
}

TEST_CASE("a peer that reads nothing is not written to without end", "[stream][transport_stream]") {
  Conversation c;
  test::run(c.io, [](Conversation& c) -> awaitable<void> {
    async::TaskGroup group(c.io.get_executor());
    group.spawn(c.stream->send(std::string(8 << 20, 'x')));
    const Condition condition = co_await condition_of(c.stream->send(std::string(65 << 10, 'y')));
    CHECK(condition == Condition::resource_constraint);
    co_await group.stop();
  }(c));
}

TEST_CASE("a stream can be ended from outside, whatever it waits for",
          "[stream][transport_stream]") {
  Conversation c;
  test::run(c.io, [](Conversation& c) -> awaitable<void> {
    co_await open(c);
    async::TaskGroup group(c.io.get_executor());
    group.spawn([](Conversation& c) -> awaitable<void> {
      c.stream->interrupt(stream::StreamError(Condition::system_shutdown));
      co_return;
    }(c));
    const Condition condition = co_await condition_of(read(*c.stream));
    CHECK(condition == Condition::system_shutdown);
    // It is none the worse for it.
    group.spawn(c.stream->close(stream::StreamError(Condition::system_shutdown)));
    const std::string heard = co_await c.peer_hears();
    CHECK(heard.find("<system-shutdown") != std::string::npos);
    c.peer.close();
    co_await group.stop();
  }(c));
}

TEST_CASE("the peer's error is told in its words", "[stream][transport_stream]") {
  Conversation c;
  test::run(c.io, [](Conversation& c) -> awaitable<void> {
    co_await open(c,
                  "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text "
                  "xmlns='urn:ietf:params:xml:ns:xmpp-streams'>who?</text></stream:error>");
    try {
      co_await c.stream->read();
      FAIL("an element was returned");
    } catch (const stream::PeerClosed& closed) {
      CHECK(std::string(closed.what()) == "the peer says host-unknown: who?");
    }
  }(c));
}

TEST_CASE("the peer's words are cut between characters", "[stream][transport_stream]") {
  const std::string before = GENERATE("", "a");  // one of them puts the cut into a character
  std::string text = before;
  for (int i = 0; i < 200; ++i) text += "é";
  Conversation c;
  test::run(c.io, [](Conversation& c, std::string text) -> awaitable<void> {
    co_await open(c, "<stream:error><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>" + text +
                         "</text></stream:error>");
    try {
      co_await c.stream->read();
      FAIL("an element was returned");
    } catch (const stream::PeerClosed& closed) {
      const std::string words = closed.what();
      CHECK(text::well_formed(words) == words);
      CHECK(words.size() < 300);
    }
  }(c, text));
}

TEST_CASE("a stream begins anew behind TLS, and its old limits hold",
          "[stream][transport_stream]") {
  const test::TemporaryDirectory directory;
  test::Authority ca(directory.path(), "Test CA");
  const test::CertificateFiles files = ca.issue({.dns = {"contoso.example"}});
  const auto context = tls::Context::load({.certificate = files.certificate_file,
                                           .private_key = files.private_key_file,
                                           .trust_anchors = ca.certificate_file()});
  REQUIRE(context.ok());
  Conversation c;
  c.settings.tls = *context;
  test::run(c.io, [](Conversation& c) -> awaitable<void> {
    co_await open(c, "<starttls/>");
    async::TaskGroup group(c.io.get_executor());
    group.spawn([](Conversation& c) -> awaitable<void> {
      co_await start_tls(*c.stream);
      const stream::Header again = co_await c.stream->read_header();
      CHECK(again.from.unicode() == "fabrikam.example");
      CHECK(c.stream->encrypted());
      const Condition condition = co_await condition_of(read(*c.stream));
      CHECK(condition == Condition::policy_violation);
      co_await c.stream->close(stream::StreamError(Condition::policy_violation));
    }(c));
    std::string proceed(10, '\0');
    co_await c.peer.async_read_some(asio::buffer(proceed), asio::use_awaitable);
    CHECK(proceed == "<proceed/>");
    tls::Transport secure(std::move(c.peer));
    co_await secure.connect_tls(c.settings.tls, "contoso.example");
    const std::string too_big = std::string(kHeader) + "<a>" + std::string(9000, 'x');
    co_await secure.write(too_big);
    std::string heard(4096, '\0');
    const std::size_t count = co_await secure.read(heard);
    CHECK(heard.substr(0, count).find("<policy-violation") != std::string::npos);
    secure.close();
    co_await group.stop();
  }(c));
}
