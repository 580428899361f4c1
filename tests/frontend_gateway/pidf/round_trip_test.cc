#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <string>

#include "common/address/jid.h"
#include "frontend_gateway/pidf/document.h"

namespace causeway::gateway::pidf {
namespace {

using v1::Presence;

class Any {
 public:
  explicit Any(unsigned seed) : random_(seed) {}

  int number(int least, int most) {
    return std::uniform_int_distribution<int>(least, most)(random_);
  }
  bool coin() { return number(0, 1) == 1; }

  // What XML may hold, with much of what it must escape.
  std::string text(int most) {
    static const char* const kPieces[] = {"a",
                                          "Z",
                                          "7",
                                          " ",
                                          "&",
                                          "<",
                                          ">",
                                          "\"",
                                          "'",
                                          "]]>",
                                          "\n",
                                          "\r\n",
                                          "\t",
                                          "\xC3\xA9",
                                          "\xE2\x82\xAC",
                                          "\xF0\x9F\x90\xB4",
                                          "&amp;",
                                          "_",
                                          "-",
                                          "\xC2\x85",
                                          "%",
                                          "\xEF\xBF\xBD"};
    std::string text;
    for (int left = number(1, most); left > 0; --left)
      text += kPieces[number(0, std::size(kPieces) - 1)];
    return text;
  }
  // A prepared one.
  std::string resource() {
    while (true) {
      const auto jid = causeway::address::Jid::from_parts("", "x.example", text(12));
      if (jid.ok() && !jid->resource().empty()) return jid->resource();
    }
  }
  Device device() {
    Device device{.resource = resource(), .open = number(0, 4) != 0};
    const char* const langs[] = {"", "en", "de", "zh-Hant-TW"};
    for (const char* lang : langs) {
      if (number(0, 3) == 0) device.statuses.push_back({lang, text(40)});
    }
    if (!device.open) return device;
    device.show = static_cast<Presence::Show>(number(0, 4));
    device.priority = number(0, 127);
    if (coin())
      device.idle_since = absl::FromUnixNanos(
          static_cast<std::int64_t>(random_() % 4000000000ull) * 1000000000 + number(0, 999999999));
    return device;
  }
  Document document() {
    Document document{.entity = "sip:alice@fabrikam.example"};
    std::set<std::string> resources;
    for (int left = number(0, 5); left > 0; --left) {
      Device next = device();
      if (resources.insert(next.resource).second) document.devices.push_back(std::move(next));
    }
    return document;
  }

 private:
  std::mt19937_64 random_;
};

TEST_CASE("T9: 10,000 random presences come back as they were: show, status, priority, resource") {
  Any any(20261120);
  for (int i = 0; i < 10000; ++i) {
    const Document document = any.document();
    const std::string text = write(document);
    const auto read = parse(text);
    INFO(text);
    REQUIRE(read.ok());
    REQUIRE(*read == document);
    REQUIRE(write(*read) == text);
  }
}

TEST_CASE("T9: from stanzas to a document and back to stanzas") {
  Any any(7);
  for (int i = 0; i < 2000; ++i) {
    const Device device = any.device();
    v1::Stanza stanza = presence_of(device);
    stanza.mutable_from()->set_local("alice");
    stanza.mutable_from()->set_domain("fabrikam.example");
    stanza.mutable_from()->set_resource(device.resource);
    REQUIRE(device_of(stanza) == device);
    const auto read = parse(write({.entity = "sip:alice@fabrikam.example", .devices = {device}}));
    REQUIRE(read.ok());
    REQUIRE(read->devices == std::vector<Device>{device});
    v1::Stanza back = presence_of(read->devices[0]);
    *back.mutable_from() = stanza.from();
    REQUIRE(back.SerializeAsString() == stanza.SerializeAsString());
  }
}

TEST_CASE("a negative priority comes back as the lowest that SIP can say") {
  const Device device{.resource = "r", .open = true, .priority = -5};
  const auto read = parse(write({.entity = "sip:a@b.example", .devices = {device}}));
  REQUIRE(read.ok());
  CHECK(read->devices[0].priority == 0);
}

}  // namespace
}  // namespace causeway::gateway::pidf
