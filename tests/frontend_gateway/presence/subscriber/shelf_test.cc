#include "frontend_gateway/presence/subscriber/shelf.h"

#include <catch2/catch.hpp>
#include <string>

#include "absl/strings/str_cat.h"

namespace causeway::gateway::presence {
namespace {

sip::IncomingRequest notify_of(const std::string& body,
                               const std::string& type = "application/pidf+xml") {
  sip::IncomingRequest notify;
  notify.body = body;
  notify.content_type = type;
  return notify;
}
std::string about(const std::string& entity, const std::string& note = "hi") {
  pidf::Device device{.resource = "desk", .open = true};
  device.statuses = {{"", note}};
  return pidf::write({.entity = entity, .devices = {device}});
}
int status(Shelf& shelf, const sip::IncomingRequest& notify) {
  const auto known = shelf.read("bob@contoso.example", notify);
  return known.ok() ? 200 : known.refusal().status;
}

TEST_CASE("the same document is kept once for all who watch a user") {
  Shelf shelf;
  const auto one = shelf.read("bob@contoso.example", notify_of(about("sip:bob@contoso.example")));
  const auto two = shelf.read("bob@contoso.example", notify_of(about("sip:bob@contoso.example")));
  REQUIRE((one.ok() && two.ok()));
  CHECK(*one == *two);
  const auto other =
      shelf.read("bob@contoso.example", notify_of(about("sip:bob@contoso.example", "ho")));
  REQUIRE(other.ok());
  CHECK(*other != *one);
  CHECK((*one)->devices(true)[0].statuses[0].text == "hi");
}

TEST_CASE("notes are there for those who may see them") {
  Shelf shelf;
  const auto known = shelf.read("bob@contoso.example", notify_of(about("sip:bob@contoso.example")));
  REQUIRE(known.ok());
  CHECK((*known)->devices(true)[0].statuses.size() == 1);
  CHECK((*known)->devices(false)[0].statuses.empty());
  CHECK((*known)->devices(false)[0].open);
}

TEST_CASE("T24: a document about another user is refused") {
  Shelf shelf;
  CHECK(status(shelf, notify_of(about("sip:Bob@Contoso.Example"))) == 200);
  CHECK(status(shelf, notify_of(about("pres:bob@contoso.example"))) == 200);
  for (const char* other : {"sip:alice@contoso.example", "sip:bob@fabrikam.example", "bob",
                            "mailto:x@y", "sip:bob@contoso.example.evil.example"}) {
    INFO(other);
    CHECK(status(shelf, notify_of(about(other))) == 403);
  }
}

TEST_CASE(
    "T26: what cannot be read is refused, and a NOTIFY without body says that nobody is known") {
  Shelf shelf;
  CHECK(status(shelf, notify_of("<!DOCTYPE a><a/>")) == 400);
  CHECK(status(shelf, notify_of("hello")) == 400);
  CHECK(status(shelf, notify_of("hello", "text/plain")) == 415);
  CHECK(status(shelf, notify_of("hello", "")) == 415);
  CHECK(status(shelf, notify_of(about("sip:bob@contoso.example"),
                                "Application/PIDF+xml ; charset=UTF-8")) == 200);
  const auto empty = shelf.read("bob@contoso.example", notify_of("", ""));
  REQUIRE(empty.ok());
  CHECK(*empty == nullptr);
}

TEST_CASE("what nobody knows any more is not kept") {
  Shelf shelf;
  for (int i = 0; i < 1000; ++i) {
    const std::string user = absl::StrCat("u", i, "@contoso.example");
    CHECK(shelf.read(user, notify_of(about("sip:" + user))).ok());
  }
  CHECK(shelf.size() <= 64);
}

}  // namespace
}  // namespace causeway::gateway::presence
