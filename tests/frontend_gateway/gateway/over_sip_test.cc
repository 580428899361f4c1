// The gateway with the real user agent, against a peer of bare sockets. The edges are the test's.

#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "common/stanza/conditions.h"
#include "frontend_gateway/gateway/gateway.h"
#include "tests/frontend_gateway/gateway/stage.h"
#include "tests/support/sip_agent/sip_agent.h"
#include "tests/support/sip_peer/sip_peer.h"

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;

namespace {

using Outcome = std::pair<std::uint64_t, std::optional<v1::StanzaError>>;

class Inbox : public causeway::link::Settler {
 public:
  void settle(std::uint64_t number, std::optional<v1::StanzaError> refusal) override {
    outcomes.put({number, std::move(refusal)});
  }
  Arrivals<Outcome> outcomes;
};

class LiveGateway : public gateway::Surroundings {
 public:
  LiveGateway(const std::string& transport, const std::string& next_hop,
              std::chrono::milliseconds answer_within = 32s)
      : config_(settings(transport, next_hop)),
        gateway_(config_, *this),
        agent_(config_.sip,
               {{"MESSAGE",
                 [this](gateway::sip::IncomingRequest request, gateway::sip::Answer answer) {
                   gateway_.from_sip(request, reply_by(std::move(answer)));
                 }}},
               {.answer_within = answer_within}) {}

  void deliver(v1::Stanza stanza, std::uint64_t number = 1) {
    agent_.in_loop([&] {
      std::vector<causeway::link::Delivery> batch;
      batch.push_back({std::move(stanza), causeway::link::Receipt(inbox_, number)});
      gateway_.from_xmpp(std::move(batch));
    });
  }
  std::optional<Outcome> outcome() { return inbox_->outcomes.next(); }

  std::optional<v1::Stanza> submitted() {
    auto submission = submissions_.next();
    if (!submission) return std::nullopt;
    settled_ = std::move(submission->settled);
    return std::move(submission->stanza);
  }
  // What the edge says of the last one.
  void settle(std::optional<v1::StanzaError> refusal) {
    agent_.in_loop([&] { settled_(std::move(refusal)); });
  }
  std::string address() { return agent_.address(transport_); }

  void send(gateway::sip::Request request, gateway::sip::UserAgent::Answered answered) override {
    agent_.agent().send(std::move(request), std::move(answered));
  }
  void submit(v1::Stanza stanza, Settled settled) override {
    submissions_.put({std::move(stanza), std::move(settled)});
  }
  void write(std::vector<causeway::gateway::store::Change>, Written written) override {
    if (written) written(absl::OkStatus());
  }
  void after(std::chrono::milliseconds delay, gateway::sip::UserAgent::Task task) override {
    agent_.agent().after(delay, std::move(task));
  }
  std::chrono::steady_clock::time_point clock() const override {
    return std::chrono::steady_clock::now();
  }
  std::string life() const override { return "0123456789abcdef"; }
  absl::Time now() const override { return absl::Now(); }

 private:
  struct Submission {
    v1::Stanza stanza;
    Settled settled;
  };

  gateway::config::Config settings(const std::string& transport, const std::string& next_hop) {
    transport_ = transport;
    gateway::config::Config config = test_config();
    config.sip = sip_settings({transport}, "sip:" + next_hop + ";transport=" + transport);
    config.sip.error_wait = 100ms;
    config.sip.queued_per_pair = 5000;
    return config;
  }
  static gateway::Reply reply_by(gateway::sip::Answer answer) {
    return [answer = std::move(answer)](const gateway::translate::SipAnswer& what) mutable {
      answer.reply(what.status, what.reason, what.headers);
    };
  }

  std::string transport_;
  Arrivals<Submission> submissions_;
  std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
  Settled settled_;
  const gateway::config::Config config_;
  gateway::Gateway gateway_;
  SipAgent agent_;
};

constexpr char kAnn[] = "ann@fabrikam.example/Büro 2";
constexpr char kBob[] = "bob@contoso.example";

SipRequest from_bob(const std::string& body, const std::string& via) {
  SipRequest request;
  request.uri = "sip:ann@fabrikam.example";
  request.from = "<sip:bob@contoso.example>;tag=peer";
  request.to = "<sip:ann@fabrikam.example>";
  request.body = body;
  request.via = via;
  return request;
}

}  // namespace

