#include "frontend_gateway/store/store.h"

#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/log/log.h"
#include "frontend_gateway/store/soci.h"
#include "tests/frontend_gateway/store/loop.h"
#include "tests/frontend_gateway/store/places.h"
#include "tests/frontend_gateway/store/samples.h"

using namespace causeway;
using namespace causeway::gateway;
using namespace causeway::gateway::store;
using namespace std::chrono_literals;
using test::Kind;
using test::PostgreSql;

namespace {

// A store and the loop that it posts to.
class Running {
 public:
  explicit Running(const std::string& database, const std::string& owner = "gw1",
                   std::chrono::milliseconds patience = 60s, std::size_t bytes = 64 << 20) {
    config::Store settings;
    settings.database = database;
    settings.patience = patience;
    settings.waiting_bytes = bytes;
    auto opened = Store::open(settings, owner);
    INFO(opened.status());
    REQUIRE(opened.ok());
    store = *std::move(opened);
    auto read = store->read();
    INFO(read.status());
    REQUIRE(read.ok());
    contents = *std::move(read);
    store->start(loop.executor(), [this](Administration news) {
      administration = std::move(news);
      ++changes;
    });
  }

  // What became of it, once it is known.
  absl::Status write(std::vector<Change> changes) {
    std::optional<absl::Status> status;
    store->write(std::move(changes), [&](absl::Status told) { status = std::move(told); });
    loop.run_until([&] { return status.has_value(); });
    return *status;
  }
  // For a store with little patience, on a machine that may be busy.
  void write_in_the_end(const std::vector<Change>& changes) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (!write(changes).ok()) REQUIRE(std::chrono::steady_clock::now() < deadline);
  }
  void wait_until_written() {
    loop.run_until([this] { return store->counters().waiting_rows == 0; });
  }
  std::string wait_for_trouble(const std::string& word = "") {
    std::string trouble;
    loop.run_until([&] {
      trouble = std::string(store->health().message());
      return !trouble.empty() && trouble.find(word) != std::string::npos;
    });
    return trouble;
  }
  void wait_for_health() {
    loop.run_until([this] { return store->health().ok(); });
  }

  test::Loop loop;  // outlives what posts to it
  std::unique_ptr<Store> store;
  Contents contents;
  Administration administration;
  int changes = 0;
};

std::vector<std::string> lines_in(const std::string& database, const std::string& owner = "gw1") {
  return lines(Running(database, owner).contents);
}

// Holds the lock of an SQLite file.
class Lock {
 public:
  explicit Lock(const Place& place) : session_(soci::sqlite3, place.connect) {
    session_ << "BEGIN IMMEDIATE";
  }

 private:
  soci::session session_;
};

