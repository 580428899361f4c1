#include "frontend_gateway/translate/cpim.h"

#include <catch2/catch.hpp>
#include <string>

#include "frontend_gateway/translate/headers.h"

using namespace causeway::gateway::translate;

namespace {

const std::string kInner = "\r\nContent-Type: text/plain\r\n\r\nhi";

std::optional<Cpim> read(const std::string& headers, const std::string& inner = kInner) {
  static std::string kept;  // what the result points into
  kept = headers + inner;
  return parse_cpim(kept);
}

}  // namespace

TEST_CASE("what stands in a message/cpim", "[cpim]") {
  const auto cpim = read(
      "From: MR SANDERS <im:piglet@100akerwood.com>\r\n"
      "To: Depressed Donkey <im:eeyore@100akerwood.com>\r\nTo: <im:b@c>\r\n"
      "DateTime: 2000-12-13T13:40:00-08:00\r\nSubject: the weather\\n will\\\\be\r\n"
      "Subject:;lang=fr beau temps\r\nNS: x <urn:ietf:params:imdn>\r\nNS: MyFeatures "
      "<mid:MessageFeatures@id.foo.com>\r\nMyFeatures.VitalMessageOption: "
      "Confirmation-requested\r\n"
      "x.Message-ID: 34jk324j\r\nx.Disposition-Notification: display, positive-delivery;a, "
      "Negative-Delivery, sing\r\nimdn.Message-ID: other\r\n");
  REQUIRE(cpim);
  CHECK(cpim->from == "im:piglet@100akerwood.com");
  CHECK(cpim->to == "im:eeyore@100akerwood.com");
  CHECK(cpim->sent == absl::FromUnixSeconds(976743600));
  CHECK(cpim->subject == "the weather  will\\be");
  CHECK(cpim->message_id == "34jk324j");
  CHECK(cpim->wanted == Notifications{.delivered = false, .failed = true, .displayed = true});
  CHECK(header(cpim->headers, "content-type") == "text/plain");
  CHECK(cpim->body == "hi");
}

TEST_CASE("T14: what is no message/cpim", "[cpim]") {
  const std::string from = "From: <sip:a@b>\r\nTo: <sip:c@d>\r\n";
  CHECK(read(from));
  CHECK(read(""));  // the headers may be left out
  CHECK_FALSE(read(from + "From: <sip:e@f>\r\n"));
  CHECK_FALSE(read(from + "Require: x\r\n"));
  CHECK_FALSE(read(from + "DateTime: x\r\nDateTime: y\r\n"));
  CHECK_FALSE(read(from + "no header\r\n"));
  CHECK_FALSE(read(from + "Subject: a\r\n folded\r\n"));
  CHECK_FALSE(read(from + "Subject: a\rb\r\n"));
  CHECK_FALSE(read(from + std::string("Subject: a\0b\r\n", 14)));
  CHECK_FALSE(read(from + "Subject : a\r\n"));
  CHECK_FALSE(read(from + "NS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: 1\r\n"
                          "imdn.Message-ID: 2\r\n"));
  CHECK_FALSE(read(from + "NS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: " +
                   std::string(300, 'x') + "\r\n"));
  CHECK_FALSE(read(from, "\r\nno type\r\n\r\nhi"));
  CHECK_FALSE(read(from, "\r\nContent-ID: x\r\n\r\nhi"));
  CHECK_FALSE(read(from, "\r\nContent-Type: text/plain\r\ncontent-type: text/html\r\n\r\nhi"));
  CHECK_FALSE(read(from, ""));
  std::string many = from;
  for (int i = 0; i < 40; ++i) many += "To: <sip:a@b>\r\n";
  CHECK_FALSE(read(many));
}

TEST_CASE("without its namespace a header says nothing of IMDN", "[cpim]") {
  const auto cpim = read(
      "NS: imdn <urn:x>\r\nimdn.Message-ID: 1\r\n"
      "imdn.Disposition-Notification: display\r\n");
  REQUIRE(cpim);
  CHECK(cpim->message_id.empty());
  CHECK_FALSE(cpim->wanted.any());
}

TEST_CASE("a message/cpim that is written is read as the same", "[cpim]") {
  Cpim cpim;
  cpim.from = "sip:a@b";
  cpim.to = "sip:c@d";
  cpim.sent = absl::FromUnixSeconds(1700000000);
  cpim.subject = "back\\slash";
  cpim.message_id = "m1";
  cpim.wanted = {.delivered = true, .failed = true, .displayed = true};
  const std::string text = write_cpim(cpim, "text/plain;charset=UTF-8", "\r\n\r\nFrom: x");
  const auto again = parse_cpim(text);
  REQUIRE(again);
  CHECK(again->from == cpim.from);
  CHECK(again->to == cpim.to);
  CHECK(again->sent == cpim.sent);
  CHECK(again->subject == cpim.subject);
  CHECK(again->message_id == cpim.message_id);
  CHECK(again->wanted == cpim.wanted);
  CHECK(again->body == "\r\n\r\nFrom: x");
}
