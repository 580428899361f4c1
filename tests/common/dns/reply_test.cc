#include "common/dns/reply.h"

#include <catch2/catch.hpp>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "tests/support/name_server/message.h"

using namespace causeway::dns;
using namespace causeway::test;
using Catch::Matchers::Contains;

namespace {

const std::string kName = "_xmpp-server._tcp.fabrikam.example";

// What was made of a message, in one line.
std::string told(const std::string& message) {
  const absl::StatusOr<Reply> reply = parse_reply(message);
  if (!reply.ok()) return "error: " + std::string(reply.status().message());
  std::string line = "rcode " + std::to_string(reply->rcode);
  for (const SrvRecord& each : reply->services) {
    line += " " + each.target + ":" + std::to_string(each.port) + " " +
            std::to_string(each.priority) + "/" + std::to_string(each.weight);
  }
  for (const NaptrRecord& each : reply->rules) {
    line += " " + std::to_string(each.order) + "/" + std::to_string(each.preference) + " " +
            each.flags + " " + each.service + " " + each.replacement;
  }
  for (const Address& each : reply->addresses) line += " " + each.to_string();
  return line + (reply->ttl ? " for " + std::to_string(reply->ttl->count()) : "");
}

std::string to_a(const std::vector<Record>& answers, const std::vector<Record>& authorities = {},
                 int rcode = 0) {
  return reply(question("fabrikam.example", kA), rcode, answers, authorities);
}

std::string to_srv(const std::vector<Record>& answers) {
  return reply(question(kName, kSrv), 0, answers);
}

std::string to_naptr(const std::vector<Record>& answers) {
  return reply(question("fabrikam.example", kNaptr), 0, answers);
}

Record srv_data(std::string data) { return {kName, kSrv, 60, std::move(data)}; }

}  // namespace

TEST_CASE("a reply says what there is, and how long", "[dns][reply]") {
  struct Row {
    std::string what;
    std::string message;
    std::string told;
  };
  const std::vector<Row> rows{
      {"one address", to_a({address("fabrikam.example", "192.0.2.1", 300)}),
       "rcode 0 192.0.2.1 for 300"},
      {"IPv6",
       reply(question("fabrikam.example", kAaaa), 0, {address("fabrikam.example", "2001:db8::1")}),
       "rcode 0 2001:db8::1 for 60"},
      {"the least TTL counts",
       to_a({address("fabrikam.example", "192.0.2.1", 300),
             address("fabrikam.example", "192.0.2.2", 20)}),
       "rcode 0 192.0.2.1 192.0.2.2 for 20"},
      {"upper case is the same name", to_a({address("Fabrikam.EXAMPLE", "192.0.2.1")}),
       "rcode 0 192.0.2.1 for 60"},
      {"services",
       to_srv({service(kName, 10, 60, 5269, "Xmpp1.Fabrikam.example", 600),
               service(kName, 20, 0, 5270, "xmpp2.fabrikam.example", 900)}),
       "rcode 0 xmpp1.fabrikam.example:5269 10/60 xmpp2.fabrikam.example:5270 20/0 for 600"},
      {"rules",
       to_naptr({rule("fabrikam.example", 10, 50, "S", "SIPS+D2T", "_sips._tcp.Fabrikam.example"),
                 rule("fabrikam.example", 20, 0, "u", "E2U+sip", "")}),
       "rcode 0 10/50 s sips+d2t _sips._tcp.fabrikam.example for 60"},
      {"a service that is not offered", to_srv({service(kName, 0, 0, 0, "")}),
       "rcode 0 :0 0/0 for 60"},
      {"a dot next to records says nothing",
       to_srv({service(kName, 0, 0, 0, ""), service(kName, 1, 1, 5269, "a.example")}),
       "rcode 0 a.example:5269 1/1 for 60"},
      {"two dots are one", to_srv({service(kName, 0, 0, 0, ""), service(kName, 1, 0, 0, "")}),
       "rcode 0 :0 0/0 for 60"},
      {"aliases, in any order, count for the TTL",
       to_a({address("c.example", "192.0.2.1", 300), alias("b.example", "c.example", 30),
             alias("fabrikam.example", "b.example", 100)}),
       "rcode 0 192.0.2.1 for 30"},
      {"an alias to nothing", to_a({alias("fabrikam.example", "b.example")}), "rcode 0"},
      {"no such name", to_a({}, {authority("example", 3600, 120)}, 3), "rcode 3 for 120"},
      {"no such record: the lesser of the SOA's two", to_a({}, {authority("example", 15, 120)}),
       "rcode 0 for 15"},
      {"no SOA record, nothing to keep (RFC 2308 section 5)", to_a({}, {}, 3), "rcode 3"},
      {"SERVFAIL", to_a({}, {}, 2), "rcode 2"},
      {"a TTL with its highest bit set is none (RFC 2181 section 8)",
       to_a({address("fabrikam.example", "192.0.2.1", 0x80000000U)}), "rcode 0 192.0.2.1 for 0"},
      {"records of others are left out",
       to_a({address("evil.example", "192.0.2.66"), address("fabrikam.example", "192.0.2.1")}),
       "rcode 0 192.0.2.1 for 60"},
      {"records of other types are left out",
       to_a({address("fabrikam.example", "2001:db8::1"), address("fabrikam.example", "192.0.2.1")}),
       "rcode 0 192.0.2.1 for 60"},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(told(row.message) == row.told);
  }
}

