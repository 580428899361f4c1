#include "frontend_gateway/store/tables.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "frontend_gateway/store/place.h"
#include "tests/frontend_gateway/store/samples.h"

using namespace causeway::gateway::store;

TEST_CASE("every row becomes values and is itself again", "[store]") {
  Contents again;
  for (const Change& change : one_of_each()) {
    const Record record = record_of(change, "gw1");
    CHECK(record.values.size() == tables()[record.table].columns.size());
    CHECK(check(record).ok());
    CHECK(add(record.table, record.values, again).ok());
  }
  CHECK(lines(again) == lines(contents_of(one_of_each())));
  CHECK(lines(again).size() == tables().size());
}

TEST_CASE("no two rows have one key", "[store]") {
  const auto key = [](Row row, const std::string& owner = "gw1") {
    return record_of({std::move(row)}, owner).key();
  };
  std::set<std::string> keys = {key(watch("a@b", "c@d")),
                                key(watch("a@b", "c@de")),
                                key(watch("a@bc", "@d")),
                                key(watch("a@b", "c@d"), "gw2"),
                                key(contact("a@b", "c@d")),
                                key(watch("1", "2:3")),
                                key(watch("1:2", "3")),
                                key(partner("a.example")),
                                key(Policy{"a.example", true, true, ""}),
                                key(User{"a@b", "", "", false}),
                                key(Setting{"a", "b"}),
                                key(Setting{"ab", ""})};
  CHECK(keys.size() == 12);
  CHECK(key(watch("a@b", "c@d", Watch::State::pending)) == key(watch("a@b", "c@d")));
  CHECK(key(Setting{"a", "b"}) == key(Setting{"a", "c"}));
}

TEST_CASE("rows that no database keeps", "[store]") {
  const auto why = [](Row row) {
    return std::string(check(record_of({std::move(row)}, "gw1")).message());
  };
  CHECK(why(Setting{"name", std::string("a\0b", 3)}) ==
        "the column value of settings would not be UTF-8, or would hold U+0000");
  CHECK(why(watch("a@b", "c\xff@d")) ==
        "the column remote_user of watches would not be UTF-8, or would hold U+0000");
  CHECK(why(watch("a@b", "\xed\xa0\x80@d")) != "");  // a surrogate
  CHECK(why(watch(std::string(1000, 'a'), std::string(998, 'b'))) ==
        "the key of the row in watches has 2001 bytes; it may have 2000");
  CHECK(why(watch(std::string(1000, 'a'), std::string(997, 'b'))) == "");
  CHECK(why(Setting{"name", std::string(1 << 20, 'a')}) == "");
}

TEST_CASE("values that this program does not know", "[store]") {
  Contents contents;
  Values values = record_of({watch("a@b", "c@d")}, "gw1").values;
  values[3] = "sleeping";
  CHECK(add(5, values, contents).message() ==
        "the row c@d of the table watches holds \"sleeping\", which this program does not know");
  values = record_of({partner("fabrikam.example")}, "gw1").values;
  values[1] = "{" + std::string(200, 'x');
  CHECK(add(0, values, contents).message() ==
        "the row fabrikam.example of the table partners holds \"{" + std::string(99, 'x') +
            "\", which this program does not know");
  values[1] = R"({"domain": "fabrikam.example", "of_a_later_version": 7})";
  CHECK(add(0, values, contents).ok());
}

TEST_CASE("sentences do not hold passwords", "[store]") {
  struct Row {
    std::string name, shown;
  };
  const auto row = GENERATE(values<Row>({
      {"sqlite:/var/lib/causeway/gateway.sqlite", "/var/lib/causeway/gateway.sqlite"},
      {"postgresql://gw:s3cr3t@db.example:5433/causeway",
       "postgresql://gw@db.example:5433/causeway"},
      {"postgresql://gw:s3@cr3t@db.example", "postgresql://gw@db.example"},
      {"postgresql://gw@db.example/causeway?password=s3cr3t",
       "postgresql://gw@db.example/causeway"},
      {"postgresql:///causeway?host=/run/a:b@c", "postgresql:///causeway"},
      {"postgres://[2001:db8::1]:5433/causeway", "postgres://[2001:db8::1]:5433/causeway"},
  }));
  CHECK(Place::of(row.name).shown == row.shown);
}

TEST_CASE("what the operator says of the connection stands", "[store]") {
  const std::string given = "postgresql://db/causeway?connect_timeout=30&application_name=x";
  const std::string connect = Place::of(given).connect;
  CHECK(connect.starts_with(given + "&client_encoding=UTF8&keepalives_idle=3"));
  CHECK(connect.find("connect_timeout", given.size()) == std::string::npos);
  CHECK(Place::of("postgresql://db/causeway")
            .connect.starts_with(
                "postgresql://db/causeway?application_name=causeway&client_encoding=UTF8"));
}
