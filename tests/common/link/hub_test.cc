#include "common/link/hub.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "tests/common/link/world.h"

namespace causeway::link {
namespace {

using namespace std::chrono_literals;
using Ids = std::vector<std::string>;

struct Pair {
  End gateway{"gw1"}, edge{"edge"};
  void run() { link::run({&gateway, &edge}); }
  void settle_all(End& end) {
    while (!end.open.empty()) end.settle(0, true);
  }
};

TEST_CASE_METHOD(Pair, "stanzas cross both ways and come back settled") {
  edge.hub->submit(entry("1"));
  gateway.hub->submit(entry("2"));
  dial(gateway, edge);
  run();
  CHECK(gateway.delivered == Ids{"1"});
  CHECK(edge.delivered == Ids{"2"});
  CHECK(edge.settled.empty());
  gateway.settle(0, true);
  edge.settle(0, false);
  run();
  CHECK(edge.settled == Ids{"1"});
  CHECK(gateway.settled == Ids{"2!"});
}

TEST_CASE_METHOD(Pair, "an idle line writes at once, a busy one fills its next frame") {
  dial(gateway, edge);
  run();
  edge.hub->submit(entry("1"));
  CHECK(edge.line()->writing());
  edge.hub->submit(entry("2"));
  edge.hub->submit(entry("3"));
  edge.line()->finish_write();
  gateway.line()->receive();
  CHECK(gateway.delivered == Ids{"1"});
  edge.line()->finish_write();
  gateway.line()->receive();
  CHECK(gateway.delivered == Ids{"1", "2", "3"});
}

TEST_CASE("acknowledgements wait for the word, for each other, and for a frame that goes anyway") {
  int asked = 0;
  End gateway("gw1", 1000, 1 << 20, [&] { ++asked; });
  End edge("edge", 1000);
  const auto cross = [&](int count) {
    for (int i = 0; i < count; ++i) edge.hub->submit(entry(std::to_string(i)));
    link::run({&gateway, &edge});
  };
  dial(gateway, edge);
  cross(3);
  gateway.settle(0, true);
  gateway.settle(0, true);
  CHECK_FALSE(gateway.line()->writing());
  CHECK(asked == 1);
  SECTION("for the word, which is asked for once") {
    gateway.hub->acknowledge();
    CHECK(gateway.line()->writing());
    link::run({&gateway, &edge});
    CHECK(edge.settled == Ids{"0", "1"});
    gateway.settle(0, true);
    CHECK(asked == 2);
  }
  SECTION("for a stanza the other way") {
    gateway.hub->submit(entry("back"));
    link::run({&gateway, &edge});
    CHECK(edge.settled == Ids{"0", "1"});
  }
  SECTION("a refusal goes at once, and takes them along") {
    gateway.settle(0, false);
    link::run({&gateway, &edge});
    CHECK(edge.settled == Ids{"2!", "0", "1"});
  }
  SECTION("and no longer than there is a frame's worth of them") {
    cross(61);
    while (gateway.open.size() > 1) gateway.settle(0, true);
    CHECK_FALSE(gateway.line()->writing());
    gateway.settle(0, true);
    CHECK(gateway.line()->writing());
  }
  SECTION("what is settled during a write is asked for after it") {
    gateway.hub->tick();
    gateway.settle(0, true);
    CHECK(asked == 1);
    gateway.line()->finish_write();
    CHECK_FALSE(gateway.line()->writing());
    CHECK(asked == 2);
  }
}

TEST_CASE_METHOD(Pair, "a receiver that settles nothing holds no more than its credit") {
  dial(gateway, edge);
  for (int i = 0; i < 100; ++i) edge.hub->submit(entry(std::to_string(i)));
  run();
  CHECK(gateway.delivered.size() == 8);
  gateway.settle(3, true);
  run();
  CHECK(gateway.delivered.size() == 9);
}

TEST_CASE_METHOD(Pair,
                 "a connection cut in the middle delivers nothing twice and loses no refusal") {
  dial(gateway, edge);
  run();
  edge.hub->submit(std::vector<Entry>{});
  for (const char* id : {"1", "2", "3"}) edge.hub->submit(entry(id));
  run();
  gateway.settle(0, false);
  gateway.settle(0, true);
  gateway.line()->finish_write();  // the refusal of 1 is on the wire
  gateway.line()->lose_wire();
  run();
  CHECK(edge.settled.empty());
  dial(gateway, edge);
  run();
  CHECK(edge.settled == Ids{"1!", "2"});
  CHECK(gateway.delivered == Ids{"1", "2", "3"});
  settle_all(gateway);
  run();
  CHECK(edge.settled == Ids{"1!", "2", "3"});
}

TEST_CASE_METHOD(Pair, "of two connections of one life the newer wins, when the older has gone") {
  dial(gateway, edge);
  run();
  FakeLine& old = *edge.line();
  edge.hub->submit(entry("1"));
  REQUIRE(old.writing());
  gateway.line()->lose_wire();
  gateway.line()->notice();
  dial(gateway, edge);
  gateway.line()->finish_write();
  edge.line()->receive();
  CHECK(old.broken());
  CHECK_FALSE(edge.line()->writing());  // the old line is still there
  run();
  CHECK(old.gone());
  CHECK(gateway.delivered == Ids{"1"});
}

TEST_CASE_METHOD(Pair, "a peer that breaks the protocol is cut, and starts anew") {
  dial(gateway, edge);
  run();
  edge.hub->submit(entry("1"));
  v1::Transfer nonsense;
  nonsense.set_acknowledged(7);
  CHECK_FALSE(edge.hub->receive(*edge.line(), nonsense).ok());
  gateway.line()->lose_wire();
  run();
  dial(gateway, edge);
  run();
  settle_all(gateway);
  run();
  CHECK(edge.settled == Ids{"1"});
}

TEST_CASE_METHOD(Pair, "patience ends with a refusal, whether a peer has the stanza or not") {
  edge.hub->submit(entry("1", "romeo", edge.now + 1s));
  edge.now += 1s;
  edge.hub->tick();
  CHECK(edge.settled == Ids{"1!"});
  dial(gateway, edge);
  run();
  edge.hub->submit(entry("2", "romeo", edge.now + 1s));
  run();
  edge.now += 1s + Outbox::kAnswerMargin;
  edge.hub->tick();
  CHECK(edge.settled == Ids{"1!", "2!"});
  settle_all(gateway);
  run();
  CHECK(edge.settled.size() == 2);
}

TEST_CASE_METHOD(Pair, "after a farewell the line ends, and another peer takes over at once") {
  End other{"gw2"};
  dial(gateway, edge);
  dial(other, edge);
  link::run({&gateway, &other, &edge});
  for (int i = 0; i < 8; ++i) edge.hub->submit(entry(std::to_string(i), std::to_string(i)));
  link::run({&gateway, &other, &edge});
  REQUIRE(!gateway.delivered.empty());
  REQUIRE(!other.delivered.empty());
  gateway.hub->say_farewell("stops");
  gateway.line()->finish_write();
  edge.lines[0]->receive();
  gateway.line()->lose_wire();
  link::run({&gateway, &other, &edge});
  edge.hub->tick();
  link::run({&gateway, &other, &edge});
  CHECK(std::set<std::string>(other.delivered.begin(), other.delivered.end()).size() == 8);
}

TEST_CASE("too much waiting is refused, and a stanza that is too large") {
  End edge("edge", 8, 1000);
  CHECK_FALSE(edge.hub->congested());
  for (int i = 0; i < 3; ++i) edge.hub->submit(entry(std::string(600, 'x')));
  CHECK(edge.hub->congested());
  CHECK(edge.settled.empty());
  edge.hub->submit(entry(std::string(600, 'x')));
  edge.hub->submit(entry(std::string(600, 'y')));
  CHECK(edge.settled == Ids{std::string(600, 'y') + "!"});
  End other("edge");
  other.hub->submit(entry(std::string(Hub::kLargestStanza, 'x')));
  CHECK(other.settled.size() == 1);
}

TEST_CASE("closed, a hub refuses what it holds and all that comes") {
  End edge("edge");
  edge.hub->submit(entry("1"));
  edge.hub->close();
  edge.hub->submit(entry("2"));
  CHECK(edge.settled == Ids{"1!", "2!"});
}

TEST_CASE_METHOD(Pair, "a line is never silent for long, until its farewell") {
  dial(gateway, edge);
  run();
  edge.now += Hub::kSilence / 2;
  edge.hub->tick();
  CHECK_FALSE(edge.line()->writing());
  edge.now += Hub::kSilence / 2;
  edge.hub->tick();
  CHECK(edge.line()->writing());
  run();
  CHECK(gateway.line()->error().empty());
  edge.hub->tick();
  CHECK_FALSE(edge.line()->writing());

  edge.hub->say_farewell("stops");
  edge.line()->finish_write();
  edge.now += Hub::kSilence;
  edge.hub->tick();
  CHECK_FALSE(edge.line()->writing());
}

TEST_CASE_METHOD(Pair, "a connection without a hello is cut") {
  edge.lines.push_back(std::make_unique<FakeLine>(edge.hub, std::nullopt));
  edge.now += Hub::kHelloTimeout + 1s;
  edge.hub->tick();
  CHECK(edge.line()->broken());
}

// Chance decides what happens next: frames, writes, settlements, losses noticed early or late by
// either end, and, where `restarts` says so, kills of a whole process.
class Chaos {
 public:
  explicit Chaos(unsigned seed, bool restarts) : random_(seed), restarts_(restarts) {
    for (int side : {0, 1}) ends_[side] = make(side);
  }

