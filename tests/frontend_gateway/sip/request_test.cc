#include "frontend_gateway/sip/request.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <string>
#include <vector>

#include "tests/support/sip_agent/sip_agent.h"
#include "tests/support/sip_peer/sip_peer.h"

namespace causeway::test {
namespace {

using gateway::sip::Header;
using gateway::sip::Request;
using gateway::sip::Response;

Request message(std::string body = "hello") {
  return {"MESSAGE",
          "sip:bob@contoso.example",
          "sip:alice@fabrikam.example;gr=x",
          "\"Bob\" <sip:bob@contoso.example>",
          "",
          {{"Subject", "hi"}},
          "text/plain;charset=UTF-8",
          std::move(body)};
}

std::string hop(const std::string& address, const std::string& transport) {
  return "sip:" + address + ";transport=" + transport;
}

TEST_CASE("a MESSAGE is sent to the next hop and its answer comes back", "[sip][request]") {
  const auto body =
      GENERATE(as<std::string>{}, "", "hello", "Grüße \xF0\x9F\x90\xB4 <&>\"'\r\n\r\nline",
               std::string(10000, 'x'), std::string("nul\0inside", 10));
  SipListener listener;
  Arrivals<Response> answers;
  SipAgent agent(sip_settings({"tcp"}, hop(listener.address(), "tcp")));
  agent.in_loop(
      [&] { agent.agent().send(message(body), [&](Response r) { answers.put(std::move(r)); }); });

  auto peer = listener.accept();
  REQUIRE(peer);
  const auto got = peer->receive();
  REQUIRE(got);
  CHECK(got->start_line == "MESSAGE sip:bob@contoso.example SIP/2.0");
  CHECK(got->header("Max-Forwards") == "70");
  CHECK(got->header("From").starts_with("<sip:alice@fabrikam.example;gr=x>;tag="));
  CHECK(got->header("To") == "\"Bob\" <sip:bob@contoso.example>");
  CHECK(got->header("CSeq").ends_with(" MESSAGE"));
  CHECK(got->header("Call-ID").size() == 32);
  CHECK(got->header("Subject") == "hi");
  CHECK(got->header("Content-Type") == "text/plain;charset=UTF-8");
  CHECK(got->header("Via").starts_with("SIP/2.0/TCP " + agent.address("tcp") + ";branch=z9hG4bK"));
  CHECK(got->header("User-Agent") == "Causeway");
  CHECK(got->body == body);

  peer->send(response_to(*got, 100, "Trying"));
  peer->send(response_to(*got, 480, "Not Here",
                         {"Retry-After: 5", "Warning: 399 a \"b\"", "X-Other: no"}));
  const auto response = answers.next();
  REQUIRE(response);
  CHECK(response->status == 480);
  CHECK(response->reason == "Not Here");
  CHECK_FALSE(response->local);
  REQUIRE(response->headers.size() == 2);
  CHECK(response->headers[0].value == "5");
}

TEST_CASE("a MESSAGE over UDP is answered, and repeated until it is", "[sip][request]") {
  SipSocket peer = SipSocket::udp();
  Arrivals<Response> answers;
  SipAgent agent(sip_settings({"udp"}, "sip:" + peer.address()));
  const std::string body(10000, 'u');
  agent.in_loop(
      [&] { agent.agent().send(message(body), [&](Response r) { answers.put(std::move(r)); }); });
  const auto first = peer.receive();
  const auto second = peer.receive();  // Timer E
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->body == body);
  CHECK(first->header("Via") == second->header("Via"));
  peer.reply(response_to(*second, 200, "OK"));
  peer.reply(response_to(*second, 200, "OK"));
  const auto response = answers.next();
  REQUIRE(response);
  CHECK(response->status == 200);
  CHECK_FALSE(answers.next(std::chrono::milliseconds(50)));
}

TEST_CASE("requests share one connection, in order", "[sip][request]") {
  SipListener listener;
  Arrivals<int> answers;
  SipAgent agent(sip_settings({"tcp"}, hop(listener.address(), "tcp")));
  constexpr int kCount = 3000;  // 3.9 MB: far beyond what libre queues on a connection by itself
  agent.in_loop([&] {
    for (int i = 0; i < kCount; ++i) {
      agent.agent().send(message(std::to_string(i) + std::string(1000, '.')),
                         [&](Response r) { answers.put(r.status); });
    }
  });
  auto peer = listener.accept();
  REQUIRE(peer);
  for (int i = 0; i < kCount; ++i) {
    const auto got = peer->receive();
    REQUIRE(got);
    REQUIRE(std::stoi(got->body) == i);
    peer->send(response_to(*got, 200, "OK"));
  }
  for (int i = 0; i < kCount; ++i) REQUIRE(answers.next() == 200);
  CHECK_FALSE(listener.accept(std::chrono::milliseconds(0)));
}

TEST_CASE("without a final response there is a local one", "[sip][request]") {
  SECTION("no answer: 408") {
    SipSocket peer = SipSocket::udp();
    SipAgent agent(sip_settings({"udp"}, "sip:" + peer.address()), {},
                   {.answer_within = std::chrono::milliseconds(100), .name_servers = {}});
    const auto response = agent.send(message());
    REQUIRE(response);
    CHECK(response->status == 408);
    CHECK(response->local);
  }
  SECTION("only provisional answers: 408") {
    SipListener listener;
    Arrivals<Response> answers;
    SipAgent agent(sip_settings({"tcp"}, hop(listener.address(), "tcp")), {},
                   {.answer_within = std::chrono::milliseconds(300), .name_servers = {}});
    agent.in_loop(
        [&] { agent.agent().send(message(), [&](Response r) { answers.put(std::move(r)); }); });
    auto peer = listener.accept();
    REQUIRE(peer);
    const auto got = peer->receive();
    REQUIRE(got);
    peer->send(response_to(*got, 100, "Trying"));
    const auto response = answers.next();
    REQUIRE(response);
    CHECK(response->status == 408);
    peer->send(response_to(*got, 200, "Late"));
    CHECK_FALSE(answers.next(std::chrono::milliseconds(50)));
  }
  SECTION("refused: 503") {
    SipListener listener(false);
    SipAgent agent(sip_settings({"tcp"}, hop(listener.address(), "tcp")));
    const auto response = agent.send(message());
    REQUIRE(response);
    CHECK(response->status == 503);
    CHECK(response->local);
  }
  SECTION("closed before anything was answered: 503") {
    SipListener listener;
    Arrivals<Response> answers;
    SipAgent agent(sip_settings({"tcp"}, hop(listener.address(), "tcp")));
    agent.in_loop(
        [&] { agent.agent().send(message(), [&](Response r) { answers.put(std::move(r)); }); });
    auto peer = listener.accept();
    REQUIRE(peer);
    REQUIRE(peer->receive());
    peer->close();
    const auto response = answers.next();
    REQUIRE(response);
    CHECK(response->status == 503);
    CHECK(response->local);
  }
  SECTION("the loop ends: 503") {
    SipSocket peer = SipSocket::udp();
    Arrivals<Response> answers;
    SipAgent agent(sip_settings({"udp"}, "sip:" + peer.address()));
    agent.in_loop(
        [&] { agent.agent().send(message(), [&](Response r) { answers.put(std::move(r)); }); });
    agent.stop();
    const auto response = answers.next();
    REQUIRE(response);
    CHECK(response->status == 503);
  }
}

TEST_CASE("a request has its own time, and nothing of it is sent after it", "[sip][request]") {
  SipSocket peer = SipSocket::udp();
  Arrivals<Response> answers;
  SipAgent agent(sip_settings({"udp"}, "sip:" + peer.address()));
  const auto send = [&](const std::string& body, std::chrono::milliseconds within) {
    Request request = message(body);
    request.answer_within = within;
    agent.in_loop([&] {
      agent.agent().send(std::move(request), [&](Response r) { answers.put(std::move(r)); });
    });
  };
  send("long", std::chrono::seconds(20));
  send("short", std::chrono::milliseconds(700));  // between Timer E's first and second
  const auto begin = std::chrono::steady_clock::now();
  const auto response = answers.next();
  REQUIRE(response);
  CHECK(response->status == 408);
  CHECK(response->local);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));

  int longs = 0, shorts = 0;
  while (longs < 3) {  // its third is sent when the other's would be
    const auto got = peer.receive();
    REQUIRE(got);
    longs += got->body == "long";
    shorts += got->body == "short";
  }
  CHECK(shorts == 2);
  const auto more = peer.receive(std::chrono::milliseconds(100));
  CHECK((!more || more->start_line.empty()));
}

