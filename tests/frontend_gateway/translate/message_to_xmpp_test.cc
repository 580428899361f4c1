#include "frontend_gateway/translate/message_to_xmpp.h"

#include <catch2/catch.hpp>
#include <string>

#include "frontend_gateway/translate/date.h"

using namespace causeway;
using namespace causeway::gateway;
using namespace causeway::gateway::translate;
using namespace std::chrono_literals;

namespace {

const absl::Time kNow = absl::FromUnixSeconds(1700000000);
constexpr auto kPatience = 25000ms;

sip::IncomingRequest saying(const std::string& body, std::vector<sip::Header> headers = {}) {
  sip::IncomingRequest request;
  request.method = "MESSAGE";
  request.call_id = "77@host";
  request.content_type = "text/plain;charset=UTF-8";
  request.body = body;
  request.headers = std::move(headers);
  return request;
}

auto translated(const sip::IncomingRequest& request, const Threads& threads = Threads({1, 2})) {
  const auto bob = *address::Jid::parse("bob@contoso.example/desk");
  const auto ann = *address::Jid::parse("ann@fabrikam.example");
  auto content = content_of(request);
  using Outcome = decltype(to_stanza(request, *content, bob, ann, threads, kNow, {}));
  if (!content.ok()) return Outcome(content.refusal());
  return to_stanza(request, *std::move(content), bob, ann, threads, kNow,
                   {.type = v1::Message::CHAT, .patience = kPatience});
}

v1::Stanza stanza(const sip::IncomingRequest& request) {
  auto outcome = translated(request);
  REQUIRE(outcome.ok());
  REQUIRE(outcome->has_value());
  return **outcome;
}

std::string at(absl::Duration from_now) { return sip_date(kNow + from_now); }

}  // namespace

TEST_CASE("a MESSAGE becomes a message", "[message]") {
  const v1::Stanza made =
      stanza(saying("Grüße 🐴 <&>\"'", {{"Subject", "Lunch"}, {"Content-Language", "de, en"}}));
  CHECK(made.from().local() == "bob");
  CHECK(made.from().domain() == "contoso.example");
  CHECK(made.from().resource() == "desk");
  CHECK(made.to().local() == "ann");
  CHECK(made.lang() == "de");
  CHECK(made.patience_ms() == 25000);
  CHECK(made.message().type() == v1::Message::CHAT);
  REQUIRE(made.message().bodies_size() == 1);
  CHECK(made.message().bodies(0).text() == "Grüße 🐴 <&>\"'");
  REQUIRE(made.message().subjects_size() == 1);
  CHECK(made.message().subjects(0).text() == "Lunch");
  CHECK(made.message().thread() == "77@host");
  CHECK_FALSE(made.message().has_sent());
}

TEST_CASE("a Call-ID made of a thread gives the thread back", "[message]") {
  Threads threads({1, 2});
  sip::IncomingRequest request = saying("hi");
  request.call_id = threads.call_id("a", "b", "their thread");
  CHECK((*translated(request, threads))->message().thread() == "their thread");
}

TEST_CASE("only a delay of a minute and more is told", "[message]") {
  CHECK_FALSE(stanza(saying("hi", {{"Date", at(-absl::Seconds(60))}})).message().has_sent());
  const v1::Stanza late = stanza(saying("hi", {{"Date", at(-absl::Seconds(61))}}));
  CHECK(late.message().sent().seconds() == absl::ToUnixSeconds(kNow) - 61);
  CHECK_FALSE(stanza(saying("hi", {{"Date", at(absl::Hours(5))}})).message().has_sent());
  CHECK_FALSE(stanza(saying("hi", {{"Date", "yesterday"}})).message().has_sent());
}

