// Receipts (XEP-0184, XEP-0333) <-> IMDN (RFC 5438), and the failure reports of Lync.

#include <catch2/catch.hpp>
#include <string>

#include "common/stanza/conditions.h"
#include "frontend_gateway/translate/content.h"
#include "frontend_gateway/translate/cpim.h"
#include "frontend_gateway/translate/headers.h"
#include "frontend_gateway/translate/imdn.h"
#include "frontend_gateway/translate/message_to_sip.h"
#include "tests/frontend_gateway/gateway/stage.h"

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;
using gateway::translate::Imdn;
using Status = gateway::translate::Imdn::Status;

namespace {

constexpr char kBob[] = "sip:bob@contoso.example";
constexpr char kAnn[] = "sip:ann@fabrikam.example";
constexpr char kAnnJid[] = "ann@fabrikam.example/phone";
constexpr char kBobJid[] = "bob@contoso.example";

// The SIP domain takes what the test says.
gateway::config::Config config_with(void (*set)(gateway::config::SipRoute&)) {
  auto config = test_config();
  gateway::config::SipRoute route;
  route.domain = "contoso.example";
  route.next_hops = {"sip:127.0.0.1:5060;transport=tcp"};
  set(route);
  config.sip.routes.push_back(route);
  return config;
}

gateway::config::Config notifying() {
  return config_with([](gateway::config::SipRoute& route) { route.notifications = true; });
}

v1::Stanza asking(const std::string& body) {
  v1::Stanza stanza = message_of(kAnnJid, kBobJid, body);
  stanza.set_id("m-1");
  stanza.mutable_message()->mutable_receipt()->set_requested(true);
  stanza.mutable_message()->mutable_receipt()->set_markable(true);
  return stanza;
}

// A MESSAGE that tells the XMPP user what became of a text of his.
gateway::sip::IncomingRequest telling(const std::string& message_id, Status status,
                                      const std::string& from = kBob,
                                      const std::string& to = kAnn) {
  const auto sent = gateway::translate::notification(
      from, to,
      gateway::translate::write_imdn({.message_id = message_id,
                                      .status = status,
                                      .recipient = from,
                                      .when = absl::FromUnixSeconds(1700000000)}),
      absl::FromUnixSeconds(1700000000));
  auto request = request_of(from, to, sent.body);
  request.content_type = sent.content_type;
  return request;
}

// The Message-ID of a text that asks in message/cpim.
std::string message_id_of(const gateway::sip::Request& request) {
  REQUIRE(request.content_type == "message/cpim");
  const auto cpim = gateway::translate::parse_cpim(request.body);
  REQUIRE(cpim);
  CHECK(cpim->wanted ==
        gateway::translate::Notifications{.delivered = true, .failed = true, .displayed = true});
  return cpim->message_id;
}

// A text from SIP in message/cpim with these wishes, accepted; as the stanza it became.
v1::Stanza accepted(Stage& stage, const std::string& wishes,
                    std::vector<gateway::sip::Header> headers = {}) {
  auto request = request_of(kBob, kAnn,
                            "From: <sip:bob@contoso.example>\r\nTo: <sip:ann@fabrikam.example>\r\n"
                            "NS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: s-1\r\n"
                            "imdn.Disposition-Notification: " +
                                wishes + "\r\n\r\nContent-Type: text/plain\r\n\r\nhi");
  request.content_type = "message/cpim";
  request.headers = std::move(headers);
  stage.request(request);
  auto submission = stage.world.next_submission();
  submission.settled(std::nullopt);
  stage.world.pass(500ms);
  REQUIRE(stage.status() == 202);
  return submission.stanza;
}

v1::Stanza receipt_for(const v1::Stanza& stanza, bool displayed = false,
                       const std::string& from = kAnnJid) {
  v1::Stanza receipt = stanza_of(from, kBobJid);
  v1::Receipt& what = *receipt.mutable_message()->mutable_receipt();
  displayed ? what.set_displayed_id(stanza.id()) : what.set_received_id(stanza.id());
  return receipt;
}

// The notification in the next request to SIP.
Imdn next_imdn(Stage& stage) {
  auto sent = stage.world.next_request();
  CHECK(sent.request.request_uri == kBob);
  CHECK(sent.request.from == "<sip:ann@fabrikam.example>");
  CHECK(gateway::translate::header(sent.request.headers, "Auto-Submitted") == "auto-generated");
  const auto cpim = gateway::translate::parse_cpim(sent.request.body);
  REQUIRE(cpim);
  CHECK(cpim->message_id.empty());  // nobody is told about it
  CHECK(gateway::translate::header(cpim->headers, "Content-Type") == "message/imdn+xml");
  const auto imdn = gateway::translate::parse_imdn(cpim->body);
  REQUIRE(imdn);
  sent.answer(200);
  return *imdn;
}

}  // namespace

