#include "frontend_gateway/gateway/sip_to_xmpp.h"

#include <catch2/catch.hpp>
#include <string>

#include "common/stanza/conditions.h"
#include "frontend_gateway/translate/headers.h"
#include "tests/frontend_gateway/gateway/stage.h"

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;

namespace {

constexpr char kBob[] = "sip:bob@contoso.example";
constexpr char kAnn[] = "sip:ann@fabrikam.example";

// What ann's server says to the stanza.
v1::Stanza error_to(const v1::Stanza& stanza, v1::StanzaCondition condition) {
  v1::Stanza error;
  *error.mutable_from() = stanza.to();
  *error.mutable_to() = stanza.from();
  error.set_id(stanza.id());
  error.mutable_message()->set_type(v1::Message::ERROR);
  *error.mutable_error() = stanza::error(condition);
  return error;
}

// A MESSAGE that was accepted with 202, as the stanza it became.
v1::Stanza accepted(Stage& stage, const gateway::sip::IncomingRequest& request) {
  stage.request(request);
  auto submission = stage.world.next_submission();
  submission.settled(std::nullopt);
  stage.world.pass(500ms);
  REQUIRE(stage.status() == 202);
  return submission.stanza;
}

}  // namespace

TEST_CASE("a MESSAGE is accepted once the edge has it and no error came", "[gateway]") {
  Stage stage;
  stage.request(request_of("sip:bob@contoso.example;gr=desk", kAnn, "Grüße 🐴 <&>\"'"));
  auto submission = stage.world.next_submission();
  CHECK(submission.stanza.from().local() == "bob");
  CHECK(submission.stanza.from().resource() == "desk");
  CHECK(submission.stanza.to().local() == "ann");
  CHECK(submission.stanza.message().bodies(0).text() == "Grüße 🐴 <&>\"'");
  CHECK(submission.stanza.patience_ms() == 25000);
  CHECK_FALSE(submission.stanza.id().empty());
  stage.world.pass(10s);
  CHECK(stage.status() == 0);  // the edge has not said anything
  submission.settled(std::nullopt);
  stage.world.pass(499ms);
  CHECK(stage.status() == 0);
  stage.world.pass(1ms);
  CHECK(stage.status() == 202);
  CHECK(stage.gateway.idle());
}

TEST_CASE("without a wait for errors the edge's word is enough", "[gateway]") {
  auto config = test_config();
  config.sip.error_wait = 0ms;
  Stage stage(config);
  stage.request(request_of(kBob, kAnn, "hi"));
  stage.world.next_submission().settled(std::nullopt);
  stage.world.pass(0ms);
  CHECK(stage.status() == 202);
}

TEST_CASE("a refusal of the edge is the answer", "[gateway]") {
  struct Row {
    v1::StanzaCondition condition;
    int status;
  };
  const auto row = GENERATE(values<Row>({
      {v1::REMOTE_SERVER_NOT_FOUND, 404},
      {v1::REMOTE_SERVER_TIMEOUT, 408},
      {v1::RESOURCE_CONSTRAINT, 500},
      {v1::POLICY_VIOLATION, 403},
  }));
  Stage stage;
  stage.request(request_of(kBob, kAnn, "hi"));
  stage.world.next_submission().settled(stanza::error(row.condition, "Because"));
  CHECK(stage.status() == row.status);
  CHECK(stage.answers.back()->reason == "Because");
  CHECK(stage.gateway.idle());
}

TEST_CASE("an error of the recipient's server in time is the answer", "[gateway]") {
  const bool settled_first = GENERATE(true, false);
  const bool full = GENERATE(true, false);
  Stage stage;
  stage.request(request_of(kBob, full ? std::string(kAnn) + ";gr=phone" : kAnn, "hi"));
  auto submission = stage.world.next_submission();
  if (settled_first) submission.settled(std::nullopt);
  stage.world.pass(400ms);
  const auto number = stage.deliver(error_to(submission.stanza, v1::ITEM_NOT_FOUND));
  CHECK(stage.outcomes->taken(number));
  CHECK(stage.status() == (full ? 404 : 604));
  if (!settled_first) submission.settled(std::nullopt);
  stage.world.pass(1s);
  CHECK(stage.gateway.idle());
  stage.deliver(error_to(submission.stanza, v1::ITEM_NOT_FOUND));  // it says so again
  CHECK(stage.world.requests.empty());
}