TEST_CASE("a connection closed in mid-transaction fails what was sent on it, and is opened anew",
          "[sip][request]") {
  SipListener listener;
  Arrivals<int> answers;
  SipAgent agent(sip_settings({"tcp"}, hop(listener.address(), "tcp")));
  const auto send = [&](int count) {
    agent.in_loop([&] {
      for (int i = 0; i < count; ++i)
        agent.agent().send(message(), [&](Response r) { answers.put(r.status); });
    });
  };
  send(1);
  auto first = listener.accept();
  REQUIRE(first);
  first->send(response_to(first->receive().value(), 200, "OK"));
  REQUIRE(answers.next() == 200);
  send(5);
  for (int i = 0; i < 5; ++i) REQUIRE(first->receive());
  first->close();
  for (int i = 0; i < 5; ++i) CHECK(answers.next() == 503);
  send(1);
  auto second = listener.accept();
  REQUIRE(second);
  second->send(response_to(second->receive().value(), 202, "Accepted"));
  CHECK(answers.next() == 202);
}

TEST_CASE("more than sip.pending requests are not taken", "[sip][request]") {
  SipSocket peer = SipSocket::udp();
  Arrivals<int> answers;
  auto settings = sip_settings({"udp"}, "sip:" + peer.address());
  settings.pending = 3;
  SipAgent agent(settings);
  agent.in_loop([&] {
    for (int i = 0; i < 4; ++i)
      agent.agent().send(message(), [&](Response r) { answers.put(r.status); });
  });
  CHECK(answers.next() == 503);
  CHECK_FALSE(answers.next(std::chrono::milliseconds(50)));
}

