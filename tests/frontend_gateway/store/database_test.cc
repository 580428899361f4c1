#include "frontend_gateway/store/database.h"

#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/frontend_gateway/store/places.h"
#include "tests/frontend_gateway/store/samples.h"

using namespace causeway;
using namespace causeway::gateway::store;
using test::Kind;

namespace {

std::string failure_of(const Place& place, bool make = true) {
  const auto database = Database::open(place, make);
  CHECK(absl::IsUnavailable(database.status()));
  return std::string(database.status().message());
}

Queue::GroupPointer group_of(std::vector<Change> changes, bool asked = true) {
  auto group = std::make_shared<Queue::Group>();
  for (Change& change : changes) group->records.push_back(record_of(std::move(change), "gw1"));
  group->asked = asked;
  return group;
}

// As another program that uses the same database.
class Stranger {
 public:
  explicit Stranger(const Place& place) {
    if (place.sqlite)
      session.open(soci::sqlite3, place.connect);
    else
      session.open(soci::postgresql, place.connect);
  }
  void run(const std::string& sql) { session << sql; }
  soci::session session;
};

}  // namespace

TEST_CASE("each row is read as it was written", "[store][sqlite][postgresql]") {
  const auto kind = GENERATE(Kind::sqlite, Kind::postgresql);
  const test::EmptyDatabase place(kind);
  {
    auto database = Database::open(place.place(), true);
    INFO(database.status());
    REQUIRE(database.ok());
    CHECK((*database)->write({group_of(one_of_each())}).status == absl::OkStatus());
  }
  auto database = Database::open(place.place(), false);
  INFO(database.status());
  REQUIRE(database.ok());
  const auto contents = (*database)->read("gw1");
  INFO(contents.status());
  REQUIRE(contents.ok());
  CHECK(lines(*contents) == lines(contents_of(one_of_each())));

  const auto of_another = (*database)->read("gw2");
  REQUIRE(of_another.ok());
  CHECK(lines(*of_another).size() == 4);  // what an operator says is everybody's

  std::vector<Change> gone = one_of_each();
  for (Change& change : gone) change.remove = true;
  CHECK((*database)->write({group_of(gone)}).status == absl::OkStatus());
  CHECK(lines(*(*database)->read("gw1")).empty());
}

TEST_CASE("a group knows what was before it", "[store][sqlite][postgresql]") {
  const auto kind = GENERATE(Kind::sqlite, Kind::postgresql);
  const test::EmptyDatabase place(kind);
  const auto database = *Database::open(place.place(), true);
  const auto first = group_of({{watch("a@b", "c@d", Watch::State::pending)}});
  const auto second = group_of({{watch("a@b", "c@d")}});
  REQUIRE(database->write({first, second}).status == absl::OkStatus());
  REQUIRE(first->before.size() == 1);
  CHECK(first->before[0].remove);
  CHECK(first->before[0].key() == first->records[0].key());
  REQUIRE(second->before.size() == 1);
  CHECK_FALSE(second->before[0].remove);
  CHECK(second->before[0].values == first->records[0].values);
}

TEST_CASE("a database of each older version becomes one of ours", "[store][sqlite][postgresql]") {
  const auto kind = GENERATE(Kind::sqlite, Kind::postgresql);
  const test::EmptyDatabase place(kind);
  const auto version = static_cast<std::size_t>(GENERATE(range(0, 2)));
  REQUIRE(steps().size() == 2);
  REQUIRE(Database::open(place.place(), true, version).ok());
  const std::string added = "INSERT INTO settings (name, value) VALUES ('kept', 'yes')";
  if (version > 0) Stranger(place.place()).run(added);
  const auto database = Database::open(place.place(), false);
  INFO(database.status());
  REQUIRE(database.ok());
  const auto contents = (*database)->read("gw1");
  REQUIRE(contents.ok());
  CHECK(contents->administration.settings.size() == (version > 0 ? 1 : 0));
  CHECK((*database)->write({group_of(one_of_each())}).status == absl::OkStatus());
}