TEST_CASE("an XMPP user is told what the SIP user's agent says, and nothing else", "[receipts]") {
  Stage stage(notifying());
  const auto number = stage.deliver(asking("hi"));
  auto sent = stage.world.next_request();
  const std::string id = message_id_of(sent.request);
  sent.answer(200);
  CHECK(stage.outcomes->taken(number));
  CHECK(stage.world.submissions.empty());  // 200 is not "delivered"

  stage.request(telling(id, Status::delivered));
  CHECK(stage.status() == 200);
  const v1::Stanza received = stage.world.next_submission().stanza;
  CHECK(received.to().resource() == "phone");
  CHECK(received.from().local() == "bob");
  CHECK(received.message().receipt().received_id() == "m-1");
  CHECK(received.message().bodies_size() == 0);
  CHECK_FALSE(received.message().receipt().requested());  // no receipt for a receipt

  stage.request(telling(id, Status::delivered));  // once is enough
  stage.request(telling(id, Status::failed));     // it was not
  CHECK(stage.status() == 200);
  CHECK(stage.world.submissions.empty());

  stage.request(telling(id, Status::displayed));
  CHECK(stage.world.next_submission().stanza.message().receipt().displayed_id() == "m-1");
  stage.request(telling(id, Status::displayed));
  CHECK(stage.world.submissions.empty());
}

TEST_CASE("a failure told later is a stanza error", "[receipts]") {
  struct Row {
    Status status;
    v1::StanzaCondition condition;
  };
  const auto row = GENERATE(values<Row>({
      {Status::failed, v1::RECIPIENT_UNAVAILABLE},
      {Status::forbidden, v1::FORBIDDEN},
  }));
  Stage stage(notifying());
  stage.deliver(asking("hi"));
  auto sent = stage.world.next_request();
  sent.answer(202);
  stage.request(telling(message_id_of(sent.request), row.status));
  const v1::Stanza error = stage.world.next_submission().stanza;
  CHECK(error.message().type() == v1::Message::ERROR);
  CHECK(error.error().condition() == row.condition);
  CHECK(error.id() == "m-1");
  CHECK(error.to().resource() == "phone");
  stage.request(telling(message_id_of(sent.request), Status::delivered));
  CHECK(stage.world.submissions.empty());
}

TEST_CASE("nobody speaks for another", "[receipts]") {
  Stage stage(notifying());
  stage.deliver(asking("hi"));
  auto sent = stage.world.next_request();
  const std::string id = message_id_of(sent.request);
  sent.answer(200);
  stage.request(telling(id, Status::delivered, "sip:eve@contoso.example"));
  stage.request(telling(id, Status::delivered, kBob, "sip:al@fabrikam.example"));
  stage.request(telling("made-up", Status::delivered));
  stage.request(telling(id + "0", Status::delivered));
  for (const auto& answer : stage.answers) CHECK(answer->status == 200);
  CHECK(stage.world.submissions.empty());
  stage.request(telling(id, Status::delivered));
  CHECK(stage.world.submissions.size() == 1);
}

TEST_CASE("who does not take message/cpim gets plain text, and nothing is lost", "[receipts]") {
  Stage stage(notifying());
  const auto number = stage.deliver(asking("first"));
  const auto second = stage.deliver(message_of(kAnnJid, kBobJid, "second"));
  auto sent = stage.world.next_request();
  message_id_of(sent.request);
  sent.answer(415);
  auto again = stage.world.next_request();  // before the second
  CHECK(again.request.content_type == "text/plain;charset=UTF-8");
  CHECK(again.request.body == "first");
  CHECK_FALSE(stage.outcomes->settled(number));
  again.answer(200);
  CHECK(stage.outcomes->taken(number));
  stage.world.next_request().answer(200);
  CHECK(stage.outcomes->taken(second));

  stage.deliver(asking("third"));  // known by now
  CHECK(stage.world.next_request().request.body == "third");
}

TEST_CASE("what is declined plainly too is told", "[receipts]") {
  Stage stage(notifying());
  const auto number = stage.deliver(asking("hi"));
  stage.world.next_request().answer(415);
  stage.world.next_request().answer(415);
  CHECK(stage.outcomes->refused(number) == v1::NOT_ACCEPTABLE);
  CHECK(stage.gateway.idle());
}

TEST_CASE("message/cpim is for those who take it", "[receipts]") {
  Stage stage;
  stage.deliver(asking("plain"));
  auto sent = stage.world.next_request();
  CHECK(sent.request.body == "plain");
  sent.answer(200);
  accepted(stage, "positive-delivery");  // he has shown it
  stage.deliver(asking("rich"));
  message_id_of(stage.world.next_request().request);
  v1::Stanza nameless = asking("nobody could be told");
  nameless.clear_id();
  Stage other(notifying());
  other.deliver(nameless);
  CHECK(other.world.next_request().request.body == "nobody could be told");
}

