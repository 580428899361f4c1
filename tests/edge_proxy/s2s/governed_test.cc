// What strangers and partners cannot do to a whole edge, over loopback.

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <deque>
#include <optional>
#include <string>

#include "tests/edge_proxy/s2s/edges.h"

using namespace causeway;
using namespace causeway::edge;
using namespace std::chrono_literals;
using asio::ip::tcp;
using test::Edge;
using test::kStrict;
using test::wait_until;
using test::world;
using v1::StreamEvent;
using Clock = std::chrono::steady_clock;

namespace {

constexpr char kHeader[] =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
    "xmlns:stream='http://etherx.jabber.org/streams' version='1.0' from='fabrikam.example' "
    "to='contoso.example'>";

// One who connects from an address of 127.0.0.0/8.
class Stranger {
 public:
  Stranger(asio::io_context& io, const Edge& edge, const std::string& from) : socket_(io) {
    socket_.open(tcp::v4());
    socket_.bind({asio::ip::make_address(from), 0});
    socket_.connect(
        {asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(std::stoi(edge.port()))});
    socket_.non_blocking(true);
  }

  // False when the edge has gone.
  bool say(const std::string& text) {
    std::error_code error;
    asio::write(socket_, asio::buffer(text), error);
    return !error || error == asio::error::would_block;
  }
  // Reads what has come; true when nothing more will.
  bool has_ended() {
    char bytes[4096];
    for (;;) {
      std::error_code error;
      const std::size_t count = socket_.read_some(asio::buffer(bytes), error);
      heard_.append(bytes, count);
      if (error) return error != asio::error::would_block;
    }
  }
  const std::string& heard() const { return heard_; }

 private:
  tcp::socket socket_;
  std::string heard_;
};

}  // namespace

TEST_CASE("attack 18: whatever a peer keeps sending, it has so much time to authenticate",
          "[s2s][governed]") {
  struct Row {
    std::string name, first, again;
  };
  const auto row = GENERATE(values<Row>({
      {"white space before its header", "", " "},
      {"white space behind its header", kHeader, "\n"},
      {"a header, slowly", "<?xml version='1.0'?><stream:stream a='", "x"},
      {"pings", kHeader, "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"},
      {"questions about keys", kHeader,
       "<db:verify xmlns:db='jabber:server:dialback' from='fabrikam.example' to='contoso.example' "
       "id='1'>key</db:verify>"},
  }));
  INFO(row.name);
  Edge edge("contoso.example", "fabrikam.example", kStrict, world().config());
  edge.snapshot.mutable_settings()->set_stream_establishment_timeout(1);
  edge.configure();
  asio::io_context io;
  Stranger stranger(io, edge, "127.0.0.2");
  stranger.say(row.first);
  wait_until([&] {
    stranger.say(row.again);
    return stranger.has_ended();
  });
  CHECK(edge.gathered->events(StreamEvent::ESTABLISHED).empty());
  CHECK(edge.gathered->submitted().empty());
}

TEST_CASE("attack 17: what a peer may send before it authenticates is bounded in all",
          "[s2s][governed]") {
  config::Config config = world().config();
  config.limits.unauthenticated_stream_bytes = 16 << 10;
  Edge edge("contoso.example", "fabrikam.example", kStrict, config);
  edge.configure();
  asio::io_context io;
  Stranger stranger(io, edge, "127.0.0.2");
  stranger.say(kHeader);
  stranger.say(std::string(15 << 10, ' '));
  stranger.say(std::string(2 << 10, ' '));
  wait_until([&] { return stranger.has_ended(); });
  CHECK_THAT(stranger.heard(), Catch::Contains("<policy-violation"));
}

TEST_CASE("attack 16: when all places are taken, the oldest goes to a newcomer, but not too soon",
          "[s2s][governed]") {
  config::Config config = world().config();
  config.limits.unauthenticated_streams = 3;
  config.limits.unauthenticated_patience = 1s;
  Edge edge("contoso.example", "fabrikam.example", kStrict, config);
  edge.snapshot.mutable_settings()->set_stream_establishment_timeout(60);
  edge.configure();
  asio::io_context io;
  const auto begin = Clock::now();
  std::deque<Stranger> crowd;
  for (int i = 0; i < 3; ++i) crowd.emplace_back(io, edge, "127.0.0.2");
  int turned_away = 0;
  for (;;) {
    Stranger newcomer(io, edge, "127.0.1.1");
    newcomer.say(kHeader);
    wait_until([&] { return newcomer.has_ended() || !newcomer.heard().empty(); });
    if (!newcomer.heard().empty()) break;
    ++turned_away;
  }
  CHECK(Clock::now() - begin >= 1s);
  CHECK(turned_away > 0);
  wait_until([&] { return crowd.front().has_ended(); });
  CHECK(crowd.front().heard().empty());
  CHECK_FALSE(crowd.back().has_ended());
}