TEST_CASE("a message crosses octet by octet and its answer goes back", "[gateway][sip]") {
  const auto body = GENERATE(as<std::string>(), "Grüße 🐴 <&>\"' ]]>", std::string(10000, 'x'),
                             "line\r\n\r\nMESSAGE sip:x SIP/2.0\r\n");
  struct Answer {
    int status;
    std::optional<v1::StanzaCondition> condition;
  };
  const auto answer = GENERATE(values<Answer>({{200, std::nullopt},
                                               {202, std::nullopt},
                                               {404, v1::ITEM_NOT_FOUND},
                                               {604, v1::ITEM_NOT_FOUND},
                                               {486, v1::RECIPIENT_UNAVAILABLE}}));
  SipListener listener;
  LiveGateway gateway("tcp", listener.address());
  gateway.deliver(message_of(kAnn, kBob, body));
  auto peer = listener.accept();
  REQUIRE(peer);
  const auto got = peer->receive();
  REQUIRE(got);
  CHECK(got->start_line == "MESSAGE sip:bob@contoso.example SIP/2.0");
  CHECK(got->header("From").starts_with("<sip:ann@fabrikam.example;gr=B%C3%BCro%202>;tag="));
  CHECK(got->header("Contact").empty());
  CHECK(got->header("Content-Type") == "text/plain;charset=UTF-8");
  CHECK(got->body == body);
  peer->send(response_to(*got, answer.status, "Why"));
  const auto outcome = gateway.outcome();
  REQUIRE(outcome);
  REQUIRE(outcome->second.has_value() == answer.condition.has_value());
  if (answer.condition) {
    CHECK(outcome->second->condition() == *answer.condition);
    CHECK(outcome->second->text() == "Why");
  }
}

TEST_CASE("a header ends where the gateway ends it", "[gateway][sip]") {
  SipListener listener;
  LiveGateway gateway("tcp", listener.address());
  v1::Stanza evil = message_of("a\\20\\3e\\22b@fabrikam.example", "b\\3cc@contoso.example", "hi");
  evil.mutable_message()->add_subjects()->set_text("Lunch\r\nEvil: yes\n\nx");
  evil.mutable_message()->set_thread("1\r\nEvil: yes");
  evil.set_lang("de\r\nEvil: yes");
  evil.mutable_to()->set_resource("x\";y>");
  gateway.deliver(evil);
  auto peer = listener.accept();
  REQUIRE(peer);
  const auto got = peer->receive();
  REQUIRE(got);
  CHECK(got->start_line == "MESSAGE sip:b%3Cc@contoso.example;gr=x%22%3By%3E SIP/2.0");
  CHECK(got->header("From").starts_with("<sip:a%20%3E%22b@fabrikam.example>;tag="));
  CHECK(got->header("Evil").empty());
  CHECK(got->header("Subject") == "Lunch Evil: yes x");
  CHECK(got->header("Content-Language").empty());
  CHECK(got->body == "hi");
  peer->send(response_to(*got, 200, "OK"));
  CHECK(gateway.outcome());
}

TEST_CASE("2,000 numbered messages arrive once each and in order", "[gateway][sip]") {
  const auto transport = GENERATE(as<std::string>(), "tcp", "udp");
  SipListener listener;
  SipSocket datagrams = SipSocket::udp();
  LiveGateway gateway(transport, transport == "tcp" ? listener.address() : datagrams.address());
  constexpr int kCount = 2000;
  for (int i = 0; i < kCount; ++i) gateway.deliver(message_of(kAnn, kBob, std::to_string(i)), i);
  std::optional<SipSocket> peer = transport == "tcp" ? listener.accept() : std::move(datagrams);
  REQUIRE(peer);
  for (int i = 0; i < kCount; ++i) {
    const auto got = peer->receive();
    REQUIRE(got);
    REQUIRE(got->body == std::to_string(i));
    // While it is not answered nothing else of the pair comes.
    if (i == 0 && transport == "tcp") REQUIRE_FALSE(peer->receive(50ms));
    if (transport == "tcp") {
      peer->send(response_to(*got, 200, "OK"));
    } else {
      peer->reply(response_to(*got, 200, "OK"));
    }
    const auto outcome = gateway.outcome();
    REQUIRE(outcome);
    REQUIRE(outcome->first == static_cast<std::uint64_t>(i));
    REQUIRE_FALSE(outcome->second);
  }
}

TEST_CASE("a next hop that says nothing is a timeout", "[gateway][sip]") {
  SipListener listener;
  LiveGateway gateway("tcp", listener.address(), 200ms);
  gateway.deliver(message_of(kAnn, kBob, "hi"));
  const auto outcome = gateway.outcome();
  REQUIRE(outcome);
  REQUIRE(outcome->second);
  CHECK(outcome->second->condition() == v1::REMOTE_SERVER_TIMEOUT);
}

