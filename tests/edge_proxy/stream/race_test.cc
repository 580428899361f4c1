#include "edge_proxy/stream/race.h"

#include <algorithm>
#include <asio/ip/address.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace causeway::edge::stream;
using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Clock = Race::Clock;
using Family = Race::Family;
using Lines = std::vector<std::string>;

// A world with a clock of its own: when answers arrive, and what becomes of attempts.
namespace {

constexpr milliseconds kNever{-1};

struct Answer {
  milliseconds at;
  std::vector<std::string> addresses;
};
struct Host {
  Answer ipv6, ipv4;
};
// After how long an attempt ends, and how. What is not listed is a black hole, until 10 s.
struct End {
  milliseconds after;
  bool connected;
};
using Ends = std::map<std::string, End>;

constexpr milliseconds kConnectLimit{10'000};

std::string short_name(const asio::ip::address& address) {
  const std::string text = address.to_string();
  return text.substr(text.find_last_of(".:") + 1) + (address.is_v6() ? "-6" : "-4");
}

std::vector<asio::ip::address> addresses(const std::vector<std::string>& names) {
  std::vector<asio::ip::address> all;
  for (const std::string& name : names) {
    const std::string number = name.substr(0, name.find('-'));
    all.push_back(
        asio::ip::make_address((name.back() == '6' ? "2001:db8::" : "192.0.2.") + number));
  }
  return all;
}

class World {
 public:
  World(std::vector<Host> hosts, Ends ends, std::size_t attempts = 8)
      : ends_(std::move(ends)),
        race_(hosts.size(),
              {.attempt_delay = 250ms, .resolution_delay = 50ms, .attempts = attempts}) {
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      expect(i, Family::ipv6, hosts[i].ipv6);
      expect(i, Family::ipv4, hosts[i].ipv4);
    }
  }

  // Until there is a winner, or nothing left. Can be called again: then the winner was of no use.
  Lines run() {
    lines_.clear();
    while (!winner_ && !race_.over()) {
      while (const auto next = race_.next(start_ + now_)) begin(*next);
      if (!step()) break;
    }
    if (winner_) {
      lines_.push_back(at() + "won " + short_name(winner_->address));
      winner_.reset();
      for (const Trying& each : std::exchange(trying_, {})) race_.gave_way(each.attempt);
    } else {
      lines_.push_back(at() + (race_.over() ? "nothing left" : "stuck"));
    }
    return lines_;
  }

 private:
  struct News {
    milliseconds at;
    std::size_t host;
    Family family;
    std::vector<asio::ip::address> found;
  };
  struct Trying {
    Race::Attempt attempt;
    milliseconds until;
    bool connected;
  };

  std::string at() const { return std::to_string(now_.count()) + " "; }

  void expect(std::size_t host, Family family, const Answer& answer) {
    if (answer.at == kNever) return;
    news_.push_back({answer.at, host, family, addresses(answer.addresses)});
  }

  void begin(const Race::Attempt& attempt) {
    const std::string name = short_name(attempt.address);
    lines_.push_back(at() + name);
    const auto end = ends_.find(name);
    trying_.push_back(end == ends_.end()
                          ? Trying{attempt, now_ + kConnectLimit, false}
                          : Trying{attempt, now_ + end->second.after, end->second.connected});
  }

  // To the next thing that happens.
  bool step() {
    Clock::time_point next = race_.wake();
    for (const News& each : news_) next = std::min(next, start_ + each.at);
    for (const Trying& each : trying_) next = std::min(next, start_ + each.until);
    if (next == Clock::time_point::max()) return false;
    now_ = std::max(now_, std::chrono::duration_cast<milliseconds>(next - start_));
    for (auto each = news_.begin(); each != news_.end();) {
      if (each->at > now_) {
        ++each;
        continue;
      }
      race_.resolved(each->host, each->family, each->found, start_ + now_);
      each = news_.erase(each);
    }
    for (auto each = trying_.begin(); each != trying_.end();) {
      if (each->until > now_ || winner_) {
        ++each;
        continue;
      }
      if (each->connected) {
        winner_ = each->attempt;
        race_.won(each->attempt);
      } else {
        race_.failed(each->attempt, start_ + now_);
      }
      each = trying_.erase(each);
    }
    return true;
  }

  const Clock::time_point start_ = Clock::time_point() + 1h;
  Ends ends_;
  Race race_;
  std::vector<News> news_;
  std::vector<Trying> trying_;
  std::optional<Race::Attempt> winner_;
  milliseconds now_{0};
  Lines lines_;
};

const Answer kNone0{0ms, {}};
const Host kDual{{10ms, {"1-6"}}, {10ms, {"1-4"}}};

}  // namespace

