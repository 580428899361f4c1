#include "edge_proxy/s2s/carrier.h"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "edge_proxy/async/task_group.h"
#include "edge_proxy/s2s/intake.h"
#include "edge_proxy/s2s/parser_limits.h"
#include "edge_proxy/s2s/route.h"
#include "tests/edge_proxy/s2s/settings.h"
#include "tests/edge_proxy/s2s/world.h"
#include "tests/support/asio/run.h"

using namespace causeway;
using namespace causeway::edge;
using asio::awaitable;
using asio::ip::tcp;
using s2s::Carrier;
using s2s::Route;
using namespace std::chrono_literals;

namespace {

class NoDialback final : public dialback::Dialback {
 public:
  awaitable<dialback::Verdict> verify(dialback::Question) override {
    co_return dialback::Verdict{};
  }
};

// What a thread's streams share, and the route from contoso.example to fabrikam.example.
struct Bench {
  asio::io_context io{1};
  config::Limits limits;
  std::shared_ptr<test::Gathered> gathered = std::make_shared<test::Gathered>();
  s2s::Federation::Uplink uplink = gathered->uplink();
  s2s::Admission admission{limits};
  s2s::Governor governor{limits};
  ledger::Ledger ledger{{}};
  ledger::Tally& tally = ledger.new_tally();
  std::atomic<std::size_t> queued_bytes{0};
  std::vector<char> buffer = std::vector<char>(64 << 10);
  stream::StreamSettings streams{nullptr, buffer, s2s::limits_after_authentication(limits),
                                 limits.send_buffer_bytes};
  edge::dns::Resolver resolver{io.get_executor(), {}};
  NoDialback dialback;
  s2s::Environment environment{.limits = limits,
                               .uplink = uplink,
                               .admission = admission,
                               .governor = governor,
                               .ledger = ledger,
                               .tally = tally,
                               .queued_bytes = queued_bytes,
                               .streams = streams,
                               .resolver = resolver,
                               .dialback = dialback,
                               .directory = test::directory_of({}),
                               .heard_from = [](std::string_view) {},
                               .bidi = true,
                               .management = true,
                               .thread = 0,
                               .owner = [](const s2s::Partner&) { return 0; },
                               .hand_over = {},
                               .peers = nullptr,
                               .answer = {}};
  int calls = 0;  // for streams, by the route
  Route route{environment, *address::Domain::parse("contoso.example"),
              *address::Domain::parse("fabrikam.example"), [this](Route&) { ++calls; }};

  void send(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t i = first; i <= last; ++i) {
      route.send(test::message(gathered, i, "contoso.example", "fabrikam.example"));
    }
    route.flush();
  }
  // "taken taken - remote-server-timeout"
  std::string outcomes(std::uint64_t last) const {
    std::string out;
    for (std::uint64_t i = 1; i <= last; ++i) {
      const std::string each = gathered->settled(i);
      out += (i == 1 ? "" : " ") + (each.empty() ? std::string("-") : each);
    }
    return out;
  }
};

// An established stream, with the peer's end of it in our hands.
struct Line {
  explicit Line(Bench& bench) : peer(bench.io) {
    tcp::acceptor acceptor(bench.io, {asio::ip::address_v4::loopback(), 0});
    peer.connect(acceptor.local_endpoint());
    stream.emplace(tls::Transport(acceptor.accept()), bench.streams);
    carrier.emplace(bench.environment, *stream, page);
  }

  // Until so much has been said; what was said.
  awaitable<std::string> hear(std::string until) {
    std::string piece(4096, '\0');
    while (heard.find(until) == std::string::npos) {
      const std::size_t count =
          co_await peer.async_read_some(asio::buffer(piece), asio::use_awaitable);
      heard.append(piece, 0, count);
    }
    const std::size_t end = heard.find(until) + until.size();
    std::string out = heard.substr(0, end);
    heard.erase(0, end);
    co_return out;
  }
  awaitable<void> end() {
    carrier->retire();
    stream->abort();
    co_await carrier->close();
  }

  tcp::socket peer;
  std::string heard;
  ledger::Page page;
  std::optional<stream::TransportStream> stream;
  std::optional<Carrier> carrier;
};

// The ids in order, "1 2 3".
std::string ids(const std::string& text) {
  std::string out;
  for (std::size_t at = text.find("id='out"); at != text.npos; at = text.find("id='out", at + 1)) {
    const std::size_t begin = at + 7;
    out += (out.empty() ? "" : " ") + text.substr(begin, text.find('\'', begin) - begin);
  }
  return out;
}

const std::string kAsk = "<r xmlns='urn:xmpp:sm:3'/>";

void play(const std::function<awaitable<void>(Bench&)>& scene) {
  Bench bench;
  test::run(bench.io, scene(bench));
}

