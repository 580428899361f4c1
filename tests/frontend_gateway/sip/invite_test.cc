#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "frontend_gateway/sip/dialog.h"
#include "tests/support/sip_agent/sip_agent.h"
#include "tests/support/sip_peer/sip_peer.h"

namespace causeway::test {
namespace {

using gateway::sip::Answer;
using gateway::sip::Dialog;
using gateway::sip::IncomingRequest;
using gateway::sip::Request;
using gateway::sip::Response;

// The agent on one side, a peer made of sockets on the other, over either transport.
class Stage {
 public:
  explicit Stage(bool datagrams, std::size_t pending = 20000)
      : datagrams_(datagrams), udp_(SipSocket::udp()), agent(settings(pending), methods()) {}

  // Peer and agent.
  void connect() {  // the peer's own connection to the agent
    if (!datagrams_) socket_ = std::make_unique<SipSocket>(SipSocket::tcp(agent.address("tcp")));
  }
  void accept() {  // the agent's connection to the peer
    if (datagrams_) return;
    auto accepted = listener_.accept();
    REQUIRE(accepted);
    socket_ = std::make_unique<SipSocket>(*std::move(accepted));
  }
  void say(const std::string& text) {
    datagrams_ ? udp_.send_to(agent.address("udp"), text) : socket_->send(text);
  }
  std::optional<SipMessage> hear(std::chrono::milliseconds patience = kPatience) {
    return datagrams_ ? udp_.receive(patience) : socket_->receive(patience);
  }
  SipMessage hear_one(const std::string& what) {
    const auto got = hear();
    REQUIRE(got);
    CHECK((got->status() != 0 ? std::to_string(got->status()) : got->method()) == what);
    return *got;
  }
  std::string address() const { return datagrams_ ? udp_.address() : listener_.address(); }
  std::string uri() const { return "sip:" + address() + (datagrams_ ? "" : ";transport=tcp"); }
  std::string via() const { return (datagrams_ ? "UDP " : "TCP ") + address(); }

  void send(Request request) {
    agent.in_loop([&] {
      agent.agent().send(std::move(request), [this](Response r) { answers.put(std::move(r)); });
    });
  }
  void reply(int status, const std::string& type = "", const std::string& body = "") {
    agent.in_loop([&] {
      duties.front().reply(status, "As Told", {}, type, body);
      duties.erase(duties.begin());
    });
  }

  SipRequest invite() const {
    return {.method = "INVITE",
            .call_id = "call",
            .via = via(),
            .more = {"Contact: <" + uri() + ">", "Record-Route: <" + uri() + ";lr>"},
            .content_type = "application/sdp",
            .body = "v=0"};
  }

 private:
  gateway::config::Sip settings(std::size_t pending) const {
    gateway::config::Sip all = sip_settings({"udp", "tcp"}, uri());
    all.pending = pending;
    return all;
  }
  std::vector<SipAgent::UserAgent::Method> methods() {
    std::vector<SipAgent::UserAgent::Method> all;
    for (const char* name : {"INVITE", "BYE", "INFO", "UPDATE", "MESSAGE", "SUBSCRIBE"}) {
      all.push_back({.name = name,
                     .on_request =
                         [this](IncomingRequest request, Answer answer) {
                           duties.push_back(std::move(answer));
                           arrived.put(std::move(request));
                         },
                     .in_dialog = true});
    }
    return all;
  }

  const bool datagrams_;
  SipSocket udp_;
  SipListener listener_;
  std::unique_ptr<SipSocket> socket_;

