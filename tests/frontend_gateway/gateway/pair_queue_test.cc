#include "frontend_gateway/gateway/pair_queue.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/frontend_gateway/gateway/world.h"

using namespace causeway::gateway;
using namespace causeway::test;
using namespace std::chrono_literals;

namespace {

struct Line {
  explicit Line(PairQueue::Limits limits)
      : queue(world, limits, [this](Errand, sip::Response response) {
          statuses.push_back(response.status);
          if (on_finished) on_finished();
        }) {}

  bool push(PairQueue::Pair pair, const std::string& body) {
    Errand errand{};
    errand.request.body = body;
    const bool pushed = queue.push(pair, errand);
    CHECK(errand.request.body == (pushed ? "" : body));
    return pushed;
  }

  World world;
  std::vector<int> statuses;
  std::function<void()> on_finished;
  PairQueue queue;
};

}  // namespace

TEST_CASE("an errand without room stays with its owner", "[gateway]") {
  Line line({.per_pair = 1, .in_all = 3});
  CHECK(line.push(1, "pending in the user agent's hands"));
  CHECK(line.push(1, "waiting in the line behind it"));
  CHECK_FALSE(line.push(1, "one too many for the pair, kept"));
  CHECK(line.push(2, "pending in the user agent's hands"));
  CHECK_FALSE(line.push(3, "one too many in all, kept by its owner"));
  CHECK(line.queue.size() == 3);
}

TEST_CASE("what an outcome brings in stands behind those who wait", "[gateway]") {
  Line line({.per_pair = 10, .in_all = 10});
  line.push(1, "a");
  line.push(1, "b");
  line.on_finished = [&] {
    line.on_finished = nullptr;
    line.push(1, "c");
  };
  line.world.next_request().answer(200);
  auto second = line.world.next_request();
  CHECK(second.request.body == "b");
  CHECK(line.world.requests.empty());
  second.answer(404);
  line.world.next_request().answer(200);
  CHECK(line.statuses == std::vector<int>{200, 404, 200});
  CHECK(line.queue.size() == 0);
}

TEST_CASE("who has waited too long for a turn does not get one", "[gateway]") {
  Line line({.per_pair = 10, .in_all = 10, .longest_wait = 1000ms});
  line.push(1, "a");
  line.push(1, "b");
  line.world.pass(900ms);
  line.push(1, "c");
  line.world.pass(200ms);
  line.world.next_request().answer(200);
  auto next = line.world.next_request();
  CHECK(next.request.body == "c");
  CHECK(line.statuses == std::vector<int>{200, 408});
  next.answer(200);
  CHECK(line.queue.size() == 0);
}
