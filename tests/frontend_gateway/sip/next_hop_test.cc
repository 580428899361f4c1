#include <algorithm>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/name_server/name_server.h"
#include "tests/support/sip_agent/sip_agent.h"
#include "tests/support/sip_peer/sip_peer.h"

namespace causeway::test {
namespace {

using gateway::config::SipRoute;
using gateway::sip::Request;
using gateway::sip::Response;

// A name server in a thread of its own.
class Names {
 public:
  explicit Names(const std::vector<Record>& records) : server_(io_) {
    for (const Record& record : records) server_.add(record);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Names() {
    io_.stop();
    thread_.join();
  }

  std::string address() const { return server_.address(); }
  int asked() {
    std::promise<int> count;
    asio::post(io_, [&] { count.set_value(server_.asked()); });
    return count.get_future().get();
  }

 private:
  asio::io_context io_;
  NameServer server_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  std::thread thread_;
};

unsigned port_of(const std::string& address) {
  return static_cast<unsigned>(std::stoul(address.substr(address.rfind(':') + 1)));
}

Request message(std::string to = "sip:b@contoso.example") {
  return {"MESSAGE", to, "sip:a@fabrikam.example", to, "", {}, "text/plain", "hi"};
}

Request subscribe() {
  Request request = message();
  request.method = "SUBSCRIBE";
  request.contact = true;
  return request;
}

// An agent whose outcomes are waited for apart from their sending.
struct Sender {
  Sender(const gateway::config::Sip& settings, SipAgent::UserAgent::Options options = {})
      : agent(settings, {}, std::move(options)) {}
  void send(Request request) {
    agent.in_loop([&] {
      agent.agent().send(std::move(request), [this](Response r) { answers.put(std::move(r)); });
    });
  }
  std::vector<std::string> hops() {
    std::vector<std::string> all;
    agent.in_loop([&] {
      for (const auto& hop : agent.agent().next_hops())
        all.push_back(hop.domain + " " + hop.target + (hop.up ? " up" : " down"));
    });
    return all;
  }