TEST_CASE("happy eyeballs, step by step", "[stream][race]") {
  const End up{20ms, true};
  const End slow{400ms, true};
  const End refused{5ms, false};
  struct Row {
    std::string what;
    std::vector<Host> hosts;
    Ends ends;
    Lines lines;
  };
  const std::vector<Row> rows{
      {"IPv6 first", {kDual}, {{"1-6", up}, {"1-4", up}}, {"10 1-6", "30 won 1-6"}},
      {"IPv6 in a black hole: 250 ms later IPv4",
       {kDual},
       {{"1-4", up}},
       {"10 1-6", "260 1-4", "280 won 1-4"}},
      {"IPv6 refused: IPv4 at once",
       {kDual},
       {{"1-6", refused}, {"1-4", up}},
       {"10 1-6", "15 1-4", "35 won 1-4"}},
      {"IPv6 slow, but before IPv4",
       {kDual},
       {{"1-6", {300ms, true}}, {"1-4", {100ms, true}}},
       {"10 1-6", "260 1-4", "310 won 1-6"}},
      {"IPv6 slower than IPv4's late start",
       {kDual},
       {{"1-6", slow}, {"1-4", up}},
       {"10 1-6", "260 1-4", "280 won 1-4"}},
      {"all refused",
       {kDual},
       {{"1-6", refused}, {"1-4", refused}},
       {"10 1-6", "15 1-4", "20 nothing left"}},
      {"all in a black hole", {kDual}, {}, {"10 1-6", "260 1-4", "10260 nothing left"}},
      {"AAAA before A: at once",
       {{{10ms, {"1-6"}}, {500ms, {"1-4"}}}},
       {{"1-6", up}},
       {"10 1-6", "30 won 1-6"}},
      {"A before AAAA: AAAA within the resolution delay comes first",
       {{{40ms, {"1-6"}}, {10ms, {"1-4"}}}},
       {{"1-6", up}, {"1-4", up}},
       {"40 1-6", "60 won 1-6"}},
      {"A before AAAA: not longer than the resolution delay",
       {{{500ms, {"1-6"}}, {10ms, {"1-4"}}}},
       {{"1-4", up}},
       {"60 1-4", "80 won 1-4"}},
      {"there is no AAAA: at once",
       {{{12ms, {}}, {10ms, {"1-4"}}}},
       {{"1-4", up}},
       {"12 1-4", "32 won 1-4"}},
      {"AAAA never answers, and A fails: over only when it does not come",
       {{{kNever, {}}, {10ms, {"1-4"}}}},
       {{"1-4", refused}},
       {"60 1-4", "65 stuck"}},
      {"a late AAAA joins the race",
       {{{100ms, {"1-6"}}, {10ms, {"1-4"}}}},
       {{"1-6", up}},
       {"60 1-4", "310 1-6", "330 won 1-6"}},
      {"families take turns",
       {{{0ms, {"1-6", "2-6", "3-6"}}, {0ms, {"1-4", "2-4"}}}},
       {},
       {"0 1-6", "250 1-4", "500 2-6", "750 2-4", "1000 3-6", "11000 nothing left"}},
      {"IPv4 alone",
       {{kNone0, {0ms, {"1-4", "2-4"}}}},
       {{"1-4", refused}, {"2-4", up}},
       {"0 1-4", "5 2-4", "25 won 2-4"}},
      {"two hosts, four addresses: weights decide within a family",
       {{{0ms, {"1-6"}}, {0ms, {"1-4"}}}, {{0ms, {"2-6"}}, {0ms, {"2-4"}}}},
       {},
       {"0 1-6", "250 1-4", "500 2-6", "750 2-4", "10750 nothing left"}},
      {"two hosts: the first has IPv4 only, and is still the first",
       {{kNone0, {0ms, {"1-4"}}}, {{0ms, {"2-6"}}, kNone0}},
       {{"2-6", up}},
       {"0 1-4", "250 2-6", "270 won 2-6"}},
      {"the second host is known first: the first is waited for",
       {{{30ms, {"1-6"}}, {30ms, {}}}, {{0ms, {"2-6"}}, kNone0}},
       {{"1-6", up}, {"2-6", up}},
       {"30 1-6", "50 won 1-6"}},
      {"the second host is known first, and the first not in time",
       {{{300ms, {"1-6"}}, {300ms, {}}}, {{0ms, {"2-6"}}, kNone0}},
       {{"2-6", up}},
       {"50 2-6", "70 won 2-6"}},
      {"the first host has no address",
       {{kNone0, {5ms, {}}}, {{0ms, {"2-6"}}, kNone0}},
       {{"2-6", up}},
       {"5 2-6", "25 won 2-6"}},
      {"no host has an address", {{kNone0, kNone0}, {{7ms, {}}, kNone0}}, {}, {"7 nothing left"}},
      {"an earlier attempt that fails hurries nobody",
       {{{0ms, {"1-6"}}, {0ms, {"1-4", "2-4"}}}},
       {{"1-6", {300ms, false}}, {"1-4", {10s, false}}, {"2-4", up}},
       {"0 1-6", "250 1-4", "500 2-4", "520 won 2-4"}},
      {"the latest attempt that fails does",
       {{{0ms, {"1-6"}}, {0ms, {"1-4", "2-4"}}}},
       {{"1-4", {10ms, false}}, {"2-4", up}},
       {"0 1-6", "250 1-4", "260 2-4", "280 won 2-4"}},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(World(row.hosts, row.ends).run() == row.lines);
  }
}

TEST_CASE("only so many attempts at once", "[stream][race]") {
  const Host host{kNone0, {0ms, {"1-4", "2-4", "3-4", "4-4", "5-4"}}};
  World world({host}, {{"1-4", {2000ms, false}}, {"5-4", {20ms, true}}}, 3);
  // The third attempt is the latest; the first makes room when it ends.
  CHECK(world.run() ==
        Lines{"0 1-4", "250 2-4", "500 3-4", "2000 4-4", "10250 5-4", "10270 won 5-4"});
}

TEST_CASE("a winner of no use: the race goes on with what is left", "[stream][race]") {
  const Host host{{0ms, {"1-6", "2-6"}}, {0ms, {"1-4"}}};
  World world({host}, {{"1-6", {400ms, true}}, {"1-4", {20ms, true}}, {"2-6", {20ms, true}}});
  CHECK(world.run() == Lines{"0 1-6", "250 1-4", "270 won 1-4"});
  // The one that gave way is the next, not lost; and it need not wait.
  CHECK(world.run() == Lines{"270 1-6", "520 2-6", "540 won 2-6"});
  CHECK(world.run() == Lines{"540 1-6", "940 won 1-6"});
  CHECK(world.run() == Lines{"940 nothing left"});
}
