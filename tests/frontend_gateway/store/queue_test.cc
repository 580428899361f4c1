#include "frontend_gateway/store/queue.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "tests/frontend_gateway/store/samples.h"

using namespace causeway::gateway::store;
using namespace std::chrono_literals;

namespace {

const Queue::Clock::time_point kNow{100s};
const absl::Status kAway = absl::UnavailableError("away");

Record setting(const std::string& name, const std::string& value) {
  return record_of({Setting{name, value}}, "gw1");
}
Record no_setting(const std::string& name) { return record_of({Setting{name, ""}, true}, "gw1"); }

// "name=value", or "name gone".
std::string text_of(const Record& record) {
  const std::string name = std::get<std::string>(record.values[0]);
  return record.remove ? name + " gone" : name + "=" + std::get<std::string>(record.values[1]);
}

// A queue and the database behind it, as far as it matters.
struct Stage {
  Queue queue{1 << 20};
  std::vector<std::string> told;  // who asked, in order
  std::map<std::string, std::string> rows;

  void ask(const std::string& who, std::vector<Record> records,
           std::chrono::seconds patience = 5s) {
    Queue::Written written = [this, who](absl::Status status) {
      told.push_back(who + ": " + std::string(absl::StatusCodeToString(status.code())));
    };
    REQUIRE(queue.add(records, written, kNow + patience));
  }
  void leave(Record record) { REQUIRE(queue.add(std::move(record))); }

