#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "common/log/log.h"
#include "tests/edge_proxy/matrix/edge.h"

using namespace causeway;
using namespace causeway::test::matrix;

namespace {

constexpr int kPlayers = 8;  // most of the time they wait
constexpr std::size_t kFaultsShown = 10;

// Under a sanitizer a sample does: the rules are the same, and each is met many times. The number
// has no factor in common with any dimension.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kEvery = 17;
#else
constexpr std::size_t kEvery = 1;
#endif

const World& world() {
  static const World kWorld;
  return kWorld;
}

std::vector<Cell> cells_to_play(Role role) {
  std::vector<Cell> cells;
  const std::vector<Cell> all = all_cells(role);
  for (std::size_t i = 0; i < all.size(); i += kEvery) cells.push_back(all[i]);
  return cells;
}

// What came of the cells, against what was to come.
class Verdict {
 public:
  void compare(const Cell& cell, const Played& played) {
    const Outcome wanted = expected(cell);
    const std::lock_guard lock(mutex_);
    ++cells_;
    ++by_proof_[played.outcome.proof];
    if (played.outcome == wanted && played.breach.empty()) return;
    if (++faults_ > kFaultsShown) return;
    FAIL_CHECK(words(cell) << "\nwanted: " << words(wanted) << "\ngot:    " << words(played.outcome)
                           << "\n"
                           << played.breach << "\n"
                           << played.dialogue);
  }
  void say(const std::string& role) {
    WARN(role << ": " << cells_ << " cells, " << faults_ << " not as the documents say; EXTERNAL "
              << by_proof_[v1::StreamEvent::SASL_EXTERNAL] << ", dialback over TLS "
              << by_proof_[v1::StreamEvent::TLS_DIALBACK] << ", over TCP "
              << by_proof_[v1::StreamEvent::TCP_DIALBACK] << ", none "
              << by_proof_[v1::StreamEvent::NO_PROOF]);
    CHECK(faults_ == 0);
  }

 private:
  std::mutex mutex_;  // Catch's assertions are for one thread at a time
  std::size_t cells_ = 0;
  std::size_t faults_ = 0;
  std::map<v1::StreamEvent::Proof, std::size_t> by_proof_;
};

// Plays the cells with several players at once; `make` gives each its own way to play one.
template <typename Make>
void play(const std::vector<Cell>& cells, Make make, Verdict& verdict) {
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> players;
  for (int i = 0; i != kPlayers; ++i) {
    players.emplace_back([&] {
      auto player = make();
      for (std::size_t i = next++; i < cells.size(); i = next++) {
        verdict.compare(cells[i], player(cells[i]));
      }
    });
  }
}

bool same_edge(const Cell& a, const Cell& b) {
  return a.tls == b.tls && a.sasl == b.sasl && a.dialback == b.dialback && a.peer_tls == b.peer_tls;
}

void quiet() {
  log::configure(log::Level::error, log::Format::text);
  std::signal(SIGPIPE, SIG_IGN);  // peers write to edges that have gone
}

}  // namespace

TEST_CASE("attack 5, 8: as receiver the edge does what the documents say, in every cell",
          "[matrix][receiver]") {
  quiet();
  const std::vector<Cell> cells = cells_to_play(Role::receiver);
  REQUIRE(all_cells(Role::receiver).size() >= 3000);
  Verdict verdict;
  for (auto begin = cells.begin(); begin != cells.end();) {
    const auto end = std::find_if_not(begin, cells.end(),
                                      [&](const Cell& cell) { return same_edge(*begin, cell); });
    ReceivingEdge edge(world(), *begin);
    play(
        {begin, end}, [&] { return [&](const Cell& cell) { return edge.play(cell); }; }, verdict);
    begin = end;
  }
  verdict.say("receiver");
}

TEST_CASE("attack 5, 8, 11: as initiator the edge does what the documents say, in every cell",
          "[matrix][initiator]") {
  quiet();
  REQUIRE(all_cells(Role::initiator).size() >= 3000);
  Verdict verdict;
  play(
      cells_to_play(Role::initiator),
      [] {
        return [edge = std::make_shared<InitiatingEdge>(world())](const Cell& cell) {
          return edge->play(cell);
        };
      },
      verdict);
  verdict.say("initiator");
}