TEST_CASE("gateways that start together make one schema", "[store][postgresql]") {
  const test::EmptyDatabase place(Kind::postgresql);
  constexpr int kGateways = 4;
  std::vector<absl::Status> statuses(kGateways);
  std::vector<std::thread> gateways;
  for (absl::Status& status : statuses)
    gateways.emplace_back([&] { status = Database::open(place.place(), true).status(); });
  for (std::thread& gateway : gateways) gateway.join();
  CHECK(statuses == std::vector<absl::Status>(kGateways));
}

TEST_CASE("a database that is not ours is refused", "[store][sqlite][postgresql]") {
  const auto kind = GENERATE(Kind::sqlite, Kind::postgresql);
  const test::EmptyDatabase place(kind);
  const std::string shown = place.place().shown + ": ";
  SECTION("of a newer version") {
    REQUIRE(Database::open(place.place(), true).ok());
    Stranger(place.place()).run("UPDATE causeway SET number = 1000 WHERE name = 'schema_version'");
    CHECK(failure_of(place.place()) ==
          shown +
              "it has schema version 1000, made by a newer version of this program, which knows 2; "
              "install that version, or name a database of its own or a backup");
  }
  SECTION("of another program") {
    Stranger(place.place()).run("CREATE TABLE invoices (id BIGINT)");
    CHECK(failure_of(place.place()) ==
          shown +
              "it holds tables of another program, such as invoices; give the gateway a "
              "database of its own");
  }
  SECTION("that looks like ours") {
    Stranger(place.place()).run("CREATE TABLE causeway (name TEXT, number BIGINT)");
    CHECK(failure_of(place.place()) ==
          shown + "its table \"causeway\" lacks the row schema_version");
  }
  SECTION("whose tables somebody has changed") {
    const auto database = *Database::open(place.place(), true);
    Stranger(place.place()).run("DROP TABLE watches");
    Stranger(place.place()).run("CREATE TABLE watches (id BIGINT)");
    CHECK(absl::IsUnavailable(database->read("gw1").status()));
  }
}

TEST_CASE("a row that holds what we do not know is named", "[store][sqlite][postgresql]") {
  const auto kind = GENERATE(Kind::sqlite, Kind::postgresql);
  const test::EmptyDatabase place(kind);
  const auto database = *Database::open(place.place(), true);
  Stranger(place.place())
      .run(
          "INSERT INTO watches (owner, local_user, remote_user, state, since) VALUES "
          "('gw1', 'a@b', 'c@d', 'sleeping', 0)");
  const auto contents = database->read("gw1");
  CHECK(absl::IsDataLoss(contents.status()));
  CHECK(contents.status().message() ==
        place.place().shown +
            ": the row c@d of the table watches holds \"sleeping\", which this program does not "
            "know");
  CHECK(database->read("gw2").ok());
}

TEST_CASE("a row that the database refuses is found among the others",
          "[store][sqlite][postgresql]") {
  const auto kind = GENERATE(Kind::sqlite, Kind::postgresql);
  const test::EmptyDatabase place(kind);
  const auto database = *Database::open(place.place(), true);
  Stranger stranger(place.place());
  if (kind == Kind::sqlite)
    stranger.run(
        "CREATE TRIGGER no BEFORE INSERT ON settings WHEN NEW.name = 'bad' BEGIN SELECT "
        "RAISE(ABORT, 'bad'); END");
  else
    stranger.run("ALTER TABLE settings ADD CHECK (name <> 'bad')");
  const auto good = group_of({{Setting{"good", "1"}}});
  const auto bad = group_of({{Setting{"bad", "secret"}}});
  const Database::Outcome outcome = database->write({good, bad});
  CHECK(outcome.at_fault == bad);
  CHECK_FALSE(outcome.doubtful);
  CHECK(absl::IsInvalidArgument(outcome.status));
  CHECK_THAT(std::string(outcome.status.message()), !Catch::Contains("secret"));
  CHECK(lines(*database->read("gw1")).empty());
  CHECK(database->write({good}).status == absl::OkStatus());
}