TEST_CASE("nothing gets into a header that could end it", "[sip][request]") {
  SipSocket peer = SipSocket::udp();
  SipAgent agent(sip_settings({"udp"}, "sip:" + peer.address()));
  struct Row {
    std::string name;
    void (*spoil)(Request&);
  };
  const auto row = GENERATE(values<Row>({
      {"CRLF in Subject",
       [](Request& r) {
         r.headers = {{"Subject", "a\r\nRoute: <sip:evil>"}};
       }},
      {"LF in Subject",
       [](Request& r) {
         r.headers = {{"Subject", "a\nb"}};
       }},
      {"NUL in Subject",
       [](Request& r) {
         r.headers = {{"Subject", std::string("a\0b", 3)}};
       }},
      {"folding",
       [](Request& r) {
         r.headers = {{"Subject", "a\r\n b"}};
       }},
      {"CRLF in a header's name",
       [](Request& r) {
         r.headers = {{"A: b\r\nB", "c"}};
       }},
      {"a header of ours",
       [](Request& r) {
         r.headers = {{"content-length", "0"}};
       }},
      {"a compact header of ours",
       [](Request& r) {
         r.headers = {{"L", "0"}};
       }},
      {"CRLF in the Request-URI", [](Request& r) { r.request_uri = "sip:a@b SIP/2.0\r\nX: y"; }},
      {"a space in the Request-URI", [](Request& r) { r.request_uri = "sip:a b@c"; }},
      {"no Request-URI", [](Request& r) { r.request_uri = ""; }},
      {"CRLF in From", [](Request& r) { r.from = "<sip:a@b>\r\nX: y"; }},
      {"brackets in From", [](Request& r) { r.from = "sip:a@b>,<sip:c@d"; }},
      {"a tag in From", [](Request& r) { r.from = "<sip:a@b>;tag=mine"; }},
      {"CR in To", [](Request& r) { r.to = "<sip:a@b\r>"; }},
      {"CRLF in Call-ID", [](Request& r) { r.call_id = "a\r\nb"; }},
      {"a space in the method", [](Request& r) { r.method = "MESSAGE sip:x"; }},
      {"CRLF in Content-Type", [](Request& r) { r.content_type = "text/plain\r\nX: y"; }},
      {"a body without type", [](Request& r) { r.content_type = ""; }},
  }));
  INFO(row.name);
  Request request = message();
  row.spoil(request);
  const auto response = agent.send(request);
  REQUIRE(response);
  CHECK(response->status == 400);
  CHECK(response->local);
  CHECK_FALSE(peer.receive(std::chrono::milliseconds(0)));
}

TEST_CASE("which errors leave a text for another target", "[sip][request]") {
  using gateway::sip::surely_unsent;
  CHECK(surely_unsent(ECONNREFUSED, true));  // there was no connection
  CHECK_FALSE(surely_unsent(ETIMEDOUT, true));
  CHECK_FALSE(surely_unsent(EPERM, false));  // its first datagram may have arrived
  CHECK_FALSE(surely_unsent(ETIMEDOUT, false));
}

TEST_CASE("a listener on every address is named by the one that faces the peer", "[sip][request]") {
  SipListener listener;
  auto settings = sip_settings({}, hop(listener.address(), "tcp"));
  settings.listen = {"tcp:0.0.0.0:0"};
  SipAgent agent(settings);
  agent.in_loop([&] { agent.agent().send(message(), [](Response) {}); });
  auto peer = listener.accept();
  REQUIRE(peer);
  const auto got = peer->receive();
  REQUIRE(got);
  CHECK(got->header("Via").starts_with("SIP/2.0/TCP 127.0.0.1:"));
}

}  // namespace
}  // namespace causeway::test