  std::vector<Queue::GroupPointer> take() { return queue.take(1000); }
  // As the database does it in a transaction that ends well.
  void execute(const std::vector<Queue::GroupPointer>& groups) {
    for (const auto& group : groups)
      for (const Record& record : group->records) {
        const std::string name = std::get<std::string>(record.values[0]);
        if (group->asked && !group->doubtful)
          group->before.push_back(rows.count(name) ? setting(name, rows[name]) : no_setting(name));
        if (record.remove)
          rows.erase(name);
        else
          rows[name] = std::get<std::string>(record.values[1]);
      }
  }
  void written(const std::vector<Queue::GroupPointer>& groups) {
    for (const auto& group : groups) tell(queue.written(group));
  }
  void give_back(const std::vector<Queue::GroupPointer>& groups, bool doubtful) {
    for (const auto& group : groups) queue.give_back(group, doubtful);
  }
  void write_all() {
    const auto groups = take();
    execute(groups);
    written(groups);
  }
  void expire(std::chrono::seconds after) {
    for (Queue::Answer& answer : queue.expire(kNow + after, kAway)) answer.written(answer.status);
  }
  void tell(std::optional<Queue::Answer> answer) {
    if (answer) answer->written(answer->status);
  }
  std::vector<std::string> waiting() {
    std::vector<std::string> texts;
    const auto groups = take();
    for (const auto& group : groups)
      for (const Record& record : group->records) texts.push_back(text_of(record));
    give_back(groups, false);
    return texts;
  }
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("the queue keeps the order and the newest", "[store]") {
  Stage stage;
  stage.leave(setting("a", "1"));
  stage.leave(setting("b", "1"));
  stage.ask("x", {setting("a", "2"), setting("c", "1")});
  stage.leave(setting("b", "2"));
  CHECK(stage.waiting() == Texts{"a=1", "a=2", "c=1", "b=2"});
  stage.leave(setting("a", "3"));
  CHECK(stage.waiting() == Texts{"a=2", "c=1", "b=2", "a=3"});
  CHECK(stage.queue.rows() == 4);
  stage.write_all();
  CHECK(stage.told == Texts{"x: OK"});
  CHECK(stage.queue.empty());
  CHECK(stage.queue.rows() == 0);
  CHECK(stage.queue.bytes() == 0);
  CHECK_FALSE(stage.queue.next_deadline());
}

TEST_CASE("a batch is bounded and never cuts a group", "[store]") {
  Stage stage;
  for (int i = 0; i < 10; ++i)
    stage.ask("x", {setting(std::to_string(i), "1"), setting(std::to_string(i), "2")});
  CHECK(stage.queue.take(4).size() == 2);
  CHECK(stage.queue.take(5).size() == 3);
  stage.ask("y", {});
  CHECK(stage.queue.take(1000).size() == 11);
}

TEST_CASE("what may wait is bounded", "[store]") {
  Queue queue(4000);
  int taken = 0;
  while (queue.add(setting(std::to_string(taken), std::string(300, 'x')))) ++taken;
  CHECK(taken > 3);
  CHECK(taken < 14);
  std::vector<Record> records = {setting("y", "")};
  Queue::Written written = [](absl::Status) {};
  CHECK_FALSE(queue.add(records, written, kNow));
  CHECK(written);  // still its owner's
  CHECK(records.size() == 1);
  CHECK(queue.add(setting("0", "newer")));  // in the place of an older one
  CHECK(queue.rows() == static_cast<std::size_t>(taken));
}

TEST_CASE("who asks is told when it has taken too long, and then it was not written", "[store]") {
  Stage stage;
  stage.ask("x", {setting("a", "1")}, 5s);
  stage.ask("y", {setting("b", "1")}, 6s);
  stage.leave(setting("c", "1"));
  CHECK(stage.queue.next_deadline() == kNow + 5s);

  SECTION("in the queue") {
    stage.expire(5s);
    CHECK(stage.told == Texts{"x: UNAVAILABLE"});
    stage.write_all();
    CHECK(stage.rows == std::map<std::string, std::string>{{"b", "1"}, {"c", "1"}});
    CHECK(stage.told == Texts{"x: UNAVAILABLE", "y: OK"});
  }
  SECTION("rolled back") {
    const auto groups = stage.take();
    stage.give_back(groups, false);
    stage.expire(5s);
    stage.write_all();
    CHECK(stage.rows == std::map<std::string, std::string>{{"b", "1"}, {"c", "1"}});
  }
  SECTION("in a transaction that ends well after all") {
    const auto groups = stage.take();
    stage.execute(groups);
    stage.expire(5s);
    CHECK(stage.told == Texts{"x: UNAVAILABLE"});
    stage.written(groups);
    CHECK(stage.told == Texts{"x: UNAVAILABLE", "y: OK"});
    CHECK(stage.waiting() == Texts{"a gone"});
    stage.write_all();
    CHECK(stage.rows == std::map<std::string, std::string>{{"b", "1"}, {"c", "1"}});
  }
  SECTION("in a transaction that nobody knows the end of") {
    const auto groups = stage.take();
    stage.execute(groups);
    stage.give_back(groups, true);
    stage.expire(5s);
    stage.expire(6s);
    CHECK(stage.waiting() == Texts{"a gone", "b gone", "c=1"});
    stage.write_all();
    CHECK(stage.rows == std::map<std::string, std::string>{{"c", "1"}});
  }
  SECTION("in such a one that is tried again in time") {
    const auto groups = stage.take();
    stage.execute(groups);
    stage.give_back(groups, true);
    stage.write_all();
    CHECK(stage.told == Texts{"x: OK", "y: OK"});
    CHECK(stage.queue.empty());
    CHECK(stage.rows.size() == 3);
  }
}

TEST_CASE("what is undone is what nobody wrote later", "[store]") {
  Stage stage;
  stage.rows = {{"a", "old"}};
  stage.ask("x", {setting("a", "1")}, 5s);

  SECTION("two who were told, of one row") {
    stage.ask("y", {setting("a", "2")}, 6s);
    const auto groups = stage.take();
    stage.execute(groups);
    stage.expire(7s);
    stage.written(groups);
    stage.write_all();
    CHECK(stage.rows["a"] == "old");
  }
  SECTION("a later one in the same transaction stands") {
    stage.ask("y", {setting("a", "2")}, 60s);
    const auto groups = stage.take();
    stage.execute(groups);
    stage.expire(7s);
    stage.written(groups);
    CHECK(stage.queue.empty());
    CHECK(stage.rows["a"] == "2");
  }
  SECTION("a later one that waits stands") {
    const auto groups = stage.take();
    stage.execute(groups);
    stage.leave(setting("a", "3"));
    stage.expire(7s);
    stage.written(groups);
    CHECK(stage.waiting() == Texts{"a=3"});
  }
  SECTION("an earlier one that nobody asked about stands") {
    Stage other;
    other.rows = {{"a", "old"}};
    other.leave(setting("a", "1"));
    other.ask("x", {setting("a", "2")}, 5s);
    const auto groups = other.take();
    other.execute(groups);
    other.give_back(groups, true);
    other.expire(7s);
    other.write_all();
    CHECK(other.rows["a"] == "1");
  }
}

TEST_CASE("a newer row takes the place of one in hand", "[store]") {
  Stage stage;
  stage.leave(setting("a", "1"));
  const auto groups = stage.take();
  stage.leave(setting("a", "2"));
  SECTION("that is written") {
    stage.execute(groups);
    stage.written(groups);
  }
  SECTION("that is not") { stage.give_back(groups, false); }
  CHECK(stage.waiting() == Texts{"a=2"});
  stage.write_all();
  CHECK(stage.rows["a"] == "2");
  CHECK(stage.queue.bytes() == 0);
}

TEST_CASE("a row that the database does not take is told, and gone", "[store]") {
  Stage stage;
  stage.ask("x", {setting("a", "1")});
  stage.leave(setting("b", "1"));
  const auto groups = stage.take();
  stage.tell(stage.queue.refuse(groups[0], absl::InvalidArgumentError("no")));
  CHECK_FALSE(stage.queue.refuse(groups[1], absl::InvalidArgumentError("no")));
  CHECK(stage.told == Texts{"x: INVALID_ARGUMENT"});
  CHECK(stage.queue.empty());
}