TEST_CASE("a change of what an operator says has another revision", "[store][sqlite][postgresql]") {
  const auto kind = GENERATE(Kind::sqlite, Kind::postgresql);
  const test::EmptyDatabase place(kind);
  const auto database = *Database::open(place.place(), true);
  const auto before = *database->revision();
  REQUIRE(database->write({group_of({{watch("a@b", "c@d")}})}).status == absl::OkStatus());
  CHECK(*database->revision() == before);
  REQUIRE(database->write({group_of({{Setting{"a", "b"}}})}).status == absl::OkStatus());
  CHECK(*database->revision() == before + 1);
  CHECK(database->administration()->settings.size() == 1);
}

TEST_CASE("a file that cannot be a database says what to do", "[store][sqlite]") {
  const test::TemporaryDirectory directory;
  const auto failure = [&](const std::string& path) {
    return failure_of(Place::of("sqlite:" + path));
  };
  const std::string missing = directory.path() / "missing/gateway.sqlite";
  CHECK_THAT(failure(missing),
             Catch::StartsWith(missing +
                               ": it cannot be opened: No such file or directory; look at "
                               "the rights of the file and whether the directory " +
                               (directory.path() / "missing").string() +
                               " is there and may be written by the user "));
  CHECK_THAT(failure(directory.path()), Catch::Contains("it cannot be opened: Is a directory"));
  CHECK_THAT(failure(directory.write("text", std::string(10000, 'x'))),
             Catch::Contains("it is no SQLite database; name another file in store.database"));
  CHECK_THAT(failure("/proc/causeway.sqlite"), Catch::Contains("it cannot be opened: "));
}

TEST_CASE("nobody else may read the file", "[store][sqlite]") {
  const test::EmptyDatabase place(Kind::sqlite);
  const auto database = *Database::open(place.place(), true);
  REQUIRE(database->write({group_of(one_of_each())}).status == absl::OkStatus());
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat found {};
    INFO(suffix);
    REQUIRE(stat((place.file() + suffix).c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0600);
  }
}

TEST_CASE("a file that is removed or replaced is missed", "[store][sqlite]") {
  const test::EmptyDatabase place(Kind::sqlite);
  const auto database = *Database::open(place.place(), true);
  std::filesystem::remove(place.file());
  const std::string gone =
      place.file() +
      ": the file was removed or replaced under the gateway; put it back, or restart the gateway";
  CHECK(database->revision().status().message() == gone);
  CHECK(database->write({group_of(one_of_each())}).status.message() == gone);
  CHECK(failure_of(place.place(), false) ==
        place.file() +
            ": the file is gone; put it back, or restart the gateway to begin with an empty one");
  REQUIRE(Database::open(place.place(), true).ok());
  CHECK(database->revision().status().message() == gone);
}

TEST_CASE("a server that does not let us in says what to do", "[store][postgresql]") {
  const test::EmptyDatabase place(Kind::postgresql);
  const std::string name = place.name();
  const std::string host = name.substr(name.find("?host="));
  CHECK_THAT(failure_of(Place::of("postgresql://postgres@/no_such" + host)),
             Catch::Contains("postgresql://postgres@/no_such: ") &&
                 Catch::Contains("database \"no_such\" does not exist"));
  CHECK_THAT(failure_of(Place::of("postgresql://nobody@/test1" + host)),
             Catch::Contains("role \"nobody\" does not exist"));
  CHECK_THAT(failure_of(Place::of("postgresql://postgres:s3cr3t@127.0.0.1:1/x")),
             Catch::Contains("Connection refused") && !Catch::Contains("s3cr3t") &&
                 !Catch::Contains("\n"));
}