// No file of this process may become larger.
class FullDisk {
 public:
  explicit FullDisk(std::uintmax_t bytes) {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("what is written is there in the next life", "[store][sqlite][postgresql]") {
  const auto kind = GENERATE(Kind::sqlite, Kind::postgresql);
  const test::EmptyDatabase place(kind);
  {
    Running first(place.name());
    CHECK(lines(first.contents).empty());
    CHECK(first.write(one_of_each()).ok());
    CHECK(first.write({}).ok());
    CHECK(first.store->health().ok());
  }
  CHECK(lines_in(place.name()) == lines(contents_of(one_of_each())));
  {
    Running second(place.name());
    second.store->write({{watch("bob@contoso.example", "al@fabrikam.example"), true}});
    second.store->write({{contact("eve@contoso.example", "al@fabrikam.example")}});
  }  // the end writes what waits
  const Contents last = Running(place.name()).contents;
  CHECK(last.watches.empty());
  CHECK(last.contacts.size() == 2);
}

TEST_CASE("gateways see what an operator says, and of users each its own",
          "[store][sqlite][postgresql]") {
  const auto kind = GENERATE(Kind::sqlite, Kind::postgresql);
  const test::EmptyDatabase place(kind);
  Running one(place.name(), "gw1"), two(place.name(), "gw2");
  REQUIRE(one.write({{partner("fabrikam.example")}, {watch("a@b", "c@d")}}).ok());
  CHECK(one.administration.partners.size() == 1);  // it is told first
  CHECK(one.changes == 1);
  two.loop.run_until([&] { return two.changes == 1; });
  REQUIRE(two.administration.partners.size() == 1);
  CHECK(two.administration.partners[0].partner.ShortDebugString() ==
        partner("fabrikam.example").partner.ShortDebugString());
  REQUIRE(two.write({{watch("a@b", "c@d", Watch::State::pending)}}).ok());
  CHECK(two.changes == 1);
  CHECK(Running(place.name(), "gw1").contents.watches[0].state == Watch::State::active);
  CHECK(Running(place.name(), "gw2").contents.watches[0].state == Watch::State::pending);
}

TEST_CASE("ten thousand rows", "[store][sqlite][postgresql]") {
  const auto kind = GENERATE(Kind::sqlite, Kind::postgresql);
  const test::EmptyDatabase place(kind);
  constexpr int kRows = 10'000;
  {
    Running running(place.name());
    int written = 0;
    for (int i = 0; i < kRows; ++i)
      running.store->write({{watch(std::to_string(i) + "@contoso.example", "al@fabrikam.example")}},
                           [&](absl::Status status) { written += status.ok() ? 1 : 0; });
    running.loop.run_until([&] { return written == kRows; });
    const Store::Counters counters = running.store->counters();
    CHECK(counters.rows == kRows);
    CHECK(counters.transactions < kRows / 10);
    CHECK(counters.waiting_bytes == 0);
  }
  const Contents contents = Running(place.name()).contents;
  CHECK(contents.watches.size() == kRows);
  std::map<std::string, int> users;
  for (const Watch& watch : contents.watches) ++users[watch.local];
  CHECK(users.size() == kRows);
}

TEST_CASE("hostile text is kept or refused, and never in the way of others",
          "[store][sqlite][postgresql]") {
  const auto kind = GENERATE(Kind::sqlite, Kind::postgresql);
  const test::EmptyDatabase place(kind);
  const std::vector<std::string> kept = {"'; DROP TABLE watches; --",
                                         "\"quoted\"",
                                         "\\",
                                         "$1 :since ? %s",
                                         "a\nb\r\tc",
                                         "",
                                         "\xF0\x9F\x98\x80\xE2\x80\x8D\xF0\x9F\x91\xA9",
                                         std::string(3 << 10, '\''),
                                         "\xEF\xBF\xBF\x7F\x01",
                                         "NULL"};
  const std::vector<std::string> refused = {std::string("a\0b", 3), "\xff", "\xed\xa0\x80",
                                            "\xf4\x90\x80\x80"};
  Running running(place.name());
  int good = 0, bad = 0;
  for (const std::string& text : kept)
    running.store->write({{Subscription{std::to_string(good), "a", "b", text, text, moment()}}},
                         [&, text](absl::Status status) {
                           INFO(text);
                           CHECK(status.ok());
                         }),
        ++good;
  for (const std::string& text : refused) {
    running.store->write({{Setting{text, text}}});  // nobody asks: it is left out
    CHECK(absl::IsInvalidArgument(running.write({{Setting{"x", "x"}}, {Setting{text, ""}}})));
    ++bad;
  }
  CHECK(running.write({{watch("bystander@contoso.example", "al@fabrikam.example")}}).ok());
  CHECK(running.store->counters().refused == refused.size());

  const Contents contents = Running(place.name()).contents;
  CHECK(contents.watches.size() == 1);
  CHECK(contents.administration.settings.empty());
  REQUIRE(contents.subscriptions.size() == kept.size());
  for (const Subscription& row : contents.subscriptions) {
    CHECK(row.dialog == kept[static_cast<std::size_t>(std::stoi(row.id))]);
    CHECK(row.event_id == row.dialog);
  }
}

TEST_CASE("a locked file: who asks is refused in time, nothing else is lost", "[store][sqlite]") {
  const test::EmptyDatabase place(Kind::sqlite);
  Running running(place.name(), "gw1", 100ms);
  {
    const Lock lock(place.place());
    const absl::Status status = running.write({{watch("asked@b", "c@d")}});
    CHECK(absl::IsUnavailable(status));
    running.store->write({{watch("left@b", "c@d", Watch::State::pending)}});
    running.store->write({{watch("left@b", "c@d")}});
    CHECK_THAT(running.wait_for_trouble("locked"),
               Catch::StartsWith(place.file() +
                                 ": another process has it locked; end the tool or the backup"));
    CHECK(running.store->counters().waiting_rows == 1);
    CHECK(running.store->counters().failures == 1);
  }
  running.wait_until_written();
  running.wait_for_health();
  running.write_in_the_end({{watch("later@b", "c@d")}});
  const Contents contents = Running(place.name()).contents;
  REQUIRE(contents.watches.size() == 2);
  CHECK(contents.watches[1].local == "left@b");
  CHECK(contents.watches[1].state == Watch::State::active);
}

TEST_CASE("a file that is removed is missed, and used again when it is back", "[store][sqlite]") {
  const test::EmptyDatabase place(Kind::sqlite);
  Running running(place.name(), "gw1", 100ms);
  running.write_in_the_end(one_of_each());
  const std::string aside = place.file() + ".aside";
  std::filesystem::rename(place.file(), aside);
  CHECK(running.wait_for_trouble() ==
        place.file() +
            ": the file is gone; put it back, or restart the gateway to begin with an empty one");
  CHECK(absl::IsUnavailable(running.write({{watch("a@b", "c@d")}})));
  std::filesystem::rename(aside, place.file());
  running.wait_for_health();
  running.write_in_the_end({{watch("later@b", "c@d")}});
  CHECK(lines_in(place.name()).size() == one_of_each().size() + 1);
}

TEST_CASE("what can be written no more at the end is not lost in silence", "[store][sqlite]") {
  const test::EmptyDatabase place(Kind::sqlite);
  const std::string aside = place.file() + ".aside";
  std::FILE* const lines = std::tmpfile();
  log::configure(log::Level::info, log::Format::text, lines);
  {
    Running running(place.name());
    std::filesystem::rename(place.file(), aside);
    running.wait_for_trouble();
    running.store->write({{watch("a@b", "c@d")}});
  }
  log::configure(log::Level::info, log::Format::text);
  std::filesystem::rename(aside, place.file());
  std::string all(64 * 1024, '\0');
  std::rewind(lines);
  all.resize(std::fread(all.data(), 1, all.size(), lines));
  std::fclose(lines);
  CHECK_THAT(all, Catch::Contains("store.lost") && Catch::Contains("rows=1"));
}

TEST_CASE("a full disk refuses, and resumes when there is room", "[store][sqlite]") {
  const test::EmptyDatabase place(Kind::sqlite);
  Running running(place.name(), "gw1", 300ms);
  running.write_in_the_end(one_of_each());
  {
    const FullDisk disk(std::filesystem::file_size(place.file() + "-wal"));
    CHECK(absl::IsUnavailable(running.write({{Setting{"large", std::string(1 << 20, 'x')}}})));
    running.store->write({{Setting{"left", std::string(1 << 20, 'x')}}});
    CHECK_THAT(running.wait_for_trouble("disk"), Catch::StartsWith(place.file() + ": the disk "));
  }
  running.write_in_the_end({{Setting{"large", std::string(1 << 20, 'y')}}});
  running.wait_for_health();
  CHECK(lines_in(place.name()).size() == one_of_each().size() + 2);
}

TEST_CASE("too much waits: who asks is told at once, who does not loses the newest",
          "[store][sqlite]") {
  const test::EmptyDatabase place(Kind::sqlite);
  Running running(place.name(), "gw1", 60s, 10'000);
  {
    const Lock lock(place.place());
    for (int i = 0; i < 100; ++i)
      running.store->write({{watch(std::to_string(i), std::string(500, 'x'))}});
    CHECK(running.write({{watch("asked", "c@d")}}).message() == "too much waits for the database");
    CHECK(running.store->counters().dropped > 80);
    CHECK(running.store->counters().waiting_bytes < 12'000);
    running.store->write({{watch("0", std::string(500, 'x'), Watch::State::pending)}});
  }
  running.wait_until_written();
  const Contents contents = Running(place.name()).contents;
  CHECK(contents.watches.size() == 100 - running.store->counters().dropped);
  CHECK(contents.watches[0].state == Watch::State::pending);
}

TEST_CASE("a server that is killed and started again under the store", "[store][postgresql]") {
  const test::EmptyDatabase place(Kind::postgresql);
  Running running(place.name(), "gw1", 60s);
  REQUIRE(running.write(one_of_each()).ok());
  // Writes go on all the while; each is told what became of it, and OK is true.
  std::map<std::string, std::optional<absl::Status>> told;
  const auto write_some = [&](const std::string& phase) {
    for (int i = 0; i < 200; ++i) {
      const std::string user = phase + std::to_string(i) + "@contoso.example";
      told[user];
      running.store->write({{watch(user, "al@fabrikam.example")}},
                           [&told, user](absl::Status status) { told[user] = status; });
    }
  };
  write_some("before");
  PostgreSql::shared().kill();
  write_some("during");
  running.store->write({{watch("left@contoso.example", "al@fabrikam.example")}});
  const std::string trouble = running.wait_for_trouble();
  PostgreSql::shared().start();
  CHECK_THAT(trouble, Catch::StartsWith(place.place().shown + ": "));
  write_some("after");
  running.loop.run_until([&] {
    for (const auto& [user, status] : told)
      if (!status) return false;
    return true;
  });
  running.wait_until_written();
  running.wait_for_health();
  std::map<std::string, int> found;
  for (const Watch& row : Running(place.name()).contents.watches) ++found[row.local];
  CHECK(found.count("left@contoso.example") == 1);
  for (const auto& [user, status] : told) {
    INFO(user << " " << *status);
    CHECK(status->ok());
    CHECK(found.count(user) == 1);
  }
}

TEST_CASE("a server that hangs: who asks is refused in time, and it was not written",
          "[store][postgresql]") {
  const test::EmptyDatabase place(Kind::postgresql);
  Running running(place.name(), "gw1", 300ms);
  running.write_in_the_end({{watch("a@b", "c@d", Watch::State::pending)}});
  PostgreSql::shared().pause();
  CHECK(absl::IsUnavailable(running.write({{watch("a@b", "c@d")}, {watch("new@b", "c@d")}})));
  CHECK(absl::IsUnavailable(running.write({{watch("queued@b", "c@d")}})));
  CHECK_THAT(running.wait_for_trouble(), Catch::Contains("it does not answer"));
  PostgreSql::shared().resume();
  running.wait_for_health();
  running.wait_until_written();
  const Contents contents = Running(place.name()).contents;
  REQUIRE(contents.watches.size() == 1);
  CHECK(contents.watches[0].state == Watch::State::pending);
}

TEST_CASE("the end does not wait for a server that hangs", "[store][postgresql]") {
  const test::EmptyDatabase place(Kind::postgresql);
  test::Loop loop;
  std::vector<absl::Status> told;
  {
    Running running(place.name(), "gw1", 60s);
    REQUIRE(running.write({{watch("a@b", "c@d")}}).ok());
    PostgreSql::shared().pause();
    running.store->write({{watch("a@b", "e@f")}},
                         [&](absl::Status status) { told.push_back(status); });
    running.store.reset();
    running.loop.run_until([&] { return !told.empty(); });
  }
  PostgreSql::shared().resume();
  CHECK(absl::IsUnavailable(told[0]));
}

TEST_CASE("what an operator says and nobody understands changes nothing", "[store][sqlite]") {
  const test::EmptyDatabase place(Kind::sqlite);
  Running running(place.name());
  soci::session stranger(soci::sqlite3, place.place().connect);
  stranger << "INSERT INTO partners (domain, settings, description) VALUES ('a.example', '{', '')";
  stranger << "UPDATE causeway SET number = number + 1 WHERE name = 'administration'";
  CHECK(running.write({{watch("a@b", "c@d")}}).ok());
  CHECK(running.changes == 0);
  CHECK(running.store->health().ok());
  CHECK(running.write({{partner("a.example")}}).ok());
  CHECK(running.changes == 1);
  CHECK(running.administration.partners.size() == 1);
}