awaitable<void> without_management(Bench& bench) {
  Line line(bench);
  line.carrier->add(bench.route);
  bench.send(1, 3);
  const std::string said = co_await line.hear("out3'");
  CHECK(ids(said) == "1 2 3");
  co_await line.hear("</message>");
  while (bench.outcomes(3) != "taken taken taken") co_await test::sleep(1ms);
  CHECK(bench.queued_bytes == 0);
  co_await line.end();
  CHECK(bench.calls == 0);
}

awaitable<void> unacknowledged_goes_again(Bench& bench) {
  Line first(bench);
  first.carrier->start_counting();
  first.carrier->confirm();
  first.carrier->add(bench.route);
  bench.send(1, 5);
  const std::string said = co_await first.hear(kAsk);
  CHECK(ids(said) == "1 2 3 4 5");
  first.carrier->acknowledged(3);
  CHECK(bench.outcomes(5) == "taken taken taken - -");
  CHECK(bench.queued_bytes > 0);
  bench.send(6, 6);
  co_await first.end();
  CHECK(bench.outcomes(6) == "taken taken taken - - -");
  CHECK(bench.calls == 1);

  Line second(bench);
  second.carrier->start_counting();
  second.carrier->confirm();
  bench.route.called();
  second.carrier->add(bench.route);
  const std::string again = co_await second.hear(kAsk);
  CHECK(ids(again) == "4 5 6");  // once each, in order, before what waited
  second.carrier->acknowledged(2);
  CHECK(bench.outcomes(6) == "taken taken taken taken taken -");
  co_await second.end();  // a second loss for 6, if it was written by then; it is not forgotten
  bench.route.stop();
  CHECK(bench.outcomes(6).find("taken remote-server-timeout") != std::string::npos);
  CHECK(bench.queued_bytes == 0);
}

awaitable<void> twice_is_enough(Bench& bench) {
  for (int loss = 1; loss <= 2; ++loss) {
    Line line(bench);
    line.carrier->start_counting();
    line.carrier->confirm();
    line.carrier->add(bench.route);
    if (loss == 1) bench.send(1, 1);
    const std::string said = co_await line.hear(kAsk);
    CHECK(ids(said) == "1");
    co_await line.end();
  }
  CHECK(bench.outcomes(1) == "remote-server-timeout");
}

// Asked again only for what was written since, or after a while: an answer to nothing new is not
// worth a conversation.
awaitable<void> asks_once(Bench& bench) {
  Line line(bench);
  line.carrier->start_counting();
  line.carrier->confirm();
  line.carrier->add(bench.route);
  bench.send(1, 2);
  co_await line.hear(kAsk);
  CHECK(line.carrier->asked_at());
  bench.send(3, 3);
  const std::string quietly = co_await line.hear("</message>");
  CHECK(quietly.find(kAsk) == std::string::npos);
  line.carrier->acknowledged(2);
  co_await line.hear(kAsk);
  line.carrier->acknowledged(2);
  CHECK_FALSE(line.carrier->asked_at());
  line.carrier->tick(Carrier::Clock::now() + 2s);
  CHECK(line.carrier->asked_at());
  co_await line.hear(kAsk);
  line.carrier->acknowledged(3);
  CHECK(bench.outcomes(3) == "taken taken taken");
  CHECK_THROWS_AS(line.carrier->acknowledged(2), stream::StreamError);
  CHECK_THROWS_AS(line.carrier->acknowledged(4), stream::StreamError);
  co_await line.end();
}

awaitable<void> a_full_window_waits(Bench& bench) {
  const auto one = test::message(bench.gathered, 9, "contoso.example", "fabrikam.example");
  bench.limits.send_buffer_bytes = one.stanza.ByteSizeLong() + 1;
  bench.send(1, 3);
  CHECK(bench.calls == 1);
  Line line(bench);
  line.carrier->start_counting();
  line.carrier->confirm();
  line.carrier->add(bench.route);
  bench.route.called();
  const std::string said1 = co_await line.hear(kAsk);
  CHECK(ids(said1) == "1 2");
  CHECK(bench.route.queue().size() == 1);
  line.carrier->acknowledged(1);
  const std::string said2 = co_await line.hear("</message>");
  CHECK(ids(said2) == "3");
  line.carrier->acknowledged(3);
  CHECK(bench.outcomes(3) == "taken taken taken");
  co_await line.end();
}