 public:
  std::vector<Answer> duties;  // in the loop only
  Arrivals<IncomingRequest> arrived;
  Arrivals<Response> answers;
  SipAgent agent;
};

std::string tag_of(const std::string& header) { return header.substr(header.find(";tag=") + 5); }

// The next request of the peer in the dialog that `answer`, a response of ours, has made.
std::string in_dialog(const Stage& stage, const SipMessage& answer, const std::string& method,
                      int cseq) {
  SipRequest request = stage.invite();
  request.method = method;
  request.to = answer.header("To");
  request.content_type = "";
  request.body = "";
  std::string text = request.text();
  const std::string first = "CSeq: 1 ";
  return text.replace(text.find(first), first.size(), "CSeq: " + std::to_string(cseq) + " ");
}

TEST_CASE("an INVITE is answered, acknowledged, used and ended", "[sip][invite]") {
  Stage stage(GENERATE(true, false));
  stage.connect();
  stage.say(stage.invite().text());
  CHECK(stage.hear_one("100").header("To").find("tag") == std::string::npos);
  const auto invite = stage.arrived.next();
  REQUIRE(invite);
  CHECK(invite->body == "v=0");
  CHECK(invite->from_tag == "peer");
  CHECK(invite->cseq == 1);
  CHECK(invite->record_routes == std::vector<std::string>{"<" + stage.uri() + ";lr>"});
  CHECK(invite->header("Record-Route").empty());
  stage.reply(200, "application/sdp", std::string("v=0\0x", 5));
  const SipMessage ok = stage.hear_one("200");
  CHECK(ok.header("Record-Route") == "<" + stage.uri() + ";lr>");
  CHECK(ok.header("Contact").starts_with("<sip:127.0.0.1:"));
  CHECK(ok.header("Allow") ==
        "INVITE, BYE, INFO, UPDATE, MESSAGE, SUBSCRIBE, OPTIONS, ACK, CANCEL");
  CHECK(ok.header("Content-Type") == "application/sdp");
  CHECK(ok.body == std::string("v=0\0x", 5));
  CHECK(tag_of(ok.header("To")) == invite->local_tag);

  CHECK(stage.hear_one("200").header("To") == ok.header("To"));  // until it is acknowledged
  stage.say(in_dialog(stage, ok, "ACK", 1));
  for (const std::string method : {"INFO", "MESSAGE", "UPDATE", "BYE"}) {
    stage.say(in_dialog(stage, ok, method, 2));
    const auto next = stage.arrived.next();
    REQUIRE(next);
    CHECK(next->method == method);
    CHECK(next->to_tag == invite->local_tag);
    CHECK(Dialog::id_of(*next) == Dialog::answering(*invite)->id());
    stage.reply(200);
    const SipMessage answer = stage.hear_one("200");
    CHECK(answer.header("Contact").empty() == (method != "UPDATE"));
    CHECK(answer.header("Record-Route").empty());
  }
  CHECK_FALSE(stage.hear(std::chrono::milliseconds(1200)));  // no 200 to INVITE any more
}

TEST_CASE("a dialog that a 2xx made is used from here", "[sip][invite]") {
  Stage stage(GENERATE(true, false));
  stage.connect();
  stage.say(stage.invite().text());
  stage.hear_one("100");
  auto dialog = Dialog::answering(stage.arrived.next().value());
  REQUIRE(dialog);
  stage.reply(200);
  const SipMessage ok = stage.hear_one("200");
  stage.say(in_dialog(stage, ok, "ACK", 1));
  stage.send(dialog->request("MESSAGE"));
  stage.accept();  // to the first of the routes
  const SipMessage message = stage.hear_one("MESSAGE");
  CHECK(message.start_line == "MESSAGE " + stage.uri() + " SIP/2.0");
  CHECK(message.header("Route") == "<" + stage.uri() + ";lr>");
  CHECK(message.header("From") == ok.header("To"));
  CHECK(message.header("To") == "<sip:juliet@fabrikam.example>;tag=peer");
  std::string answer = response_to(message, 200, "OK");
  stage.say(answer.erase(answer.find(";tag=answering"), 14));
  CHECK(stage.answers.next()->status == 200);
}

TEST_CASE("an INVITE that is refused, and one that is cancelled", "[sip][invite]") {
  Stage stage(GENERATE(true, false));
  stage.connect();
  SipRequest invite = stage.invite();
  invite.branch = "z9hG4bKinvite";
  stage.say(invite.text());
  stage.hear_one("100");
  const auto theirs = stage.arrived.next();
  REQUIRE(theirs);
  SECTION("refused") {
    stage.reply(488);
    const SipMessage refusal = stage.hear_one("488");
    CHECK(refusal.header("Contact").empty());
    invite.method = "ACK";
    invite.to = refusal.header("To");
    stage.say(invite.text());
    CHECK_FALSE(stage.hear(std::chrono::milliseconds(700)));  // no more repetitions
  }
  SECTION("cancelled; a handler that takes it later hears its end") {
    invite.method = "CANCEL";
    invite.content_type = invite.body = "";
    stage.say(invite.text());
    stage.hear_one("200");
    const SipMessage ended = stage.hear_one("487");
    invite.method = "ACK";
    invite.to = ended.header("To");
    stage.say(invite.text());
    stage.reply(200);
    const auto bye = stage.arrived.next();
    REQUIRE(bye);
    CHECK(bye->method == "BYE");
    CHECK(bye->source == "local");
    auto dialog = Dialog::answering(*theirs);
    REQUIRE(dialog);
    IncomingRequest later = *theirs;  // they may have spoken in it meanwhile
    later.cseq = 9;
    CHECK(dialog->accept(later));
    CHECK(dialog->accept(*bye));
    CHECK(bye->to_tag == tag_of(ended.header("To")));
    CHECK_FALSE(stage.hear(std::chrono::milliseconds(200)));
  }
}

TEST_CASE("a repeated INVITE is handed on once", "[sip][invite]") {
  Stage stage(true);
  const std::string invite = stage.invite().text();
  stage.say(invite);
  stage.hear_one("100");
  REQUIRE(stage.arrived.next());
  stage.say(invite);
  stage.hear_one("100");
  stage.reply(486);
  stage.hear_one("486");
  CHECK_FALSE(stage.arrived.next(std::chrono::milliseconds(0)));
}

TEST_CASE("a Require that nobody here knows, in and out of dialogs", "[sip][invite]") {
  Stage stage(true);
  SipRequest invite = stage.invite();
  invite.more.push_back("Require: com.microsoft.rtc-multiparty");
  stage.say(invite.text());
  CHECK(stage.hear_one("420").header("Unsupported") == "com.microsoft.rtc-multiparty");
}

TEST_CASE("a method that nobody here serves does not end a dialog", "[sip][invite]") {
  Stage stage(true);
  SipRequest request = stage.invite();
  request.to += ";tag=some";
  request.method = "REFER";
  stage.say(request.text());
  stage.hear_one("405");
  request.method = "OPTIONS";
  request.branch = "";
  stage.say(request.text());
  stage.hear_one("200");
}

Request invitation(const Stage& stage) {
  Request request{};
  request.method = "INVITE";
  request.request_uri = request.to = "sip:romeo@contoso.example";
  request.from = "<sip:juliet@fabrikam.example>";
  request.content_type = "application/sdp";
  request.body = "v=0";
  request.contact = true;
  (void)stage;
  return request;
}

std::string accepted(const Stage& stage, const SipMessage& invite, const std::string& tag) {
  std::string text = response_to(invite, 200, "OK",
                                 {"Contact: <" + stage.uri() + ">", "Content-Type: application/sdp",
                                  "Record-Route: <" + stage.uri() + ";lr>", "Supported: timer"});
  return text.replace(text.find("answering"), 9, tag);
}

TEST_CASE("an INVITE of ours: ACK for each 2xx, a fork is ended", "[sip][invite]") {
  Stage stage(GENERATE(true, false));
  stage.send(invitation(stage));
  stage.accept();
  const SipMessage invite = stage.hear_one("INVITE");
  CHECK(invite.header("Contact").starts_with("<sip:127.0.0.1:"));
  stage.say(response_to(invite, 180, "Ringing"));
  stage.say(accepted(stage, invite, "one"));
  const SipMessage ack = stage.hear_one("ACK");
  CHECK(ack.start_line == "ACK " + stage.uri() + " SIP/2.0");
  CHECK(ack.header("Route") == "<" + stage.uri() + ";lr>");
  CHECK(ack.header("To").ends_with(";tag=one"));
  CHECK(ack.header("From") == invite.header("From"));
  const std::string number = invite.header("CSeq").substr(0, invite.header("CSeq").find(' '));
  CHECK(ack.header("CSeq") == number + " ACK");
  CHECK(ack.header("Via") != invite.header("Via"));

  const auto response = stage.answers.next();
  REQUIRE(response);
  CHECK(response->status == 200);
  CHECK(response->to_tag == "one");
  CHECK(response->content_type == "application/sdp");
  CHECK(std::to_string(response->cseq) == number);
  auto dialog = Dialog::asked(invitation(stage), *response);
  REQUIRE(dialog);

  stage.say(accepted(stage, invite, "one"));  // repeated
  CHECK(stage.hear_one("ACK").header("To").ends_with(";tag=one"));
  stage.say(accepted(stage, invite, "two"));  // of another branch
  CHECK(stage.hear_one("ACK").header("To").ends_with(";tag=two"));
  const SipMessage bye = stage.hear_one("BYE");
  CHECK(bye.header("To").ends_with(";tag=two"));
  stage.say(response_to(bye, 200, "OK"));
  CHECK_FALSE(stage.answers.next(std::chrono::milliseconds(0)));

  stage.send(dialog->request("BYE"));
  CHECK(stage.hear_one("BYE").header("To").ends_with(";tag=one"));
}

TEST_CASE("a response names no other dialog than its request", "[sip][invite]") {
  Stage stage(true);
  stage.send(invitation(stage));
  const SipMessage invite = stage.hear_one("INVITE");
  SipMessage other = invite;
  for (auto& [name, value] : other.headers) {
    if (name == "Call-ID") value = "of-somebody-else";
    if (name == "From") value = value.substr(0, value.find(";tag=")) + ";tag=of-somebody-else";
    if (name == "CSeq") value = "4294967295 INVITE";
  }
  stage.say(accepted(stage, other, "one"));
  const SipMessage ack = stage.hear_one("ACK");
  CHECK(ack.header("Call-ID") == invite.header("Call-ID"));
  CHECK(ack.header("From") == invite.header("From"));
  const auto response = stage.answers.next();
  REQUIRE(response);
  CHECK(response->call_id == invite.header("Call-ID"));
  CHECK(response->from_tag == tag_of(invite.header("From")));
  CHECK(std::to_string(response->cseq) + " INVITE" == invite.header("CSeq"));
}

TEST_CASE("a flood of answers to one INVITE is not answered for ever", "[sip][invite]") {
  Stage stage(true);
  stage.send(invitation(stage));
  const SipMessage invite = stage.hear_one("INVITE");
  stage.say(accepted(stage, invite, "first"));
  stage.hear_one("ACK");
  for (int i = 0; i < 64; ++i) {
    stage.say(accepted(stage, invite, "t" + std::to_string(i)));
    stage.hear_one("ACK");
    stage.say(response_to(stage.hear_one("BYE"), 200, "OK"));
  }
  stage.say(accepted(stage, invite, "last"));
  SipRequest probe = stage.invite();
  probe.method = "OPTIONS";
  stage.say(probe.text());
  stage.hear_one("200");
}

TEST_CASE("2xx that nobody acknowledges have a bound", "[sip][invite]") {
  Stage stage(true, 1);
  stage.say(stage.invite().text());
  stage.hear_one("100");
  REQUIRE(stage.arrived.next());
  stage.reply(200);
  const SipMessage ok = stage.hear_one("200");
  SipRequest second = stage.invite();
  second.call_id = "second";
  stage.say(second.text());
  while (true) {  // the 200 may be repeated meanwhile
    const auto got = stage.hear();
    REQUIRE(got);
    if (got->header("Call-ID") != "second") continue;
    CHECK(got->status() == 503);
    break;
  }
  stage.say(in_dialog(stage, ok, "ACK", 1));
  SipRequest third = stage.invite();
  third.call_id = "third";
  stage.say(third.text());
  REQUIRE(stage.arrived.next());
}

TEST_CASE("an INVITE of ours that is refused is acknowledged by the transaction", "[sip][invite]") {
  Stage stage(GENERATE(true, false));
  stage.send(invitation(stage));
  stage.accept();
  const SipMessage invite = stage.hear_one("INVITE");
  stage.say(response_to(invite, 488, "Not Acceptable Here", {"Warning: 304 x \"media\""}));
  CHECK(stage.hear_one("ACK").header("Via") == invite.header("Via"));
  CHECK(stage.answers.next()->status == 488);
}

TEST_CASE("an INVITE of ours that rings too long is cancelled", "[sip][invite]") {
  Stage stage(GENERATE(true, false));
  const bool crossing = GENERATE(false, true);
  Request request = invitation(stage);
  request.answer_within = std::chrono::milliseconds(300);
  stage.send(std::move(request));
  stage.accept();
  const SipMessage invite = stage.hear_one("INVITE");
  stage.say(response_to(invite, 180, "Ringing"));
  const SipMessage cancel = stage.hear_one("CANCEL");
  CHECK(cancel.header("Via") == invite.header("Via"));
  const auto response = stage.answers.next();
  REQUIRE(response);
  CHECK(response->status == 408);
  CHECK(response->local);
  stage.say(response_to(cancel, 200, "OK"));
  if (crossing) {  // it was taken at the same time: it is ended
    stage.say(accepted(stage, invite, "late"));
    CHECK(stage.hear_one("ACK").header("To").ends_with(";tag=late"));
    CHECK(stage.hear_one("BYE").header("To").ends_with(";tag=late"));
  } else {
    stage.say(response_to(invite, 487, "Request Terminated"));
    stage.hear_one("ACK");
  }
  CHECK_FALSE(stage.answers.next(std::chrono::milliseconds(0)));
}

// RFC 3261 section 14.
TEST_CASE("a re-INVITE: the ACK goes the dialog's way, and two that meet get 491",
          "[sip][invite]") {
  Stage stage(true);
  stage.send(invitation(stage));
  const SipMessage first = stage.hear_one("INVITE");
  stage.say(accepted(stage, first, "one"));
  stage.hear_one("ACK");
  auto dialog = Dialog::asked(invitation(stage), stage.answers.next().value());
  REQUIRE(dialog);
  stage.send(dialog->request("INVITE"));
  const SipMessage again = stage.hear_one("INVITE");
  CHECK(again.header("To").ends_with(";tag=one"));

  SipRequest theirs = stage.invite();
  theirs.from = again.header("To");
  theirs.to = again.header("From");
  theirs.call_id = again.header("Call-ID");
  stage.say(theirs.text());
  const SipMessage glare = stage.hear_one("491");
  CHECK_FALSE(stage.arrived.next(std::chrono::milliseconds(0)));
  theirs.method = "ACK";
  (void)glare;

  std::string answer = response_to(again, 200, "OK", {"Contact: <" + stage.uri() + ";moved>"});
  stage.say(answer.erase(answer.find(";tag=answering"), 14));
  const SipMessage ack = stage.hear_one("ACK");
  CHECK(ack.start_line == "ACK " + stage.uri() + ";moved SIP/2.0");
  CHECK(ack.header("Route") == "<" + stage.uri() + ";lr>");
  CHECK(stage.answers.next()->status == 200);
  theirs = stage.invite();
  theirs.from = again.header("To");
  theirs.to = again.header("From");
  theirs.call_id = again.header("Call-ID");
  stage.say(theirs.text());
  stage.hear_one("100");
  CHECK(stage.arrived.next());
}

TEST_CASE("a SUBSCRIBE that is accepted names us", "[sip][invite]") {
  Stage stage(GENERATE(true, false));
  stage.connect();
  SipRequest subscribe = stage.invite();
  subscribe.method = "SUBSCRIBE";
  subscribe.content_type = subscribe.body = "";
  stage.say(subscribe.text());
  REQUIRE(stage.arrived.next());
  stage.reply(202);
  const SipMessage accepted = stage.hear_one("202");
  CHECK(accepted.header("Contact").starts_with("<sip:127.0.0.1:"));
  CHECK(accepted.header("Record-Route") == "<" + stage.uri() + ";lr>");
}

}  // namespace
}  // namespace causeway::test