TEST_CASE("a next hop that is not there is told at once", "[gateway][sip]") {
  std::string nowhere;
  {
    SipListener listener;
    nowhere = listener.address();
  }
  LiveGateway gateway("tcp", nowhere);
  gateway.deliver(message_of(kAnn, kBob, "hi"));
  const auto outcome = gateway.outcome();
  REQUIRE(outcome);
  REQUIRE(outcome->second);
  CHECK(outcome->second->condition() == v1::REMOTE_SERVER_TIMEOUT);
}

TEST_CASE("a MESSAGE is answered as its stanza ends", "[gateway][sip]") {
  struct Row {
    std::optional<v1::StanzaCondition> refusal;
    int status;
  };
  const auto row = GENERATE(values<Row>({{std::nullopt, 202},
                                         {v1::REMOTE_SERVER_NOT_FOUND, 404},
                                         {v1::REMOTE_SERVER_TIMEOUT, 408},
                                         {v1::SERVICE_UNAVAILABLE, 480}}));
  SipListener next_hop;
  LiveGateway gateway("tcp", next_hop.address());
  SipSocket bob = SipSocket::tcp(gateway.address());
  bob.send(from_bob("Grüße 🐴 <&>\"'", "TCP " + bob.address()).text());
  const auto stanza = gateway.submitted();
  REQUIRE(stanza);
  CHECK(stanza->message().bodies(0).text() == "Grüße 🐴 <&>\"'");
  CHECK(stanza->from().local() == "bob");
  CHECK(stanza->to().domain() == "fabrikam.example");
  gateway.settle(row.refusal ? std::optional(stanza::error(*row.refusal)) : std::nullopt);
  const auto response = bob.receive();
  REQUIRE(response);
  CHECK(response->status() == row.status);
}

TEST_CASE("a poisoned MESSAGE is refused and its neighbour is not", "[gateway][sip]") {
  const auto poison = GENERATE(as<std::string>(), std::string("a\0b", 3), "a\x01", "caf\xe9",
                               "\xed\xa0\x80", "\xc0\xaf", "\xef\xbf\xbf");
  SipListener next_hop;
  LiveGateway gateway("tcp", next_hop.address());
  SipSocket bob = SipSocket::tcp(gateway.address());
  bob.send(from_bob(poison, "TCP " + bob.address()).text() +
           from_bob("hi", "TCP " + bob.address()).text());
  const auto refused = bob.receive();
  REQUIRE(refused);
  CHECK(refused->status() == 400);
  const auto stanza = gateway.submitted();
  REQUIRE(stanza);
  CHECK(stanza->message().bodies(0).text() == "hi");
  gateway.settle(std::nullopt);
  const auto accepted = bob.receive();
  REQUIRE(accepted);
  CHECK(accepted->status() == 202);
}

TEST_CASE("an error that comes after the 202 is told by a MESSAGE", "[gateway][sip]") {
  SipListener next_hop;
  LiveGateway gateway("tcp", next_hop.address());
  SipSocket bob = SipSocket::tcp(gateway.address());
  bob.send(from_bob("hi", "TCP " + bob.address()).text());
  const auto stanza = gateway.submitted();
  REQUIRE(stanza);
  gateway.settle(std::nullopt);
  const auto accepted = bob.receive();
  REQUIRE(accepted);
  CHECK(accepted->status() == 202);

  v1::Stanza error;
  *error.mutable_from() = stanza->to();
  *error.mutable_to() = stanza->from();
  error.set_id(stanza->id());
  error.mutable_message()->set_type(v1::Message::ERROR);
  *error.mutable_error() = stanza::error(v1::SERVICE_UNAVAILABLE, "No such user.");
  gateway.deliver(error);
  auto peer = next_hop.accept();
  REQUIRE(peer);
  const auto notice = peer->receive();
  REQUIRE(notice);
  CHECK(notice->start_line == "MESSAGE sip:bob@contoso.example SIP/2.0");
  CHECK(notice->header("From").starts_with("<sip:ann@fabrikam.example>;tag="));
  CHECK(notice->header("Auto-Submitted") == "auto-generated");
  CHECK(notice->body ==
        "Your message to sip:ann@fabrikam.example was not delivered: No such user.");
  peer->send(response_to(*notice, 200, "OK"));
}