awaitable<void> attack_25(Bench& bench) {
  Line ours(bench), theirs(bench), third(bench);
  for (Line* const line : {&ours, &theirs, &third}) line->carrier->add(bench.route);
  bench.send(1, 1);
  const std::string said3 = co_await ours.hear("</message>");
  CHECK(ids(said3) == "1");
  co_await third.end();  // it carried nothing
  bench.send(2, 2);
  const std::string said4 = co_await ours.hear("</message>");
  CHECK(ids(said4) == "2");
  co_await ours.end();
  bench.send(3, 3);
  const std::string said5 = co_await theirs.hear("</message>");
  CHECK(ids(said5) == "3");
  CHECK(bench.calls == 0);  // there was always one that could
  co_await theirs.end();
  bench.send(4, 4);
  CHECK(bench.calls == 1);
  bench.route.called();
}

awaitable<void> too_large(Bench& bench) {
  Line line(bench);
  line.carrier->set_largest(150);
  line.carrier->add(bench.route);
  causeway::link::Delivery large =
      test::message(bench.gathered, 1, "contoso.example", "fabrikam.example");
  large.stanza.mutable_message()->mutable_bodies(0)->set_text(std::string(200, 'x'));
  bench.route.send(std::move(large));
  bench.send(2, 2);
  const std::string said6 = co_await line.hear("</message>");
  CHECK(ids(said6) == "2");
  CHECK(bench.outcomes(1) == "policy-violation");
  co_await line.end();
}

// The peer declines management, acknowledges nonetheless, and then asks for it itself.
awaitable<void> counts_anew(Bench& bench) {
  Line line(bench);
  line.carrier->start_counting();
  line.carrier->add(bench.route);
  bench.send(1, 1);
  co_await line.hear("</message>");
  line.carrier->stop_counting();
  while (bench.outcomes(1) != "taken") co_await test::sleep(1ms);
  line.carrier->acknowledged(1);
  line.carrier->acknowledged(7);
  line.carrier->start_counting();
  line.carrier->confirm();
  CHECK_THROWS_AS(line.carrier->acknowledged(1), stream::StreamError);
  bench.send(2, 2);
  co_await line.hear(kAsk);
  line.carrier->acknowledged(1);
  CHECK(bench.outcomes(2) == "taken taken");
  co_await line.end();
}

// The owner of a stream, as an Intake sees it.
struct Owner final : s2s::Intake::Host {
  Owner(Carrier& the_carrier, bool hears_stanzas) : outward(the_carrier), brings(hears_stanzas) {}
  s2s::Admitted admit(const xml::Element&) override { return {}; }
  awaitable<void> heed(xml::Element) override { co_return; }
  Carrier& carrier() override { return outward; }
  bool hears() const override { return brings; }
  Carrier& outward;
  bool brings;
};

// Whatever it throws at the end.
awaitable<void> read_all(s2s::Intake& intake) {
  try {
    co_await intake.run();
  } catch (const std::runtime_error&) {
    // The end of the stream.
  }
}

// What waits unread while the gateways are congested is no silence, and acknowledgements of ours do
// not wait for gateways.
awaitable<void> congestion(Bench& bench, bool brings_stanzas) {
  std::atomic<bool> congested = true;
  bench.uplink.congested = [&] { return congested.load(); };
  bench.limits.answer = 0s;  // what is asked is late at once
  Line line(bench);
  Owner owner(*line.carrier, brings_stanzas);
  s2s::Intake intake(bench.environment, *line.stream, line.page, owner);
  edge::async::TaskGroup tasks(bench.io.get_executor());
  intake.propose_management();
  line.carrier->add(bench.route);
  bench.send(1, 1);
  co_await line.hear("</message>");
  const std::string answer =
      "<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
      "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
      "<enabled xmlns='urn:xmpp:sm:3'/><a xmlns='urn:xmpp:sm:3' h='1'/>";
  co_await asio::async_write(line.peer, asio::buffer(answer), asio::use_awaitable);
  co_await line.stream->read_header();
  const s2s::Intake::Ways ways{.hears = brings_stanzas, .sends = true};
  CHECK(intake.due(Carrier::Clock::now(), ways, nullptr, {}) == s2s::Due::end_silent);
  tasks.spawn(read_all(intake));
  if (brings_stanzas) {
    CHECK(intake.due(Carrier::Clock::now(), ways, nullptr, {}) == s2s::Due::nothing);
    CHECK(bench.outcomes(1) == "-");
    congested = false;
  }
  while (bench.outcomes(1) != "taken") co_await test::sleep(1ms);
  line.stream->interrupt("enough");
  co_await tasks.stop();
  co_await line.end();
}

awaitable<void> congested_stanzas(Bench& bench) { return congestion(bench, true); }
awaitable<void> congested_answers(Bench& bench) { return congestion(bench, false); }

