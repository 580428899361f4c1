#include "edge_proxy/s2s/handled.h"

#include <asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <thread>
#include <vector>

using causeway::edge::s2s::Handled;
using causeway::link::Receipt;

namespace {

struct Bench {
  asio::io_context io{1};
  int news = 0;
  std::shared_ptr<Handled> handled =
      std::make_shared<Handled>(io.get_executor(), [this] { ++news; });
  void run() {
    io.restart();
    io.run();
  }
};

}  // namespace

TEST_CASE("a stanza counts when all before it do", "[s2s][handled]") {
  Bench bench;
  std::map<int, Receipt> receipts;
  for (int i = 1; i <= 4; ++i) receipts[i] = bench.handled->next();
  bench.handled->next_dealt_with();
  CHECK(bench.handled->received() == 5);
  CHECK(bench.handled->count() == 0);
  receipts[2].taken();
  CHECK(bench.handled->count() == 0);
  receipts[1].taken();
  CHECK(bench.handled->count() == 2);
  receipts[4].taken();
  CHECK(bench.handled->count() == 2);
  receipts[3].taken();
  CHECK(bench.handled->count() == 5);
}

TEST_CASE("what nobody answers for is never acknowledged", "[s2s][handled]") {
  Bench bench;
  { const Receipt dropped = bench.handled->next(); }
  Receipt next = bench.handled->next();
  next.taken();
  CHECK(bench.handled->count() == 0);
}

TEST_CASE("there is news once, and only when it was wished for", "[s2s][handled]") {
  Bench bench;
  Receipt first = bench.handled->next();
  Receipt second = bench.handled->next();
  first.taken();
  bench.run();
  CHECK(bench.news == 0);
  CHECK_FALSE(bench.handled->wish());
  Receipt third = bench.handled->next();
  std::thread([&] { second.taken(); }).join();
  bench.run();
  CHECK(bench.news == 1);
  third.taken();
  bench.run();
  CHECK(bench.news == 1);
  CHECK(bench.handled->wish());

  SECTION("not after the end of the stream") {
    Receipt late = bench.handled->next();
    CHECK_FALSE(bench.handled->wish());
    bench.handled->detach();
    late.taken();
    bench.run();
    CHECK(bench.news == 1);
  }
}