TEST_CASE("a SIP user is told when the XMPP user's client says so", "[receipts]") {
  Stage stage;
  const v1::Stanza stanza = accepted(stage, "positive-delivery, display");
  CHECK(stanza.message().receipt().requested());
  CHECK(stanza.message().receipt().markable());
  CHECK(stage.world.requests.empty());  // 202 is not "delivered"

  CHECK(stage.outcomes->taken(stage.deliver(receipt_for(stanza))));
  Imdn imdn = next_imdn(stage);
  CHECK(imdn.message_id == "s-1");
  CHECK(imdn.status == Status::delivered);
  CHECK(imdn.recipient == kAnn);
  stage.deliver(receipt_for(stanza, true));
  CHECK(next_imdn(stage).status == Status::displayed);

  stage.deliver(receipt_for(stanza));
  stage.deliver(receipt_for(stanza, true));
  CHECK(stage.world.requests.empty());
}

TEST_CASE("a receipt that nobody asked for, or of another, is taken and dropped", "[receipts]") {
  Stage stage;
  const v1::Stanza delivery_only = accepted(stage, "positive-delivery");
  stage.deliver(receipt_for(delivery_only, true));
  stage.deliver(receipt_for(delivery_only, false, "eve@fabrikam.example"));
  stage.deliver(receipt_for(delivery_only, false, "fabrikam.example"));
  const v1::Stanza silent = accepted(stage, "nothing-known");
  CHECK_FALSE(silent.message().has_receipt());
  stage.deliver(receipt_for(silent));
  v1::Stanza unknown = receipt_for(silent);
  unknown.mutable_message()->mutable_receipt()->set_received_id("0123456789abcdef-1-1");
  CHECK(stage.outcomes->taken(stage.deliver(unknown)));
  CHECK(stage.world.requests.empty());
}

TEST_CASE("a late failure is an IMDN to who asked for it", "[receipts]") {
  struct Row {
    v1::StanzaCondition condition;
    Status status;
  };
  const auto row = GENERATE(values<Row>({
      {v1::SERVICE_UNAVAILABLE, Status::failed},
      {v1::ITEM_NOT_FOUND, Status::failed},
      {v1::FORBIDDEN, Status::forbidden},
      {v1::NOT_ALLOWED, Status::forbidden},
      {v1::POLICY_VIOLATION, Status::forbidden},
  }));
  Stage stage;
  const v1::Stanza stanza = accepted(stage, "negative-delivery");
  v1::Stanza error = stanza_of(kAnnJid, kBobJid);
  error.set_id(stanza.id());
  error.mutable_message()->set_type(v1::Message::ERROR);
  *error.mutable_error() = stanza::error(row.condition);
  stage.deliver(error);
  CHECK(next_imdn(stage).status == row.status);
  stage.deliver(error);
  CHECK(stage.world.requests.empty());
}

TEST_CASE("T13: what a machine has sent is followed by no notification", "[receipts]") {
  Stage stage;
  const v1::Stanza stanza = accepted(stage, "positive-delivery, negative-delivery, display",
                                     {{"Auto-Submitted", "auto-generated"}});
  CHECK_FALSE(stanza.message().has_receipt());
  stage.deliver(receipt_for(stanza));
  v1::Stanza error = stanza_of(kAnnJid, kBobJid);
  error.set_id(stanza.id());
  error.mutable_message()->set_type(v1::Message::ERROR);
  *error.mutable_error() = stanza::error(v1::ITEM_NOT_FOUND);
  stage.deliver(error);
  CHECK(stage.world.requests.empty());
}

TEST_CASE("Lync hears of a late failure in its own words", "[receipts]") {
  Stage stage(config_with([](gateway::config::SipRoute& route) { route.ms_imdn = true; }));
  stage.request(request_of(kBob, kAnn, "hi"));
  auto submission = stage.world.next_submission();
  submission.settled(std::nullopt);
  stage.world.pass(500ms);
  const std::string id(gateway::translate::header(stage.answers.back()->headers, "Message-Id"));
  CHECK_FALSE(id.empty());
  v1::Stanza error = stanza_of(kAnnJid, kBobJid);
  error.set_id(submission.stanza.id());
  error.mutable_message()->set_type(v1::Message::ERROR);
  *error.mutable_error() = stanza::error(v1::REMOTE_SERVER_TIMEOUT);
  stage.deliver(error);
  const auto report = stage.world.next_request().request;
  CHECK(report.content_type == "application/ms-imdn+xml");
  const auto imdn = gateway::translate::parse_ms_imdn(report.body);
  REQUIRE(imdn);
  CHECK(imdn->message_id == id);
  CHECK(imdn->sip_status == 408);
}

TEST_CASE("markup goes to those who take it", "[receipts]") {
  v1::Stanza marked = message_of(kAnnJid, kBobJid, "a b");
  marked.mutable_message()->set_xhtml(
      "<body xmlns='http://www.w3.org/1999/xhtml'>a <em>b</em></body>");
  Stage plain;
  plain.deliver(marked);
  CHECK(plain.world.next_request().request.body == "a b");
  Stage rich(config_with([](gateway::config::SipRoute& route) { route.html = true; }));
  rich.deliver(marked);
  auto sent = rich.world.next_request();
  CHECK(sent.request.content_type.starts_with("multipart/alternative"));
  sent.answer(415);
  CHECK(rich.world.next_request().request.body == "a b");
}