TEST_CASE("who may answer for the recipient", "[gateway]") {
  struct Row {
    std::string from, to;
    bool believed;
  };
  const auto row = GENERATE(values<Row>({
      {"ann@fabrikam.example", "bob@contoso.example", true},
      {"ann@fabrikam.example/phone", "bob@contoso.example/desk", true},
      {"fabrikam.example", "bob@contoso.example", true},
      {"eve@fabrikam.example", "bob@contoso.example", false},
      {"ann@evil.example", "bob@contoso.example", false},
      {"ann@fabrikam.example", "ben@contoso.example", false},
      {"ann@fabrikam.example", "bob@fabrikam.example", false},
  }));
  INFO(row.from << " -> " << row.to);
  Stage stage;
  stage.request(request_of(kBob, kAnn, "hi"));
  auto submission = stage.world.next_submission();
  v1::Stanza error = error_to(submission.stanza, v1::ITEM_NOT_FOUND);
  *error.mutable_from() = address_of(row.from);
  *error.mutable_to() = address_of(row.to);
  stage.deliver(error);
  CHECK(stage.status() == (row.believed ? 604 : 0));
}

TEST_CASE("answers do not cross", "[gateway]") {
  Stage stage;
  stage.request(request_of(kBob, kAnn, "1"));
  stage.request(request_of(kBob, kAnn, "2"));
  auto first = stage.world.next_submission();
  auto second = stage.world.next_submission();
  CHECK(first.stanza.id() != second.stanza.id());
  second.settled(stanza::error(v1::REMOTE_SERVER_TIMEOUT));
  CHECK_FALSE(stage.answers[0].has_value());
  CHECK(stage.answers[1]->status == 408);
  Stage other;  // another life: its ids are not ours
  other.request(request_of(kBob, kAnn, "1"));
  other.deliver(error_to(first.stanza, v1::ITEM_NOT_FOUND));
  CHECK(other.status() == 0);
}

TEST_CASE("a late error is told by a notice", "[gateway]") {
  Stage stage;
  const v1::Stanza stanza =
      accepted(stage, request_of("sip:bob@contoso.example;gr=desk", kAnn, "hi"));
  stage.deliver(error_to(stanza, v1::SERVICE_UNAVAILABLE));
  auto notice = stage.world.next_request();
  CHECK(notice.request.request_uri == "sip:bob@contoso.example");
  CHECK(notice.request.from == "<sip:ann@fabrikam.example>");
  CHECK(notice.request.body.find("was not delivered") != std::string::npos);
  CHECK(gateway::translate::header(notice.request.headers, "Auto-Submitted") == "auto-generated");
  notice.answer(486);  // only logged
  CHECK(stage.world.requests.empty());
  CHECK(stage.world.submissions.empty());
  stage.deliver(error_to(stanza, v1::SERVICE_UNAVAILABLE));  // once is enough
  CHECK(stage.world.requests.empty());
  CHECK(stage.gateway.idle());
}

TEST_CASE("nobody is told of the late failure of what a machine has sent", "[gateway]") {
  Stage stage;
  auto request = request_of(kBob, kAnn, "Your message was not delivered");
  request.headers.push_back({"Auto-Submitted", "auto-generated"});
  const v1::Stanza stanza = accepted(stage, request);
  stage.deliver(error_to(stanza, v1::SERVICE_UNAVAILABLE));
  CHECK(stage.world.requests.empty());
}

