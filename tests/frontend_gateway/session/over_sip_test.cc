// Sessions with the real user agent, against a peer of bare sockets. The edges are the test's.

#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "tests/frontend_gateway/session/stage.h"
#include "tests/support/sip_agent/sip_agent.h"
#include "tests/support/sip_peer/sip_peer.h"

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;

namespace {

using Settlement = std::pair<std::uint64_t, bool>;  // the number of a text, and whether it arrived

class LiveSessions : public gateway::Surroundings, public causeway::link::Settler {
 public:
  explicit LiveSessions(const std::string& next_hop)
      : current_(std::make_shared<const gateway::policy::Policy>(contoso_and_fabrikam())),
        sessions_(current_, *this, {}, callbacks()),
        agent_(sip_settings({"tcp"}, "sip:" + next_hop + ";transport=tcp"), methods()) {}

  void say(const std::string& text, std::uint64_t number) {
    agent_.in_loop([&] {
      gateway::Errand errand{};
      errand.request.request_uri = "sip:bob@contoso.example";
      errand.request.to = "<sip:bob@contoso.example>";
      errand.request.content_type = "text/plain;charset=UTF-8";
      errand.request.body = text;
      errand.receipt = causeway::link::Receipt(
          std::shared_ptr<causeway::link::Settler>(this, [](auto*) {}), number);
      REQUIRE(sessions_.send(uri_of("sip:ann@fabrikam.example;gr=phone"),
                             uri_of("sip:bob@contoso.example"), errand));
    });
  }
  void drain() {
    agent_.in_loop([this] { sessions_.drain(); });
  }
  void settle(std::uint64_t number, std::optional<v1::StanzaError> refusal) override {
    settled.put({number, !refusal});
  }
  std::string address() { return agent_.address("tcp"); }

  void send(sip::Request request, sip::UserAgent::Answered answered) override {
    agent_.agent().send(std::move(request), std::move(answered));
  }
  void submit(v1::Stanza stanza, Settled) override { submitted.put(std::move(stanza)); }
  void write(std::vector<gateway::store::Change>, Written) override {}
  void after(std::chrono::milliseconds delay, sip::UserAgent::Task task) override {
    agent_.agent().after(delay, std::move(task));
  }
  std::chrono::steady_clock::time_point clock() const override {
    return std::chrono::steady_clock::now();
  }
  std::string life() const override { return "0123456789abcdef"; }
  absl::Time now() const override { return absl::Now(); }

  Arrivals<Settlement> settled;
  Arrivals<v1::Stanza> submitted;
  Arrivals<std::string> heard;

 private:
  gateway::session::Callbacks callbacks() {
    return {.hear =
                [this](const sip::IncomingRequest& request, gateway::Reply reply) {
                  reply({202, "Accepted", {}});
                  heard.put(request.request_uri + " " + request.body);
                },
            .page = [](const auto&, const auto&, gateway::Errand) {},
            .finished =
                [](gateway::Errand errand, sip::Response response) {
                  if (response.status < 300) return errand.receipt.taken();
                  errand.receipt.refused({});
                },
            .mode = [](const std::string&) { return Mode::session; }};
  }
  std::vector<sip::UserAgent::Method> methods() {
    const auto take = [this](const sip::IncomingRequest& request, sip::Answer answer) {
      sessions_.from_sip(request, [answer = std::move(answer)](const SipAnswer& what) mutable {
        answer.reply(what.status, what.reason, what.headers, what.content_type, what.body);
      });
    };
    std::vector<sip::UserAgent::Method> all;
    for (const char* name : {"MESSAGE", "INVITE", "INFO", "UPDATE", "BYE"})
      all.push_back({name, take, "", true});
    return all;
  }

  gateway::policy::Current current_;
  gateway::session::Sessions sessions_;
  SipAgent agent_;
};

// With a tag in To, and a session description in the 200 to an INVITE.
std::string answer_to(const SipMessage& request, int status, std::vector<std::string> more = {}) {
  const bool within = request.header("To").find("tag=") != std::string::npos;
  const bool opens = request.method() == "INVITE" && status == 200;
  if (opens) more.push_back("Content-Type: application/sdp");
  std::string text = response_to(request, status, "Why", std::move(more));
  if (within) text = absl::StrReplaceAll(text, {{";tag=answering", ""}});
  const std::string body = opens ? gateway::session::write_offer() : "";
  return absl::StrReplaceAll(
             text, {{"Content-Length: 0", "Content-Length: " + std::to_string(body.size())}}) +
         body;
}

SipRequest from_bob(const std::string& method, const SipSocket& via) {
  SipRequest request;
  request.method = method;
  request.uri = "sip:ann@fabrikam.example";
  request.from = "<sip:bob@contoso.example>;tag=peer";
  request.to = "<sip:ann@fabrikam.example>";
  request.via = "TCP " + via.address();
  request.content_type.clear();
  request.body.clear();
  return request;
}

std::string with_cseq(const SipRequest& request, int cseq) {
  return absl::StrReplaceAll(request.text(), {{"CSeq: 1 ", "CSeq: " + std::to_string(cseq) + " "}});
}

}  // namespace

