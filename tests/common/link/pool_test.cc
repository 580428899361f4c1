#include "common/link/pool.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <map>
#include <set>

#include "common/link/line.h"
#include "tests/common/link/stanzas.h"

namespace causeway::link {
namespace {

using namespace std::chrono_literals;
using Ids = std::vector<std::string>;

const Clock::time_point kStart{1h};

struct NoLine : Line {
  NoLine() : Line(false) {}
  void write() override {}
  void cut(const std::string&) override {}
  void finish() override {}
  void attached(v1::Hello) override {}
  void add_extras() override {}
  void say_farewell(const std::string&) override {}
};

struct Fixture {
  Pool pool{2s};
  NoLine line;
  Clock::time_point now = kStart;

  std::shared_ptr<Peer> join(const std::string& name, const std::string& instance) {
    v1::Hello hello;
    hello.set_name(name);
    hello.set_instance(instance);
    auto peer = std::make_shared<Peer>(std::weak_ptr<Hub>(), hello, 100);
    peer->line = &line;
    pool.join(peer, now);
    std::vector<Outcome> none;
    v1::Transfer credit;
    credit.set_credit_limit(1000);
    CHECK(peer->outbox.apply(credit, none).ok());
    return peer;
  }

  void come_back(const std::shared_ptr<Peer>& peer) {
    peer->line = &line;
    pool.join(peer, now);
  }

  std::vector<Entry> tick(std::chrono::milliseconds passed) {
    now += passed;
    std::vector<Entry> expired;
    pool.tick(now, expired);
    return expired;
  }

  Ids held(Peer& peer) {
    Ids ids;
    peer.outbox.for_each([&](const Entry& entry) { ids.push_back(entry.stanza->id()); });
    return ids;
  }