TEST_CASE("a hostile reply is an error in words, or says less", "[dns][reply]") {
  const std::string header = reply(question("fabrikam.example", kA), 0);
  const std::string truncated = std::string(header).replace(2, 1, "\x83");
  const std::string no_reply = question("fabrikam.example", kA);
  const std::string itself = "\xc0";
  struct Row {
    std::string what;
    std::string message;
    std::string told;
  };
  const std::vector<Row> rows{
      {"nothing", "", "error: the message is malformed"},
      {"half a header", header.substr(0, 7), "error: the message is malformed"},
      {"half a question", header.substr(0, 20), "error: the message is malformed"},
      {"something behind the end", header + "x", "error: the message is malformed"},
      {"longer than a message may be", header + std::string(70'000, 'x'),
       "error: the message is malformed"},
      {"a count of records that are not there", std::string(header).replace(6, 2, "\xff\xff"),
       "error: the message is malformed"},
      {"a question, no reply", no_reply, "error: it is no reply"},
      {"cut short", truncated, "error: it is cut short"},
      {"another kind of question", reply(question("fabrikam.example", 16), 0),
       "error: it answers another kind of question"},
      {"a name that points at itself", header.substr(0, 12) + "\xc0\x0c" + bytes16(kA) + bytes16(1),
       "error: it has not one question"},
      {"an alias that points at itself", to_a({{"fabrikam.example", kCname, 60, itself + '\x2e'}}),
       "error: "},
      {"an alias of itself", to_a({alias("fabrikam.example", "fabrikam.example")}),
       "error: its aliases go in a circle"},
      {"aliases in a circle",
       to_a({alias("fabrikam.example", "a.example"), alias("a.example", "b.example"),
             alias("b.example", "fabrikam.example")}),
       "error: its aliases go in a circle"},
      {"a rule whose texts are longer than it",
       to_naptr({{"fabrikam.example", kNaptr, 60, std::string("\0\1\0\1\377s", 6)}}),
       "error: a record is malformed"},
      {"a rule without a name",
       to_naptr({{"fabrikam.example", kNaptr, 60, std::string("\0\1\0\1\1s\0\0", 8)}}),
       "error: a record is malformed"},
      {"an address of 3 bytes", to_a({{"fabrikam.example", kA, 60, "abc"}}),
       "error: a record is malformed"},
      {"an SRV record of 6 bytes", to_srv({srv_data(bytes16(1) + bytes16(1) + bytes16(1))}),
       "error: a record is malformed"},
      {"an empty SRV record", to_srv({srv_data("")}), "error: a record is malformed"},
      {"a target that goes beyond the message",
       to_srv({srv_data(bytes16(1) + bytes16(1) + bytes16(1) + "\x3f" + "abc")}),
       "error: a record is malformed"},
      {"a target that points beyond the message",
       to_srv({srv_data(bytes16(1) + bytes16(1) + bytes16(1) + "\xff\xff")}),
       "error: a record is malformed"},
      {"a target that is no host", to_srv({service(kName, 1, 1, 5269, "a b.example")}),
       "error: none of its records can be used"},
      {"a target with a dot in a label",
       to_srv({srv_data(bytes16(1) + bytes16(1) + bytes16(5269) + std::string("\3a.b\0", 5))}),
       "error: none of its records can be used"},
      {"port 0",
       to_srv({service(kName, 1, 1, 0, "a.example"), service(kName, 2, 1, 5269, "b.example")}),
       "rcode 0 b.example:5269 2/1 for 60"},
      {"an address in place of a name is one label each",
       to_srv({service(kName, 1, 1, 5269, "192.0.2.1")}), "rcode 0 192.0.2.1:5269 1/1 for 60"},
      {"half a SOA record", to_a({}, {{"example", kSoa, 60, std::string("\0\0abc", 5)}}, 3),
       "error: a SOA record is malformed"},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK_THAT(told(row.message), Catch::StartsWith(row.told));
  }
}

TEST_CASE("a reply is bounded", "[dns][reply]") {
  std::vector<Record> many;
  for (int i = 0; i < 500; ++i) {
    many.push_back(service(kName, 1, 1, 5269, "target" + std::to_string(i) + ".example"));
  }
  CHECK(parse_reply(to_srv(many))->services.size() == kMaxRecords);

  std::vector<Record> chain{alias("fabrikam.example", "0.example")};
  for (int i = 0; i < 20; ++i) {
    chain.push_back(alias(std::to_string(i) + ".example", std::to_string(i + 1) + ".example"));
  }
  CHECK(told(to_a(chain)) == "error: too many aliases");

  // 250 bytes of labels, then a pointer to 250 more.
  std::string label(62, 'a');
  const std::string long_name = label + "." + label + "." + label + "." + label;
  const std::string target = wire_name(long_name);
  const std::string pointed = target.substr(0, target.size() - 1) + "\xc0\x0c";
  const std::string message =
      reply(question(long_name, kSrv), 0,
            {{long_name, kSrv, 60, bytes16(1) + bytes16(1) + bytes16(5269) + pointed}});
  CHECK(told(message) == "error: a record is malformed");
}

TEST_CASE("every byte of a reply may be anything", "[dns][reply]") {
  const std::vector<std::string> messages{
      to_srv({service(kName, 10, 60, 5269, "xmpp1.fabrikam.example"),
              service(kName, 20, 0, 5270, "xmpp2.fabrikam.example")}),
      to_a({alias("fabrikam.example", "b.example"), address("b.example", "192.0.2.1")}),
      to_naptr({rule("fabrikam.example", 10, 50, "s", "sip+d2t", "_sip._tcp.fabrikam.example")}),
      to_a({}, {authority("example", 3600, 120)}, 3)};
  std::mt19937 generator(1);
  for (const std::string& message : messages) {
    for (std::size_t end = 0; end <= message.size(); ++end) {
      (void)parse_reply(message.substr(0, end));
    }
    for (int round = 0; round < 20'000; ++round) {
      std::string changed = message;
      for (int i = 0; i < 3; ++i) {
        changed[generator() % changed.size()] = static_cast<char>(generator());
      }
      const absl::StatusOr<Reply> reply = parse_reply(changed);
      if (!reply.ok()) {
        REQUIRE_FALSE(reply.status().message().empty());
        continue;
      }
      for (const SrvRecord& record : reply->services) {
        REQUIRE(record.target.size() <= 253);
        REQUIRE(record.target.find('\0') == std::string::npos);
        REQUIRE((record.port != 0 || record.target.empty()));
      }
    }
  }
}
