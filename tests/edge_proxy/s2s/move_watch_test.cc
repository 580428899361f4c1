#include "edge_proxy/s2s/move_watch.h"

#include <catch2/catch.hpp>

using causeway::edge::s2s::MoveWatch;
using causeway::edge::stream::Whereabouts;
using namespace std::chrono_literals;

namespace {

constexpr MoveWatch::Clock::time_point kNow = MoveWatch::Clock::time_point() + 1h;

Whereabouts at(std::uint64_t fingerprint, MoveWatch::Clock::time_point expires) {
  return {.fingerprint = fingerprint, .anywhere = fingerprint != 0, .expires = expires};
}

}  // namespace

TEST_CASE("looked for at the failure, then once per TTL", "[s2s][move_watch]") {
  MoveWatch watch;
  CHECK_FALSE(watch.due(kNow));
  watch.failed();
  CHECK(watch.due(kNow));
  watch.look();
  CHECK_FALSE(watch.due(kNow));
  CHECK_FALSE(watch.found(at(1, kNow + 60s)));  // this is where it failed
  CHECK_FALSE(watch.due(kNow + 59s));
  CHECK(watch.due(kNow + 60s));
  watch.look();
  CHECK_FALSE(watch.found(at(1, kNow + 120s)));
  CHECK_FALSE(watch.due(kNow + 119s));
  watch.look();
  CHECK_FALSE(watch.found(at(0, kNow + 180s)));  // gone: nowhere to try
  watch.look();
  CHECK(watch.found(at(2, kNow + 240s)));
}

TEST_CASE("not looked for without need", "[s2s][move_watch]") {
  MoveWatch watch;
  watch.failed();
  watch.look();
  watch.reset();  // heard from meanwhile
  CHECK(watch.looking());
  CHECK_FALSE(watch.found(at(1, kNow)));
  CHECK_FALSE(watch.due(kNow));

  watch.failed();
  watch.look();
  watch.given_up();
  CHECK(watch.due(kNow));
  watch.look();
  CHECK_FALSE(watch.found(at(2, kNow)));  // the first after a failure is never a move
}