  void settle_all(Peer& peer) {
    v1::Transfer sent, settled;
    Loan loan;
    std::vector<Outcome> outcomes;
    peer.outbox.fill(now, sent, loan);
    settled.set_acknowledged(sent.first_sequence() + sent.stanzas_size() - 1);
    CHECK(pool.apply(peer, settled, outcomes).ok());
  }
};

std::string user(int n) { return "user" + std::to_string(n); }

TEST_CASE_METHOD(Fixture, "what a life waits for goes to that life") {
  const auto one = join("gw1", "1111111111111111aaaa");
  const auto two = join("gw2", "2222222222222222bbbb");
  for (const auto& peer : {one, two}) {
    Entry answer = entry(peer->name);
    answer.key = peer->life_hash;
    pool.submit(std::move(answer));
  }
  CHECK(held(*one) == Ids{"gw1"});
  CHECK(held(*two) == Ids{"gw2"});
}

TEST_CASE_METHOD(Fixture, "what comes before any peer waits for the first one") {
  pool.submit(entry("1"));
  pool.submit(entry("2"));
  CHECK(pool.bytes() > 0);
  CHECK(held(*join("gw1", "a")) == Ids{"1", "2"});
}

TEST_CASE_METHOD(Fixture, "users are shared among the peers, each user at one of them") {
  const auto one = join("gw1", "a"), two = join("gw2", "b");
  for (int i = 0; i < 100; ++i) pool.submit(entry(user(i), user(i)));
  const Ids at_one = held(*one), at_two = held(*two);
  CHECK(at_one.size() + at_two.size() == 100);
  CHECK(at_one.size() > 25);
  CHECK(at_two.size() > 25);
  for (int i = 0; i < 100; ++i) pool.submit(entry(user(i), user(i)));
  CHECK(std::set<std::string>(at_one.begin(), at_one.end()).size() * 2 == held(*one).size());
}

TEST_CASE_METHOD(Fixture, "a lost peer is waited for, then its stanzas move in order") {
  const auto one = join("gw1", "a"), two = join("gw2", "b");
  for (const char* id : {"1", "2", "3"}) pool.submit(entry(id));
  Peer& owner = held(*one).empty() ? *two : *one;
  Peer& other = &owner == one.get() ? *two : *one;
  pool.lose(owner, now);
  pool.submit(entry("4"));
  tick(1900ms);
  CHECK(held(owner) == Ids{"1", "2", "3", "4"});
  tick(100ms);
  CHECK(held(other) == Ids{"1", "2", "3", "4"});
  pool.submit(entry("5"));
  CHECK(held(other).back() == "5");
}

TEST_CASE_METHOD(Fixture, "a peer that said farewell is not waited for") {
  const auto one = join("gw1", "a"), two = join("gw2", "b");
  pool.submit(entry("1"));
  Peer& owner = held(*one).empty() ? *two : *one;
  owner.said_farewell = true;
  pool.lose(owner, now);
  tick(0ms);
  CHECK(held(owner).empty());
  CHECK(pool.bytes() > 0);
}

TEST_CASE_METHOD(Fixture, "the only peer keeps its stanzas while it is away") {
  const auto one = join("gw1", "a");
  pool.submit(entry("1"));
  pool.lose(*one, now);
  tick(1h);
  pool.submit(entry("2"));
  CHECK(held(*one) == Ids{"1", "2"});
  come_back(one);
  CHECK(held(*one) == Ids{"1", "2"});

  pool.lose(*one, now);
  tick(3s);
  CHECK(held(*join("gw2", "b")) == Ids{"1", "2"});
  CHECK(held(*one).empty());
}

TEST_CASE_METHOD(Fixture, "a new life of the same name takes over at once") {
  const auto before = join("gw1", "a");
  pool.submit(entry("1"));
  pool.lose(*before, now);
  const auto after = join("gw1", "b");
  CHECK(held(*after) == Ids{"1"});
  CHECK(held(*before).empty());
}

TEST_CASE_METHOD(Fixture, "of two living peers of one name the later one gets what is new") {
  const auto before = join("gw1", "a");
  pool.submit(entry("1", "romeo"));
  const auto after = join("gw1", "b");
  pool.submit(entry("2", "juliet"));
  CHECK(held(*before) == Ids{"1"});
  CHECK(held(*after) == Ids{"2"});
}

TEST_CASE_METHOD(Fixture, "a newcomer gets no user whose stanzas are under way elsewhere") {
  const auto one = join("gw1", "a");
  for (int i = 0; i < 60; ++i) pool.submit(entry(user(i), user(i)));
  const auto two = join("gw2", "b");
  for (int i = 0; i < 60; ++i) pool.submit(entry("again", user(i)));
  CHECK(held(*one).size() == 120);
  CHECK(held(*two).empty());

  settle_all(*one);
  settle_all(*one);
  CHECK(held(*one).empty());
  for (int i = 0; i < 60; ++i) pool.submit(entry(user(i), user(i)));
  CHECK(held(*two).size() > 15);
}

TEST_CASE_METHOD(Fixture, "what expires is given out, wherever it waits, and frees its user") {
  pool.submit(entry("1", "romeo", now + 1s));
  CHECK(ids(tick(1s)) == Ids{"1"});
  const auto one = join("gw1", "a");
  for (int i = 0; i < 20; ++i) pool.submit(entry(user(i), user(i), now + 1s));
  const auto two = join("gw2", "b");
  CHECK(tick(1s).size() == 20);
  for (int i = 0; i < 20; ++i) pool.submit(entry(user(i), user(i)));
  CHECK(!held(*two).empty());
}

TEST_CASE_METHOD(Fixture, "lives long gone are forgotten, and never too many remembered") {
  const auto stays = join("gw1", "stays");
  const auto gone = join("gw2", "gone");
  pool.lose(*gone, now);
  tick(Pool::kMemory - 1s);
  CHECK(pool.find("gone") == gone);
  tick(1s);
  CHECK(pool.find("gone") == nullptr);

  for (std::size_t i = 0; i < 2 * Pool::kRemembered; ++i) {
    pool.lose(*join("gw2", std::to_string(i)), now);
    tick(3s);
  }
  CHECK(pool.peers().size() == Pool::kRemembered);
  CHECK(pool.find("stays") == stays);
}

TEST_CASE_METHOD(Fixture, "drained, the pool gives up everything") {
  pool.submit(entry("1", "romeo"));
  join("gw1", "a");
  join("gw2", "b");
  pool.submit(entry("2", "juliet"));
  CHECK(pool.drain().size() == 2);
  CHECK(pool.bytes() == 0);
}

}  // namespace
}  // namespace causeway::link