TEST_CASE("a session is opened, used and ended on the wire", "[session][sip]") {
  SipListener listener;
  LiveSessions sessions(listener.address());
  sessions.say("first", 1);
  auto socket = listener.accept();
  REQUIRE(socket.has_value());
  const auto invite = socket->receive();
  REQUIRE(invite.has_value());
  REQUIRE(invite->method() == "INVITE");
  CHECK(invite->header("Content-Type") == "application/sdp");
  CHECK(invite->header("ms-text-format").find("ms-body=Zmlyc3Q=") != std::string::npos);
  CHECK(invite->header("Session-Expires") == "1800");
  CHECK_FALSE(invite->header("Contact").empty());
  CHECK(gateway::session::parse_sdp(invite->body)->text == 0u);
  const std::string contact = "Contact: <sip:bob@" + listener.address() + ";transport=tcp>";
  socket->send(answer_to(*invite, 200, {contact, "Supported: ms-text-format"}));
  const auto ack = socket->receive();
  REQUIRE(ack.has_value());
  CHECK(ack->method() == "ACK");
  CHECK(sessions.settled.next() == Settlement{1, true});

  sessions.say("second", 2);
  const auto message = socket->receive();
  REQUIRE(message.has_value());
  CHECK(message->method() == "MESSAGE");
  CHECK(message->start_line == "MESSAGE sip:bob@" + listener.address() + ";transport=tcp SIP/2.0");
  CHECK(message->header("To").find("tag=answering") != std::string::npos);
  CHECK(message->header("Call-ID") == invite->header("Call-ID"));
  CHECK(message->body == "second");
  socket->send(answer_to(*message, 200));
  CHECK(sessions.settled.next() == Settlement{2, true});

  SipRequest typing = from_bob("INFO", *socket);
  typing.from = message->header("To");
  typing.to = message->header("From");
  typing.call_id = invite->header("Call-ID");
  typing.content_type = "application/xml";
  typing.body = "<KeyboardActivity><status status=\"type\"/></KeyboardActivity>";
  socket->send(with_cseq(typing, 7));
  CHECK(socket->receive()->status() == 200);
  CHECK(sessions.submitted.next()->message().chat_state() == v1::Message::COMPOSING);

  SipRequest bye = typing;
  bye.method = "BYE";
  bye.content_type.clear();
  bye.body.clear();
  socket->send(with_cseq(bye, 8));
  CHECK(socket->receive()->status() == 200);
  CHECK(sessions.submitted.next()->message().chat_state() == v1::Message::GONE);
}

TEST_CASE("a session that is lost on the wire loses no text", "[session][sip]") {
  SipListener listener;
  LiveSessions sessions(listener.address());
  sessions.say("first", 1);
  auto socket = listener.accept();
  REQUIRE(socket.has_value());
  const std::string contact = "Contact: <sip:bob@" + listener.address() + ";transport=tcp>";
  socket->send(answer_to(*socket->receive(), 200, {contact, "Supported: ms-text-format"}));
  CHECK(socket->receive()->method() == "ACK");
  CHECK(sessions.settled.next() == Settlement{1, true});
  sessions.say("second", 2);
  socket->send(answer_to(*socket->receive(), 481));
  const auto again = socket->receive();
  REQUIRE(again->method() == "INVITE");
  CHECK(again->header("ms-text-format").find("ms-body=c2Vjb25k") != std::string::npos);
  socket->send(answer_to(*again, 200, {contact}));
  CHECK(socket->receive()->method() == "ACK");
  const auto message = socket->receive();
  REQUIRE(message->method() == "MESSAGE");
  CHECK(message->body == "second");
  socket->send(answer_to(*message, 200));
  CHECK(sessions.settled.next() == Settlement{2, true});
}

TEST_CASE("a session of theirs is answered, heard and ended on the wire", "[session][sip]") {
  SipListener listener;
  LiveSessions sessions(listener.address());
  SipSocket socket = SipSocket::tcp(sessions.address());
  SipRequest invite = from_bob("INVITE", socket);
  invite.call_id = "theirs";
  invite.content_type = "application/sdp";
  invite.body = gateway::session::write_offer();
  invite.more = {"Contact: <sip:bob@" + listener.address() + ";transport=tcp>",
                 "ms-text-format: text/plain; charset=UTF-8;msgr=WAA;ms-body=aGVsbG8="};
  socket.send(invite.text());
  auto answer = socket.receive();
  if (answer && answer->status() == 100) answer = socket.receive();
  REQUIRE(answer.has_value());
  REQUIRE(answer->status() == 200);
  CHECK(answer->header("Supported") == "timer, ms-text-format");
  CHECK_FALSE(answer->header("Contact").empty());
  CHECK(gateway::session::parse_sdp(answer->body)->text == 0u);
  CHECK(sessions.heard.next() == "sip:ann@fabrikam.example hello");
  SipRequest within = invite;
  within.to = answer->header("To");
  within.more.clear();
  within.method = "ACK";
  within.content_type.clear();
  within.body.clear();
  socket.send(within.text());

  within.method = "MESSAGE";
  within.content_type = "text/plain; charset=UTF-8";
  within.body = "again";
  socket.send(with_cseq(within, 2));
  CHECK(socket.receive()->status() == 202);
  CHECK(sessions.heard.next() == "sip:ann@fabrikam.example again");

  sessions.say("back", 1);
  auto towards = listener.accept();
  REQUIRE(towards.has_value());
  const auto message = towards->receive();
  REQUIRE(message->method() == "MESSAGE");
  CHECK(message->header("Call-ID") == "theirs");
  CHECK(message->body == "back");
  towards->send(answer_to(*message, 200));
  CHECK(sessions.settled.next() == Settlement{1, true});

  sessions.drain();
  const auto bye = towards->receive();
  REQUIRE(bye.has_value());
  CHECK(bye->method() == "BYE");
  towards->send(answer_to(*bye, 200));
}
