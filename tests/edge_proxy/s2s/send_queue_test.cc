#include "edge_proxy/s2s/send_queue.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/stanza/conditions.h"

using namespace causeway;
using edge::s2s::SendQueue;
using v1::Presence;

namespace {

class Settler final : public causeway::link::Settler {
 public:
  void settle(std::uint64_t sequence, std::optional<v1::StanzaError> refusal) override {
    outcomes[sequence] = refusal ? std::string(stanza::wire_name(refusal->condition())) : "taken";
  }
  std::map<std::uint64_t, std::string> outcomes;
};

// What waits, written as "m1" (message 1), "i2" (iq), "p3 ann" (available), "u4 ann" (unavailable),
// "s5 ann" (subscribe), "b6 ann" (probe), "e7 ann" (presence error): kind, number, user.
class Bench {
 public:
  causeway::link::Delivery make(const std::string& text, std::uint32_t patience_ms = 0) {
    v1::Stanza stanza;
    const std::uint64_t number = std::stoull(text.substr(1));
    stanza.mutable_from()->set_local(text.find(' ') == text.npos ? "ann"
                                                                 : text.substr(text.find(' ') + 1));
    stanza.mutable_from()->set_domain("contoso.example");
    stanza.mutable_to()->set_local("bob");
    stanza.mutable_to()->set_domain("fabrikam.example");
    stanza.set_id(text);
    stanza.set_patience_ms(patience_ms);
    switch (text[0]) {
      case 'm':
        stanza.mutable_message();
        break;
      case 'i':
        stanza.mutable_iq();
        break;
      case 'e':
        stanza.mutable_presence()->set_type(Presence::ERROR);
        stanza.mutable_error();
        break;
      default:
        stanza.mutable_presence()->set_type(kTypes.at(text[0]));
    }
    return {std::move(stanza), causeway::link::Receipt(settler, number)};
  }
  void push(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) queue.push(make(text), 10);
  }
  std::vector<SendQueue::Waiting> pop_all() {
    std::vector<SendQueue::Waiting> out;
    while (!queue.empty()) out.push_back(queue.pop());
    return out;
  }
  static std::vector<std::string> names(const std::vector<SendQueue::Waiting>& waiting) {
    std::vector<std::string> out;
    for (const auto& each : waiting) out.push_back(each.delivery.stanza.id());
    return out;
  }

  static inline const std::map<char, Presence::Type> kTypes{{'p', Presence::AVAILABLE},
                                                            {'u', Presence::UNAVAILABLE},
                                                            {'s', Presence::SUBSCRIBE},
                                                            {'b', Presence::PROBE}};
  std::shared_ptr<Settler> settler = std::make_shared<Settler>();
  std::atomic<std::size_t> sum{0};
  SendQueue queue{sum};
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("messages and iqs go before presences, each in their order", "[s2s][queue]") {
  struct Row {
    std::string name;
    Names pushed;
    Names popped;
    Names replaced;  // as numbers
  };
  const auto row = GENERATE(values<Row>({
      {"messages and iqs keep their order", {"m1", "i2", "m3"}, {"m1", "i2", "m3"}, {}},
      {"presence comes last", {"p1 ann", "m2", "i3"}, {"m2", "i3", "p1 ann"}, {}},
      {"presences keep their order",
       {"p1 ann", "p2 carl", "s3 ann"},
       {"p1 ann", "p2 carl", "s3 ann"},
       {}},
      {"a newer presence replaces an older one",
       {"p1 ann", "p2 carl", "p3 ann"},
       {"p2 carl", "p3 ann"},
       {"1"}},
      {"whether available or not", {"p1 ann", "u2 ann"}, {"u2 ann"}, {"1"}},
      {"and does not overtake what was said in between",
       {"p1 ann", "s2 ann", "p3 ann"},
       {"s2 ann", "p3 ann"},
       {"1"}},
      {"subscriptions are not replaced",
       {"s1 ann", "s2 ann", "p3 ann"},
       {"s1 ann", "s2 ann", "p3 ann"},
       {}},
      {"nor are probes and errors",
       {"b1 ann", "b2 ann", "e3 ann", "e4 ann"},
       {"b1 ann", "b2 ann", "e3 ann", "e4 ann"},
       {}},
      {"nor does an error replace a presence", {"p1 ann", "e2 ann"}, {"p1 ann", "e2 ann"}, {}},
  }));
  INFO(row.name);
  Bench bench;
  bench.push(row.pushed);
  CHECK(bench.queue.size() == row.popped.size());
  CHECK(bench.sum == 10 * row.popped.size());
  for (const std::string& number : row.replaced) {
    CHECK(bench.settler->outcomes[std::stoull(number)] == "taken");
  }
  CHECK(bench.settler->outcomes.size() == row.replaced.size());
  CHECK(Bench::names(bench.pop_all()) == row.popped);
  CHECK(bench.sum == 0);
  CHECK(bench.queue.bytes() == 0);
}

TEST_CASE("a presence to another resource is another presence", "[s2s][queue]") {
  Bench bench;
  bench.push({"p1 ann"});
  causeway::link::Delivery other = bench.make("p2 ann");
  other.stanza.mutable_to()->set_resource("phone");
  bench.queue.push(std::move(other), 10);
  CHECK(bench.queue.size() == 2);
}

TEST_CASE("what a stream lost goes first again, unless it is out of date", "[s2s][queue]") {
  Bench bench;
  bench.push({"m1", "m2", "p3 ann", "p4 carl"});
  std::vector<SendQueue::Waiting> lost = bench.pop_all();
  bench.push({"m5", "p6 ann"});
  bench.queue.put_back(std::move(lost));
  CHECK(bench.settler->outcomes == std::map<std::uint64_t, std::string>{{3, "taken"}});
  CHECK(bench.sum == 50);
  lost = bench.pop_all();
  CHECK(Bench::names(lost) == Names{"m1", "m2", "m5", "p4 carl", "p6 ann"});

  SECTION("a second loss is the last for those that were lost before") {
    bench.queue.put_back(std::move(lost));
    CHECK(bench.settler->outcomes[1] == "remote-server-timeout");
    CHECK(bench.settler->outcomes[4] == "remote-server-timeout");
    CHECK(Bench::names(bench.pop_all()) == Names{"m5", "p6 ann"});
  }
}

TEST_CASE("patience ends for each by itself", "[s2s][queue]") {
  Bench bench;
  bench.queue.push(bench.make("m1", 100), 10);
  bench.queue.push(bench.make("p2 ann", 100), 10);
  bench.push({"m3", "p4 carl"});
  bench.queue.expire(SendQueue::Clock::now());
  CHECK(bench.settler->outcomes.empty());
  bench.queue.expire(SendQueue::Clock::now() + std::chrono::seconds(1));
  CHECK(bench.settler->outcomes[1] == "remote-server-timeout");
  CHECK(bench.settler->outcomes[2] == "remote-server-timeout");
  CHECK(bench.sum == 20);
  CHECK(Bench::names(bench.pop_all()) == Names{"m3", "p4 carl"});
}
