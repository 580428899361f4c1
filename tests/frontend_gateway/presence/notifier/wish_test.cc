#include "frontend_gateway/presence/notifier/wish.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace causeway::gateway;
using namespace causeway::gateway::presence;
using namespace std::chrono_literals;

namespace {

constexpr Expiries kExpiries{60s, 3600s};

sip::IncomingRequest request_with(std::vector<sip::Header> headers) {
  sip::IncomingRequest request;
  request.method = "SUBSCRIBE";
  request.headers = std::move(headers);
  return request;
}

std::string header(const translate::SipAnswer& answer, const char* name) {
  return std::string(translate::header(answer.headers, name));
}

}  // namespace

TEST_CASE("T10: every event but presence is refused, and told what is served", "[wish]") {
  const char* const row =
      GENERATE("presence.winfo", "presence.foo", "Presence", "presence2", "dialog", "conference",
               "message-summary", "reg", "winfo", "", ";id=1", "presence,dialog", "\"presence\"",
               "presence.winfo.winfo.winfo", "x;y=presence");
  INFO(row);
  const auto wish = wish_of(request_with({{"Event", row}}), kExpiries);
  REQUIRE_FALSE(wish.ok());
  CHECK(wish.refusal().status == 489);
  CHECK(header(wish.refusal(), "Allow-Events") == "presence");
}

TEST_CASE("a missing Event is a bad one, two are nonsense", "[wish]") {
  CHECK(wish_of(request_with({}), kExpiries).refusal().status == 489);
  CHECK(wish_of(request_with({{"Event", "presence"}, {"event", "presence"}}), kExpiries)
            .refusal()
            .status == 400);
}

TEST_CASE("the id of Event", "[wish]") {
  struct Row {
    std::string event, id;
    bool ok = true;
  };
  const auto row = GENERATE(values<Row>({
      {"presence", ""},
      {" presence ;id=7", "7"},
      {"presence; ID = a.b-c ;other=1", "a.b-c"},
      {"presence;other", ""},
      {"presence;id=", "", false},
      {"presence;id", "", false},
      {"presence;id=a b", "", false},
      {"presence;id=<x>", "", false},
      {"presence;id=" + std::string(65, 'x'), "", false},
  }));
  INFO(row.event);
  const auto wish = wish_of(request_with({{"Event", row.event}}), kExpiries);
  REQUIRE(wish.ok() == row.ok);
  if (row.ok) CHECK(wish->event_id == row.id);
  if (!row.ok) CHECK(wish.refusal().status == 400);
}

TEST_CASE("what a watcher can read", "[wish]") {
  struct Row {
    std::vector<std::string> accepts;
    bool ok;
  };
  const auto row = GENERATE(values<Row>({
      {{}, true},
      {{"application/pidf+xml"}, true},
      {{"Application/PIDF+XML;q=0.1"}, true},
      {{"application/msrtc-event-categories+xml, application/xpidf+xml, text/xml+msrtc.pidf, "
        "application/pidf+xml, application/rlmi+xml, multipart/related"},
       true},
      {{"text/plain", "application/pidf+xml"}, true},
      {{"application/*"}, true},
      {{"*/*;q=0.5"}, true},
      {{""}, false},
      {{"text/*"}, false},
      {{"application/xpidf+xml"}, false},
      {{"application/pidf+xml;q=0"}, false},
      {{"application/pidf+xml; q=0.000, */*"}, false},
      {{"*/*;q=0, application/pidf+xml"}, true},
  }));
  std::vector<sip::Header> headers{{"Event", "presence"}};
  for (const std::string& accept : row.accepts) headers.push_back({"Accept", accept});
  const auto wish = wish_of(request_with(headers), kExpiries);
  INFO((row.accepts.empty() ? std::string("none") : row.accepts[0]));
  REQUIRE(wish.ok() == row.ok);
  if (!row.ok) CHECK(wish.refusal().status == 406);
}

TEST_CASE("how long", "[wish]") {
  struct Row {
    std::vector<std::string> expires;
    int status;  // 0: granted
    std::chrono::seconds granted{0};
  };
  const auto row = GENERATE(values<Row>({
      {{}, 0, 3600s},
      {{"0"}, 0, 0s},
      {{"1"}, 423, {}},
      {{"59"}, 423, {}},
      {{"60"}, 0, 60s},
      {{" 3599 "}, 0, 3599s},
      {{"3600"}, 0, 3600s},
      {{"28800"}, 0, 3600s},
      {{"4294967295"}, 0, 3600s},
      {{"4294967296"}, 400, {}},
      {{"-1"}, 400, {}},
      {{""}, 400, {}},
      {{"soon"}, 400, {}},
      {{"60;x=1"}, 400, {}},
  }));
  std::vector<sip::Header> headers{{"Event", "presence"}};
  for (const std::string& expires : row.expires) headers.push_back({"Expires", expires});
  INFO((row.expires.empty() ? std::string("none") : row.expires[0]));
  const auto wish = wish_of(request_with(headers), kExpiries);
  REQUIRE(wish.ok() == (row.status == 0));
  if (wish.ok()) CHECK(wish->expires == row.granted);
  if (!wish.ok()) CHECK(wish.refusal().status == row.status);
  if (row.status == 423) CHECK(header(wish.refusal(), "Min-Expires") == "60");
}

TEST_CASE("without Expires no more is granted than ever", "[wish]") {
  const auto wish = wish_of(request_with({{"Event", "presence"}}), {60s, 1800s});
  REQUIRE(wish.ok());
  CHECK(wish->expires == 1800s);
}