TEST_CASE("attack 16: connections that come and go leave no place taken", "[s2s][governed]") {
  config::Config config = world().config();
  config.limits.unauthenticated_streams = 2;
  config.limits.unauthenticated_streams_per_address = 2;
  Edge edge("contoso.example", "fabrikam.example", kStrict, config);
  edge.configure();
  asio::io_context io;
  for (int i = 0; i < 500; ++i) {
    std::optional<Stranger> stranger;
    wait_until([&] {  // the one before may still be going
      stranger.emplace(io, edge, "127.0.0.2");
      stranger->say(kHeader);
      wait_until([&] { return stranger->has_ended() || !stranger->heard().empty(); });
      return !stranger->heard().empty();
    });
  }
  CHECK(edge.gathered->events(StreamEvent::ESTABLISHED).empty());
}

TEST_CASE("who sends too fast is read more slowly, and keeps its stream", "[s2s][governed]") {
  struct Row {
    std::string name;
    std::size_t config::Limits::*limit;
    std::size_t value;
  };
  const auto row = GENERATE(values<Row>({
      {"stanzas of a stream", &config::Limits::stream_stanzas_per_second, 50},
      {"bytes of a stream", &config::Limits::stream_bytes_per_second, 8'000},
      {"stanzas of a domain", &config::Limits::domain_stanzas_per_second, 50},
      {"bytes of a domain", &config::Limits::domain_bytes_per_second, 8'000},
  }));
  INFO(row.name);
  constexpr std::uint64_t kMany = 150;
  test::DnsServer dns;
  Edge sender("contoso.example", "fabrikam.example", kStrict,
              test::configuration(dns, "contoso.example"));
  config::Config config = test::configuration(dns, "good");
  config.limits.*row.limit = row.value;
  Edge receiver("fabrikam.example", "contoso.example", kStrict, config);
  dns.srv("fabrikam.example", receiver.port(), 1);
  dns.start();
  sender.configure();
  receiver.configure();
  sender.send(1, 1);
  CHECK(sender.outcome(1) == "taken");
  const auto begin = Clock::now();
  for (std::uint64_t i = 2; i <= kMany; ++i) sender.send(i, i);
  wait_until([&] { return receiver.gathered->submitted().size() == kMany; }, 20s);
  sender.send(kMany + 1, kMany + 1);
  wait_until([&] { return receiver.gathered->submitted().size() == kMany + 1; }, 20s);
  CHECK(Clock::now() - begin > 800ms);  // what is too fast by two seconds' worth takes its time
  CHECK(receiver.gathered->events(StreamEvent::CLOSED).empty());
  CHECK(sender.gathered->events(StreamEvent::CLOSED).empty());
}

TEST_CASE("attack 19: a handshake that would wait too long is refused, those that wait are served",
          "[s2s][governed]") {
  config::Config config = world().config();
  config.limits.handshakes_per_second = 1;
  config.limits.handshake_patience = 1000ms;
  Edge edge("contoso.example", "fabrikam.example", kStrict, config);
  edge.configure();
  asio::io_context io;
  std::deque<Stranger> strangers;
  int served = 0, refused = 0;
  for (int i = 0; i < 5; ++i) {
    Stranger& stranger = strangers.emplace_back(io, edge, "127.0.0.2");
    stranger.say(kHeader);
    stranger.say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
  }
  for (Stranger& stranger : strangers) {
    wait_until([&] {
      stranger.has_ended();
      return stranger.heard().find("<proceed") != std::string::npos ||
             stranger.heard().find("<resource-constraint") != std::string::npos;
    });
    ++(stranger.heard().find("<proceed") != std::string::npos ? served : refused);
  }
  CHECK(served >= 2);  // one at once, one after a second
  CHECK(refused >= 1);
}