TEST_CASE("a notice stands in the line of its pair", "[gateway]") {
  Stage stage;
  const v1::Stanza stanza = accepted(stage, request_of(kBob, kAnn, "hi"));
  stage.deliver(message_of("ann@fabrikam.example/phone", "bob@contoso.example", "1"));
  stage.deliver(error_to(stanza, v1::SERVICE_UNAVAILABLE));
  auto first = stage.world.next_request();
  CHECK(first.request.body == "1");
  CHECK(stage.world.requests.empty());
  first.answer(200);
  CHECK(stage.world.next_request().request.body.find("was not delivered") != std::string::npos);
}

TEST_CASE("what is refused is never submitted", "[gateway]") {
  struct Row {
    std::string name;
    gateway::sip::IncomingRequest request;
    int status;
  };
  auto to_sips = request_of(kBob, kAnn, "hi");
  to_sips.to_uri = "sips:ann@fabrikam.example";
  auto image = request_of(kBob, kAnn, "GIF89a");
  image.content_type = "image/gif";
  auto asserted = request_of(kBob, kAnn, "hi");
  asserted.headers = {{"P-Asserted-Identity", "<sip:eve@contoso.example>"}};
  auto expired = request_of(kBob, kAnn, "hi");
  expired.headers = {{"Date", "Sat, 13 Nov 2010 23:29:00 GMT"}, {"Expires", "60"}};
  const auto row = GENERATE_COPY(values<Row>({
      {"From not ours", request_of("sip:bob@evil.example", kAnn, "hi"), 403},
      {"From a partner's", request_of(kAnn, "sip:al@fabrikam.example", "hi"), 403},
      {"From without user info is a domain's", request_of("sip:evil.example", kAnn, "hi"), 403},
      {"to ours", request_of(kBob, "sip:ben@contoso.example", "hi"), 482},
      {"to a stranger", request_of(kBob, "sip:eve@evil.example", "hi"), 404},
      {"to a subdomain", request_of(kBob, "sip:ann@sub.fabrikam.example", "hi"), 404},
      {"sips", request_of(kBob, "sips:ann@fabrikam.example", "hi"), 416},
      {"sips in To", to_sips, 416},
      {"tel", request_of(kBob, "tel:+14255550100", "hi"), 484},
      {"phone", request_of(kBob, "sip:+1425@fabrikam.example;user=phone", "hi"), 484},
      {"password", request_of(kBob, "sip:ann:x@fabrikam.example", "hi"), 400},
      {"no JID", request_of(kBob, "sip:%20ann@fabrikam.example", "hi"), 400},
      {"CR LF", request_of(kBob, "sip:a%0D%0Ab@fabrikam.example", "hi"), 400},
      {"From with NUL", request_of("sip:b%00b@contoso.example", kAnn, "hi"), 400},
      {"another identity", asserted, 403},
      {"an image", image, 415},
      {"a control", request_of(kBob, kAnn, "a\x01"), 400},
      {"NUL", request_of(kBob, kAnn, std::string("a\0b", 3)), 400},
      {"Latin-1", request_of(kBob, kAnn, "caf\xe9"), 400},
      {"a surrogate", request_of(kBob, kAnn, "\xed\xa0\x80"), 400},
      {"expired", expired, 408},
  }));
  INFO(row.name);
  Stage stage;
  stage.request(row.request);
  CHECK(stage.status() == row.status);
  CHECK_FALSE(stage.answers.back()->reason.empty());
  CHECK(stage.world.submissions.empty());
}

TEST_CASE("a type that is not taken is answered with those that are", "[gateway]") {
  Stage stage;
  auto image = request_of(kBob, kAnn, "GIF89a");
  image.content_type = "image/gif";
  stage.request(image);
  CHECK(gateway::translate::header(stage.answers.back()->headers, "Accept")
            .starts_with("text/plain, text/html"));
}

TEST_CASE("the instance in Contact is the sender's resource", "[gateway]") {
  struct Row {
    std::string contact, resource;
  };
  const auto row = GENERATE(values<Row>({
      {"<sip:bob@contoso.example;gr=desk%202>", "desk 2"},
      {"<sip:ben@contoso.example;gr=desk>", ""},  // somebody else's
      {"<sip:bob@10.0.0.7:5060>", ""},
      {"", ""},
  }));
  Stage stage;
  auto request = request_of(kBob, kAnn, "hi");
  request.headers.push_back({"Contact", row.contact});
  stage.request(request);
  CHECK(stage.world.next_submission().stanza.from().resource() == row.resource);
}