  Arrivals<Response> answers;
  SipAgent agent;
};

std::string tcp(const SipListener& listener) {
  return "sip:" + listener.address() + ";transport=tcp";
}

// Reads one request and answers it.
SipMessage serve(SipSocket& peer, int status, std::vector<std::string> more = {}) {
  auto got = peer.receive();
  REQUIRE(got);
  peer.send(response_to(*got, status, "Answer", std::move(more)));
  return *got;
}

TEST_CASE("a next hop that is a name is looked up once for many requests", "[sip][next_hop]") {
  SipListener listener;
  Names names({service("_sip._tcp.hop.test", 1, 0, port_of(listener.address()), "host.test"),
               address("host.test", "127.0.0.1")});
  Sender sender(sip_settings({"udp", "tcp"}, "sip:hop.test;transport=tcp"),
                {.name_servers = {names.address()}});
  constexpr int kCount = 200;
  for (int i = 0; i < kCount; ++i) sender.send(message());
  auto peer = listener.accept();
  REQUIRE(peer);
  for (int i = 0; i < kCount; ++i) serve(*peer, 200);
  for (int i = 0; i < kCount; ++i) REQUIRE(sender.answers.next()->status == 200);
  CHECK(names.asked() == 2);
}

TEST_CASE("a next hop whose name does not exist is unreachable", "[sip][next_hop]") {
  Names names({});
  SipAgent agent(sip_settings({"udp"}, "sip:nowhere.test;transport=udp"), {},
                 {.name_servers = {names.address()}});
  for (int i = 0; i < 2; ++i) {
    const auto response = agent.send(message());
    REQUIRE(response);
    CHECK(response->status == 503);
    CHECK(response->local);
  }
}

// RFC 3263 section 4: NAPTR before SRV before addresses; what is not listened on is not considered.
TEST_CASE("where a name leads", "[sip][next_hop]") {
  SipListener listener;
  const unsigned port = port_of(listener.address());
  struct Row {
    std::string name;
    std::string next_hop;
    std::vector<Record> records;
    std::vector<std::string> hops;
  };
  const std::string at = " tcp:127.0.0.1:";
  const std::string here = at + std::to_string(port) + " up";
  const Record host = address("host.test", "127.0.0.1");
  const std::vector<Row> rows{
      {"NAPTR by order, then preference; what is not spoken is passed over",
       "sip:hop.test",
       {rule("hop.test", 5, 1, "s", "SIPS+D2T", "_sips._tcp.hop.test"),
        rule("hop.test", 20, 1, "s", "SIP+D2T", "_last._tcp.hop.test"),
        rule("hop.test", 10, 9, "s", "SIP+D2T", "_second._tcp.hop.test"),
        rule("hop.test", 10, 1, "s", "SIP+D2T", "_first._tcp.hop.test"),
        service("_sips._tcp.hop.test", 1, 0, 9, "host.test"),
        service("_first._tcp.hop.test", 1, 0, port, "host.test"),
        service("_second._tcp.hop.test", 1, 0, 2, "host.test"),
        service("_last._tcp.hop.test", 1, 0, 3, "host.test"), host},
       {here, at + "2 up", at + "3 up"}},
      {"SRV by priority; no service is none",
       "sip:hop.test;transport=tcp",
       {service("_sip._tcp.hop.test", 20, 0, 2, "host.test"),
        service("_sip._tcp.hop.test", 10, 0, port, "host.test"), host},
       {here, at + "2 up"}},
      {"TCP before UDP",
       "sip:hop.test",
       {service("_sip._udp.hop.test", 1, 0, 4, "host.test"),
        service("_sip._tcp.hop.test", 2, 0, port, "host.test"), host},
       {here, " udp:127.0.0.1:4 up"}},
      {"a port asks for addresses only",
       "sip:host.test:" + std::to_string(port) + ";transport=tcp",
       {service("_sip._tcp.host.test", 1, 0, 9, "host.test"), host},
       {here}},
      {"every address of a name",
       "sip:two.test:" + std::to_string(port) + ";transport=tcp",
       {address("two.test", "127.0.0.1"), address("two.test", "127.0.0.9")},
       {here, " tcp:127.0.0.9:" + std::to_string(port) + " up"}},
  };
  const Row& row = rows[static_cast<std::size_t>(GENERATE(range(0, 5)))];
  INFO(row.name);
  Names names(row.records);
  Sender sender(sip_settings({"udp", "tcp"}, row.next_hop), {.name_servers = {names.address()}});
  sender.send(message());
  auto peer = listener.accept();
  REQUIRE(peer);
  serve(*peer, 200);
  CHECK(sender.answers.next()->status == 200);
  CHECK(sender.hops() == row.hops);
}

TEST_CASE("a service that is said not to exist is not looked for elsewhere", "[sip][next_hop]") {
  Names names({service("_sip._tcp.hop.test", 0, 0, 0, ""), address("hop.test", "127.0.0.1")});
  SipAgent agent(sip_settings({"tcp"}, "sip:hop.test;transport=tcp"), {},
                 {.name_servers = {names.address()}});
  CHECK(agent.send(message())->status == 503);
}

gateway::config::Sip two_hops(const std::vector<std::string>& next_hops) {
  auto settings = sip_settings({"udp", "tcp"}, "sip:127.0.0.1:9;transport=tcp");
  SipRoute route;
  route.domain = "contoso.example";
  route.next_hops = next_hops;
  settings.routes = {route};
  settings.failover_after = std::chrono::milliseconds(300);
  return settings;
}

TEST_CASE("each domain has its route", "[sip][next_hop]") {
  SipListener contoso, others;
  auto settings = two_hops({tcp(contoso)});
  settings.next_hop = tcp(others);
  Sender sender(settings);
  sender.send(message("sip:b@Contoso.Example:5080;x=y"));
  sender.send(message("sip:b@sub.contoso.example"));
  auto first = contoso.accept();
  auto second = others.accept();
  REQUIRE(first);
  REQUIRE(second);
  serve(*first, 200);
  serve(*second, 404);
  CHECK(sender.answers.next()->status + sender.answers.next()->status == 604);
}

TEST_CASE("a target that cannot be reached gives way to the next", "[sip][next_hop]") {
  SipListener refuses(false), serves;
  Sender sender(two_hops({tcp(refuses), tcp(serves)}));
  for (int i = 0; i < 2; ++i) {  // the second time it is not tried first any more
    sender.send(message());
    if (i == 0) {
      auto peer = serves.accept();
      REQUIRE(peer);
      serve(*peer, 200);
      CHECK(sender.answers.next()->status == 200);
      CHECK(sender.hops()[1].ends_with(" down"));
      CHECK(sender.hops()[2].ends_with(" up"));
    }
  }
}

TEST_CASE("503 goes to the next target, 6xx and the others do not", "[sip][next_hop]") {
  const auto [status, moves] = GENERATE(table<int, bool>(
      {{503, true}, {500, false}, {404, false}, {486, false}, {600, false}, {603, false}}));
  INFO(status);
  SipListener first, second;
  Sender sender(two_hops({tcp(first), tcp(second)}));
  sender.send(message());
  auto peer = first.accept();
  REQUIRE(peer);
  const SipMessage one = serve(*peer, status);
  if (moves) {
    auto other = second.accept();
    REQUIRE(other);
    const SipMessage two = serve(*other, 200);
    CHECK(two.header("Call-ID") == one.header("Call-ID"));
    CHECK(two.header("CSeq") == one.header("CSeq"));
    CHECK(two.header("Via") != one.header("Via"));
    CHECK(sender.answers.next()->status == 200);
  } else {
    CHECK(sender.answers.next()->status == status);
    CHECK_FALSE(second.accept(std::chrono::milliseconds(0)));
  }
}

TEST_CASE("Retry-After puts a target aside; the answer of the last one is the answer",
          "[sip][next_hop]") {
  SipListener first, second;
  Sender sender(two_hops({tcp(first), tcp(second)}));
  sender.send(message());
  auto one = first.accept();
  REQUIRE(one);
  serve(*one, 503, {"Retry-After: 60 (busy)"});
  auto two = second.accept();
  REQUIRE(two);
  serve(*two, 503);
  const auto response = sender.answers.next();
  CHECK(response->status == 503);
  CHECK_FALSE(response->local);
  sender.send(message());
  serve(*two, 200);
  CHECK(sender.answers.next()->status == 200);
  CHECK_FALSE(one->receive(std::chrono::milliseconds(0)));
}

TEST_CASE("dialogs with nobody leave room for texts", "[sip][next_hop]") {
  SipSocket hop = SipSocket::udp(), nobody = SipSocket::udp();
  auto settings = sip_settings({"udp"}, "sip:" + hop.address());
  settings.pending = 4;
  Sender sender(settings);
  Request bye = message();
  bye.method = "BYE";
  bye.request_uri = "sip:" + nobody.address();
  bye.from_tag = "ours";
  bye.to_tag = "theirs";
  bye.content_type = bye.body = "";
  for (int i = 0; i < 4; ++i) sender.send(bye);
  const auto refused = sender.answers.next();
  CHECK(refused->status == 503);
  CHECK(refused->local);
  CHECK_FALSE(sender.answers.next(std::chrono::milliseconds(0)));
  sender.send(message());
  auto got = hop.receive();
  REQUIRE(got);
  hop.reply(response_to(*got, 200, "OK"));
  CHECK(sender.answers.next()->status == 200);
}

TEST_CASE("targets that all ask for quiet are asked one by one", "[sip][next_hop]") {
  SipListener first, second;
  Sender sender(two_hops({tcp(first), tcp(second)}));
  sender.send(message());
  auto one = first.accept();
  REQUIRE(one);
  serve(*one, 503, {"Retry-After: 600"});
  auto two = second.accept();
  REQUIRE(two);
  serve(*two, 503, {"Retry-After: 600"});
  CHECK(sender.answers.next()->status == 503);
  sender.send(message());
  serve(*one, 200);
  CHECK(sender.answers.next()->status == 200);
  CHECK_FALSE(two->receive(std::chrono::milliseconds(0)));
}

TEST_CASE("the only target is told of, not put aside", "[sip][next_hop]") {
  SipListener only;
  Sender sender(two_hops({tcp(only)}));
  sender.send(message());
  auto peer = only.accept();
  REQUIRE(peer);
  serve(*peer, 503, {"Retry-After: 60"});
  const auto response = sender.answers.next();
  CHECK(response->headers.at(0).value == "60");
  sender.send(message());
  serve(*peer, 200);
  CHECK(sender.answers.next()->status == 200);
}

// What may have been delivered is not sent twice, if doing it twice is not doing it once.
TEST_CASE("a silent target: a SUBSCRIBE moves on, a MESSAGE does not", "[sip][next_hop]") {
  const bool is_message = GENERATE(true, false);
  SipSocket silent = SipSocket::udp();
  SipListener second;
  Sender sender(two_hops({"sip:" + silent.address(), tcp(second)}));
  Request request = is_message ? message() : subscribe();
  request.answer_within = std::chrono::milliseconds(3000);
  sender.send(std::move(request));
  REQUIRE(silent.receive());
  if (is_message) {
    CHECK(sender.answers.next()->status == 408);
    CHECK_FALSE(second.accept(std::chrono::milliseconds(0)));
  } else {
    auto peer = second.accept();
    REQUIRE(peer);
    serve(*peer, 202);
    CHECK(sender.answers.next()->status == 202);
  }
}

TEST_CASE("a connection that ends: a SUBSCRIBE moves on, a MESSAGE does not", "[sip][next_hop]") {
  const bool is_message = GENERATE(true, false);
  SipListener first, second;
  Sender sender(two_hops({tcp(first), tcp(second)}));
  sender.send(is_message ? message() : subscribe());
  auto peer = first.accept();
  REQUIRE(peer);
  REQUIRE(peer->receive());
  peer->close();
  if (is_message) {
    CHECK(sender.answers.next()->status == 503);
    CHECK_FALSE(second.accept(std::chrono::milliseconds(0)));
  } else {
    auto other = second.accept();
    REQUIRE(other);
    serve(*other, 202);
    CHECK(sender.answers.next()->status == 202);
  }
}

TEST_CASE("next hops are asked for signs of life", "[sip][next_hop]") {
  SipSocket silent = SipSocket::udp();
  SipListener serves;
  auto settings = two_hops({"sip:" + silent.address(), tcp(serves)});
  settings.health_period = std::chrono::milliseconds(400);
  settings.health_patience = std::chrono::milliseconds(200);
  Sender sender(settings);
  auto peer = serves.accept();
  REQUIRE(peer);
  for (int i = 0; i < 4; ++i) {
    const SipMessage options = serve(*peer, i == 3 ? 200 : 404);
    CHECK(options.method() == "OPTIONS");
    CHECK_FALSE(options.header("Contact").empty());
  }
  const auto hops = sender.hops();
  REQUIRE(hops.size() == 3);
  CHECK(hops[1].ends_with(" down"));
  CHECK(hops[2].ends_with(" up"));
  Arrivals<SipMessage> unused;
  sender.send(message());  // goes to the one that lives at once
  for (;;) {
    const auto got = peer->receive();
    REQUIRE(got);
    peer->send(response_to(*got, 200, "OK"));
    if (got->method() == "MESSAGE") break;
  }
  CHECK(sender.answers.next()->status == 200);
}

TEST_CASE("an IPv6 next hop over an IPv6 listener", "[sip][next_hop]") {
  const std::string transport = GENERATE("udp", "tcp");
  Arrivals<gateway::sip::IncomingRequest> arrived;
  auto settings = sip_settings({}, "sip:127.0.0.1:9");
  settings.listen = {transport + ":[::1]:0", "udp:127.0.0.1:0"};
  SipAgent receiver(settings, {{"MESSAGE", [&](auto request, gateway::sip::Answer answer) {
                                  answer.reply(200, "OK");
                                  arrived.put(std::move(request));
                                }}});
  settings.next_hop = "sip:" + receiver.address(transport) + ";transport=" + transport;
  SipAgent sender(settings);
  const auto response = sender.send(message("sip:b@[2001:db8::1]:5070"));
  REQUIRE(response);
  CHECK(response->status == 200);
  const auto got = arrived.next();
  CHECK(got->request_uri == "sip:b@[2001:db8::1]:5070");
  CHECK(got->source.starts_with("[::1]:"));
}

// RFC 3261 section 12.2.1.1.
TEST_CASE("a request in a dialog follows its routes, or goes to the remote target",
          "[sip][next_hop]") {
  SipListener proxy, target;
  const std::string strict = "<" + tcp(proxy) + ">";
  const std::string loose = "<" + tcp(proxy) + ";lr>";
  struct Row {
    std::string request_uri;
    std::vector<std::string> routes;
    bool to_proxy;
  };
  const std::vector<Row> rows{
      {tcp(target), {}, false},
      {"sip:unknown.invalid", {loose, "<sip:other.invalid;lr>"}, true},
      {tcp(proxy), {"<" + tcp(target) + ">"}, true},  // after the rewriting for a strict router
  };
  const Row& row = rows[static_cast<std::size_t>(GENERATE(range(0, 3)))];
  Sender sender(sip_settings({"tcp"}, "sip:127.0.0.1:9;transport=tcp"));
  Request request = message();
  request.method = "NOTIFY";
  request.request_uri = row.request_uri;
  request.routes = row.routes;
  request.to_tag = "theirs";
  request.from_tag = "ours";
  request.cseq = 77;
  request.contact = true;
  sender.send(std::move(request));
  auto peer = (row.to_proxy ? proxy : target).accept();
  REQUIRE(peer);
  const SipMessage got = serve(*peer, 200);
  CHECK(got.start_line == "NOTIFY " + row.request_uri + " SIP/2.0");
  CHECK(got.header("To").ends_with(";tag=theirs"));
  CHECK(got.header("From").ends_with(";tag=ours"));
  CHECK(got.header("CSeq") == "77 NOTIFY");
  CHECK(got.header("Contact") == "<sip:" + sender.agent.address("tcp") + ";transport=tcp>");
  std::vector<std::string> routes;
  for (const auto& [name, value] : got.headers) {
    if (name == "Route") routes.push_back(value);
  }
  CHECK(routes == row.routes);
  CHECK(sender.answers.next()->status == 200);
}

TEST_CASE("a dialog's requests take the connection its peer has opened from that port",
          "[sip][next_hop]") {
  Arrivals<gateway::sip::IncomingRequest> arrived;
  Arrivals<Response> answers;
  SipAgent agent(sip_settings({"tcp"}, "sip:127.0.0.1:9;transport=tcp"),
                 {{"MESSAGE", [&](auto request, gateway::sip::Answer answer) {
                     answer.reply(200, "OK");
                     arrived.put(std::move(request));
                   }}});
  SipSocket peer = SipSocket::tcp(agent.address("tcp"));
  peer.send(SipRequest{.via = "TCP " + peer.address()}.text());
  REQUIRE(peer.receive());
  Request request = message();
  request.request_uri = "sip:" + peer.address() + ";transport=tcp";
  request.to_tag = "theirs";
  agent.in_loop([&] {
    agent.agent().send(std::move(request), [&](Response r) { answers.put(std::move(r)); });
  });
  const auto got = peer.receive();
  REQUIRE(got);
  CHECK(got->method() == "MESSAGE");
  peer.send(response_to(*got, 200, "OK"));
  CHECK(answers.next()->status == 200);
}

TEST_CASE("T13: a request of ours that comes back is a loop", "[sip][next_hop]") {
  Arrivals<gateway::sip::IncomingRequest> arrived;
  Arrivals<Response> answers;  // which the agent, at its end, may still give
  auto settings = sip_settings({"tcp"}, "sip:127.0.0.1:9;transport=tcp");
  SipListener proxy;
  settings.next_hop = tcp(proxy);
  SipAgent agent(settings, {{"MESSAGE", [&](auto request, gateway::sip::Answer answer) {
                               answer.reply(200, "OK");
                               arrived.put(std::move(request));
                             }}});
  agent.in_loop(
      [&] { agent.agent().send(message(), [&](Response r) { answers.put(std::move(r)); }); });
  auto peer = proxy.accept();
  REQUIRE(peer);
  const auto got = peer->receive();
  REQUIRE(got);
  SipSocket back = SipSocket::tcp(agent.address("tcp"));  // as the proxy sends it on
  back.send(SipRequest{.from = got->header("From"), .call_id = got->header("Call-ID")}.text());
  CHECK(back.receive()->status() == 482);
  CHECK_FALSE(arrived.next(std::chrono::milliseconds(0)));
  back.send(SipRequest{.call_id = got->header("Call-ID")}.text());  // an answer in the thread
  CHECK(back.receive()->status() == 200);
}

}  // namespace
}  // namespace causeway::test