TEST_CASE("what has expired is not delivered, what will is not delivered later", "[message]") {
  struct Row {
    std::string date, expires;
    int status;
    unsigned patience;
  };
  const auto row = GENERATE(values<Row>({
      {"", "10", 0, 10000},
      {"", "3600", 0, 25000},
      {"", "0", 0, 25000},
      {"", "-1", 0, 25000},
      {"", "soon", 0, 25000},
      {"", "99999999999999", 0, 25000},
      {at(-absl::Seconds(50)), "60", 0, 10000},
      {at(-absl::Seconds(61)), "60", 408, 0},
      {at(-absl::Seconds(61)), "", 0, 25000},
      {at(absl::Hours(1)), "5", 0, 5000},  // their clock is fast
  }));
  INFO(row.date << " + " << row.expires);
  const auto outcome = translated(saying("hi", {{"Date", row.date}, {"Expires", row.expires}}));
  REQUIRE(outcome.ok() == (row.status == 0));
  if (row.status == 0) {
    CHECK((*outcome)->patience_ms() == row.patience);
  } else {
    CHECK(outcome.refusal().status == row.status);
  }
}

TEST_CASE("nothing to read is nothing to deliver", "[message]") {
  const auto outcome = translated(saying(""));
  REQUIRE(outcome.ok());
  CHECK_FALSE(outcome->has_value());
  const v1::Stanza subject_only = stanza(saying("", {{"Subject", "Lunch"}}));
  CHECK(subject_only.message().bodies_size() == 0);
  CHECK(subject_only.message().subjects(0).text() == "Lunch");
}

TEST_CASE("odd bytes never reach a stanza", "[message]") {
  CHECK(translated(saying("caf\xe9")).refusal().status == 400);
  CHECK(translated(saying("hi", {{"Subject", "caf\xe9"}})).refusal().status == 400);
  CHECK(translated(saying("hi", {{"Subject", "a\x01"}})).refusal().status == 400);
  CHECK(stanza(saying("hi", {{"Content-Language", "\xff"}})).lang().empty());
  CHECK(stanza(saying("hi", {{"Content-Language", "de<x>"}})).lang().empty());
  sip::IncomingRequest request = saying("hi");
  request.call_id = "a\xff";
  CHECK(stanza(request).message().thread().empty());
}

TEST_CASE("a type that RFC 7572 asks for", "[message]") {
  const auto bob = *address::Jid::parse("bob@contoso.example");
  const auto request = saying("hi");
  const auto made = to_stanza(request, *content_of(request), bob, bob, Threads({1, 2}), kNow,
                              {.type = v1::Message::NORMAL, .patience = kPatience});
  CHECK((*made)->message().type() == v1::Message::NORMAL);
}

TEST_CASE("markup crosses beside its plain text", "[message]") {
  sip::IncomingRequest request = saying("<div>a <b onclick='x()'>b</b><script>c</script></div>");
  request.content_type = "text/html;charset=utf-8";
  const v1::Stanza made = stanza(request);
  CHECK(made.message().bodies(0).text() == "a b");
  CHECK(made.message().xhtml() ==
        "<body xmlns='http://www.w3.org/1999/xhtml'><p>a <strong>b</strong></p></body>");
}

TEST_CASE("T14: message/cpim is opened, and its headers are no text", "[message]") {
  sip::IncomingRequest request = saying(
      "From: <sip:bob@contoso.example>\r\nTo: <sip:ann@fabrikam.example>\r\n"
      "DateTime: 2023-11-14T20:00:00Z\r\nSubject: Lunch\r\nNS: imdn <urn:ietf:params:imdn>\r\n"
      "imdn.Message-ID: m1\r\nimdn.Disposition-Notification: positive-delivery, display\r\n\r\n"
      "Content-Type: text/plain;charset=utf-8\r\nContent-Language: de\r\n\r\nGrüße");
  request.content_type = "message/cpim";
  const v1::Stanza made = stanza(request);
  CHECK(made.message().bodies(0).text() == "Grüße");
  CHECK(made.message().subjects(0).text() == "Lunch");
  CHECK(made.lang() == "de");
  CHECK(made.message().sent().seconds() == 1699992000);
  CHECK(made.message().receipt().requested());
  CHECK(made.message().receipt().markable());
}

TEST_CASE("a mark says that a machine has sent it", "[message]") {
  CHECK_FALSE(is_automatic(saying("hi")));
  CHECK_FALSE(is_automatic(saying("hi", {{"Auto-Submitted", "no"}})));
  CHECK(is_automatic(saying("hi", {{"auto-submitted", "auto-generated"}})));
}