TEST_CASE("too many pending requests are told to come again", "[gateway]") {
  auto config = test_config();
  config.sip.pending = 2;
  Stage stage(config);
  stage.request(request_of(kBob, kAnn, "1"));
  stage.request(request_of(kBob, kAnn, "2"));
  stage.request(request_of(kBob, kAnn, "3"));
  CHECK(stage.status() == 503);
  CHECK(gateway::translate::header(stage.answers.back()->headers, "Retry-After") == "5");
  stage.world.next_submission().settled(std::nullopt);
  stage.world.pass(500ms);
  stage.request(request_of(kBob, kAnn, "4"));
  CHECK(stage.status() == 0);
}

TEST_CASE("stanzas leave in the order of their requests", "[gateway]") {
  Stage stage;
  for (int i = 0; i < 2000; ++i) stage.request(request_of(kBob, kAnn, std::to_string(i)));
  for (int i = 0; i < 2000; ++i) {
    auto submission = stage.world.next_submission();
    REQUIRE(submission.stanza.message().bodies(0).text() == std::to_string(i));
    submission.settled(std::nullopt);
  }
  stage.world.pass(500ms);
  for (const auto& answer : stage.answers) REQUIRE(answer->status == 202);
  CHECK(stage.gateway.idle());
}

TEST_CASE("the waits of requests end one by one", "[gateway]") {
  Stage stage;
  for (int i = 0; i < 3; ++i) {
    stage.request(request_of(kBob, kAnn, std::to_string(i)));
    stage.world.next_submission().settled(std::nullopt);
    stage.world.pass(200ms);
  }
  CHECK(stage.answers[0]->status == 202);  // after 500 of 600 ms
  CHECK_FALSE(stage.answers[1].has_value());
  stage.world.pass(100ms);
  CHECK(stage.answers[1]->status == 202);
  CHECK_FALSE(stage.answers[2].has_value());
  stage.world.pass(200ms);
  CHECK(stage.answers[2]->status == 202);
}

TEST_CASE("at the end what was handed on is answered at once", "[gateway]") {
  Stage stage;
  for (int i = 0; i < 3; ++i) stage.request(request_of(kBob, kAnn, std::to_string(i)));
  stage.gateway.close_doors();
  stage.world.next_submission().settled(std::nullopt);
  stage.world.next_submission().settled(stanza::error(v1::REMOTE_SERVER_TIMEOUT));
  stage.gateway.conclude();
  CHECK(stage.answers[0]->status == 202);
  CHECK(stage.answers[1]->status == 408);
  CHECK_FALSE(stage.answers[2].has_value());  // no outcome: nothing is known of it
  stage.world.pass(std::chrono::seconds(1));
  CHECK(stage.answers[0]->status == 202);
}

TEST_CASE("an empty MESSAGE is answered, and nothing is sent", "[gateway]") {
  Stage stage;
  stage.request(request_of(kBob, kAnn, ""));
  CHECK(stage.status() == 200);
  CHECK(stage.world.submissions.empty());
}

TEST_CASE("an error of the recipient that has no thread back ends where it came", "[gateway]") {
  Stage stage;
  for (const std::string& id : {std::string(), std::string("x"), std::string("0123456789abcdef-1"),
                                std::string("0123456789abcdef-zz")}) {
    v1::Stanza error = stanza_of("ann@fabrikam.example", "bob@contoso.example");
    error.set_id(id);
    error.mutable_message()->set_type(v1::Message::ERROR);
    *error.mutable_error() = stanza::error(v1::ITEM_NOT_FOUND);
    CHECK(stage.outcomes->taken(stage.deliver(error)));
  }
  CHECK(stage.world.requests.empty());
}