// What waits is for the next stream.
awaitable<void> leaves(Bench& bench) {
  Line line(bench);
  line.carrier->start_counting();
  line.carrier->confirm();
  line.carrier->add(bench.route);
  bench.send(1, 1);
  co_await line.hear(kAsk);
  line.carrier->leave("enough");
  bench.send(2, 2);
  CHECK_FALSE(line.stream->interrupted());
  line.carrier->acknowledged(1);
  CHECK(line.stream->interrupted());
  CHECK(bench.outcomes(2) == "taken -");
  CHECK(bench.calls == 0);
  co_await line.end();
  CHECK(bench.calls == 1);
  bench.route.called();
}

// A pair that is proved twice is one way, not two.
awaitable<void> added_twice(Bench& bench) {
  Line line(bench);
  line.carrier->add(bench.route);
  line.carrier->add(bench.route);
  CHECK(line.carrier->routes().size() == 1);
  bench.route.failed({v1::REMOTE_SERVER_TIMEOUT, "a call that came to nothing"});
  bench.send(1, 1);
  const std::string said = co_await line.hear("</message>");
  CHECK(ids(said) == "1");
  co_await line.end();
  CHECK_FALSE(bench.route.is_carried());
}

awaitable<void> finishes(Bench& bench) {
  Line line(bench);
  line.carrier->start_counting();
  line.carrier->confirm();
  line.carrier->add(bench.route);
  bench.send(1, 1);
  co_await line.hear(kAsk);
  bench.route.stop();
  line.carrier->finish();
  CHECK_FALSE(line.stream->interrupted());
  line.carrier->acknowledged(1);
  CHECK(line.stream->interrupted());
  CHECK(bench.outcomes(1) == "taken");
  bench.send(2, 2);
  CHECK(bench.outcomes(2) == "taken remote-server-timeout");
  co_await line.end();
}

}  // namespace

TEST_CASE("without acknowledgements, what TCP has taken has arrived", "[s2s][carrier]") {
  play(without_management);
}
TEST_CASE("what is not acknowledged goes again over the next stream, in order, and nothing else",
          "[s2s][carrier]") {
  play(unacknowledged_goes_again);
}
TEST_CASE("a stanza that two streams have lost is given up", "[s2s][carrier]") {
  play(twice_is_enough);
}
TEST_CASE("acknowledgements are asked for when there is reason to", "[s2s][carrier]") {
  play(asks_once);
}
TEST_CASE("a peer that acknowledges nothing holds a bounded part of us", "[s2s][carrier]") {
  play(a_full_window_waits);
}
TEST_CASE("attack 25: the end of one stream leaves the others' routes alone", "[s2s][carrier]") {
  play(attack_25);
}
TEST_CASE("a stanza larger than the peer takes goes back, and the next one goes on",
          "[s2s][carrier]") {
  play(too_large);
}
TEST_CASE("a stream that is to end waits for what it carries", "[s2s][carrier]") { play(finishes); }
TEST_CASE("a stream that is to leave takes nothing more", "[s2s][carrier]") { play(leaves); }
TEST_CASE("what nobody counts, nobody acknowledges", "[s2s][carrier]") { play(counts_anew); }
TEST_CASE("a stream that waits for the gateways is not silent", "[s2s][intake]") {
  play(congested_stanzas);
}
TEST_CASE("a stream that brings only acknowledgements does not wait for the gateways",
          "[s2s][intake]") {
  play(congested_answers);
}
TEST_CASE("a route knows each of its streams once, and no failure while it has one",
          "[s2s][carrier]") {
  play(added_twice);
}

TEST_CASE("the pause after a failure ends early when the server has moved", "[s2s][route]") {
  Bench bench;
  const auto now = Route::Clock::now();
  CHECK_FALSE(bench.route.may_have_moved(now));  // nothing has failed
  bench.route.failed({v1::REMOTE_SERVER_TIMEOUT, "the recipient's server could not be reached"});
  bench.send(1, 1);
  CHECK(bench.outcomes(1) == "remote-server-timeout");
  CHECK(bench.calls == 0);

  CHECK(bench.route.may_have_moved(now));  // where is it that has failed?
  bench.route.look();
  CHECK_FALSE(bench.route.may_have_moved(now));
  CHECK_FALSE(bench.route.idle(now + 24h));
  bench.route.found({.fingerprint = 1, .anywhere = true, .expires = now + 60s});
  bench.send(2, 2);
  CHECK(bench.outcomes(2) == "remote-server-timeout remote-server-timeout");

  bench.route.look();
  bench.route.found({.fingerprint = 2, .anywhere = true, .expires = now + 120s});
  CHECK_FALSE(bench.route.may_have_moved(now + 121s));
  bench.send(3, 3);
  CHECK(bench.calls == 1);
  CHECK(bench.outcomes(3) == "remote-server-timeout remote-server-timeout -");
}
