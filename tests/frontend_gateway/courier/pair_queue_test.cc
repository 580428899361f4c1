#include "frontend_gateway/courier/pair_queue.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/world/world.h"

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

  bool push(PairQueue::Pair pair, const std::string& body,
            std::chrono::milliseconds patience = {}) {
    Errand errand{};
    errand.request.body = body;
    errand.patience = patience;
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
  Line line({.per_pair = 10, .in_all = 10, .longest_wait = 2000ms});
  line.push(1, "a");
  line.push(1, "b");
  line.world.pass(900ms);
  line.push(1, "c");
  line.world.pass(200ms);  // the next look is at 1250 ms
  line.world.next_request().answer(200);
  auto next = line.world.next_request();
  CHECK(next.request.body == "c");
  CHECK(line.statuses == std::vector<int>{200, 408});
  next.answer(200);
  CHECK(line.queue.size() == 0);
}

TEST_CASE("an errand is sent with the time it has left", "[gateway]") {
  struct Row {
    std::chrono::milliseconds patience, before, left;
  };
  const auto row = GENERATE(values<Row>({
      {0ms, 0ms, 60000ms},
      {0ms, 30000ms, 30000ms},
      {25000ms, 0ms, 25000ms},
      {25000ms, 20000ms, 5000ms},
      {90000ms, 0ms, 60000ms},
      {1000ms, 0ms, 1000ms},
  }));
  INFO(row.patience.count());
  Line line({.per_pair = 10, .in_all = 10});
  if (row.before > 0ms) line.push(1, "before");
  CHECK(line.push(1, "late", row.patience));
  line.world.pass(row.before);
  if (row.before > 0ms) line.world.next_request().answer(200);
  const auto sent = line.world.next_request();
  CHECK(sent.request.body == "late");
  CHECK(sent.request.answer_within == row.left);
}

TEST_CASE("who has no time for an answer is not sent", "[gateway]") {
  Line line({.per_pair = 10, .in_all = 10});
  CHECK(line.push(1, "a", 999ms));
  CHECK(line.world.requests.empty());
  CHECK(line.statuses == std::vector<int>{408});
  CHECK(line.queue.size() == 0);
  CHECK(line.push(1, "b"));
  CHECK(line.world.next_request().request.body == "b");
}

TEST_CASE("who waits is refused in time, though nobody answers", "[gateway]") {
  Line line({.per_pair = 10, .in_all = 10});
  line.push(1, "pending", 25000ms);
  line.push(1, "b", 20000ms);
  line.push(1, "c", 10000ms);
  line.push(2, "pending", 25000ms);
  line.push(2, "d", 5000ms);
  CHECK(line.world.timers() == 1);
  line.world.pass(4000ms);
  CHECK(line.statuses.empty());
  line.world.pass(500ms);
  CHECK(line.statuses == std::vector<int>{408});
  line.world.pass(5000ms);
  CHECK(line.statuses.size() == 2);
  CHECK(line.world.timers() == 1);
  line.world.pass(10000ms);
  CHECK(line.statuses == std::vector<int>{408, 408, 408});
  CHECK(line.queue.size() == 2);
  line.world.pass(1000ms);
  CHECK(line.world.timers() == 0);

  line.world.next_request().answer(200);
  CHECK(line.push(1, "e"));
  line.world.next_request().answer(200);
  CHECK(line.world.next_request().request.body == "e");
}

TEST_CASE("a long line ends with the user agent", "[gateway]") {
  constexpr int kCount = 100000;
  Line line({.per_pair = kCount, .in_all = kCount});
  for (int i = 0; i < kCount; ++i) line.push(1, "x");
  auto first = line.world.next_request();
  line.world.ending = true;
  first.answer(503);
  CHECK(line.statuses.size() == kCount);
  CHECK(line.queue.size() == 0);
  line.push(2, "and what comes after it");
  CHECK(line.statuses.size() == kCount + 1);
}