  void run() {
    for (int step = 0; step < 3000; ++step) act();
    calm();
    for (int side : {0, 1}) check(side);
  }

 private:
  struct Side {
    std::vector<std::string> sent, settled;       // of the present life
    std::vector<std::vector<std::string>> taken;  // by the peer's lives
    std::set<std::string> accepted, refused;      // by the peer
  };

  static std::unique_ptr<End> make(int side) {
    return std::make_unique<End>(side == 0 ? "gateway" : "edge", 6);
  }

  int chance(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  void act() {
    const int side = chance(2);
    End& end = *ends_[side];
    const int what = chance(100);
    if (what < 25) return submit(side);
    if (what < 45) return settle(side);
    if (what < 47) return end.line() != nullptr ? end.line()->lose_wire() : redial();
    if (what < 48) return restarts_ && chance(4) == 0 ? restart(side) : redial();
    if (what < 56) return redial();
    move(end, what);
  }

  void submit(int side) {
    const std::string id = std::to_string(++last_id_);
    sides_[side].sent.push_back(id);
    ends_[side]->hub->submit(entry(id));
  }

  void settle(int side) {
    End& end = *ends_[side];
    if (end.open.empty()) return;
    const std::size_t index = chance(static_cast<int>(end.open.size()));
    const bool take = chance(3) > 0;
    (take ? sides_[1 - side].accepted : sides_[1 - side].refused).insert(end.open[index].first);
    end.settle(index, take);
  }

  void redial() {
    if (ends_[0]->line() == nullptr) dial(*ends_[0], *ends_[1]);
  }

  void move(End& end, int what) {
    if (end.lines.empty()) return;
    FakeLine& line = *end.lines[end.lines.size() - 1 - chance(std::min<int>(3, end.lines.size()))];
    if (line.gone()) return;
    if (what < 75 && line.writing())
      line.finish_write();
    else if (line.broken() && chance(3) == 0)
      line.notice();
    else if (line.arriving())
      line.receive();
    CHECK(line.error() == "");
  }

  // What the killed end had promised to nobody is gone with it; what it had received and not
  // settled comes again to its next life.
  void restart(int side) {
    for (auto& line : ends_[side]->lines) line->vanish();
    sides_[1 - side].taken.push_back(ends_[side]->delivered);
    sides_[side].sent.clear();
    sides_[side].taken.clear();
    graves_.push_back(std::move(ends_[side]));
    ends_[side] = make(side);
    restarted_ = true;
  }

  void calm() {
    for (int quiet = 0; quiet < 3;) {
      redial();
      for (auto& end : ends_) end->hub->tick();
      link::run({ends_[0].get(), ends_[1].get()});
      quiet = ends_[0]->open.empty() && ends_[1]->open.empty() ? quiet + 1 : 0;
      for (int side : {0, 1})
        while (!ends_[side]->open.empty()) settle(side);
    }
  }

  void check(int side) {
    const Side& said = sides_[side];
    Ids ids;
    for (std::string id : ends_[side]->settled) {
      const bool refused = id.back() == '!';
      if (refused) id.pop_back();
      CHECK((refused ? said.refused : said.accepted).count(id) == 1);
      ids.push_back(id);
    }
    std::sort(ids.begin(), ids.end());
    Ids sent = said.sent;
    std::sort(sent.begin(), sent.end());
    CHECK(ids == sent);  // each settled, and once

    const Ids& delivered = ends_[1 - side]->delivered;
    if (!restarted_) CHECK(delivered == said.sent);
    CHECK(std::is_sorted(delivered.begin(), delivered.end(),
                         [](const auto& x, const auto& y) { return std::stoi(x) < std::stoi(y); }));
    CHECK(std::set<std::string>(delivered.begin(), delivered.end()).size() == delivered.size());
  }

  std::mt19937 random_;
  const bool restarts_;
  bool restarted_ = false;
  int last_id_ = 0;
  Side sides_[2];
  std::unique_ptr<End> ends_[2];
  std::vector<std::unique_ptr<End>> graves_;
};

TEST_CASE("whatever is lost, each stanza is delivered once, in order, and settled once") {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    Chaos(seed, false).run();
  }
}

TEST_CASE("whoever is killed, each stanza of the living is settled once, in order in each life") {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    Chaos(seed, true).run();
  }
}

}  // namespace
}  // namespace causeway::link
