#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/sip_agent/sip_agent.h"
#include "tests/support/sip_peer/sip_peer.h"

namespace causeway::test {
namespace {

using gateway::sip::Response;

// A name server for "hop.test": SRV for TCP names 127.0.0.1 and `port`; everything else does not
// exist.
class NameServer {
 public:
  explicit NameServer(int port) : port_(port), socket_(socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof any;
    bind(socket_, reinterpret_cast<sockaddr*>(&any), sizeof any);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&any), &size);
    address = "127.0.0.1:" + std::to_string(ntohs(any.sin_port));
    thread_ = std::thread([this] { serve(); });
  }
  ~NameServer() {
    ending_ = true;
    thread_.join();
    close(socket_);
  }

  std::string address;
  std::atomic<int> asked{0};

 private:
  void serve() {
    pollfd event{socket_, POLLIN, 0};
    while (!ending_) {
      if (poll(&event, 1, 10) != 1) continue;
      char query[512];
      sockaddr_in source{};
      socklen_t size = sizeof source;
      const ssize_t got =
          recvfrom(socket_, query, sizeof query, 0, reinterpret_cast<sockaddr*>(&source), &size);
      if (got < 17) continue;
      ++asked;
      const std::string reply = answer(std::string(query, static_cast<std::size_t>(got)));
      sendto(socket_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&source), size);
    }
  }

  // RFC 1035 section 4.1; the question is the last part of a query.
  std::string answer(const std::string& query) const {
    const int type = static_cast<unsigned char>(query[query.size() - 3]);
    const bool tcp =
        query.find("\4_tcp") != std::string::npos && query.find("\4_sip") != std::string::npos;
    std::string data;
    if (type == 33 && tcp) {  // priority, weight, port, target
      data = std::string(4, '\0') + char(port_ >> 8) + char(port_ & 0xff) +
             std::string("\4host\4test\0", 11);
    }
    if (type == 1 && query.find("\4host\4test") != std::string::npos)
      data = "\x7f" + std::string("\0\0\1", 3);
    std::string reply =
        query.substr(0, 2) + "\x81" + (data.empty() ? "\x83" : "\x80") + query.substr(4);
    reply[7] = data.empty() ? 0 : 1;
    reply[11] = 0;
    if (data.empty()) return reply;
    return reply + "\xc0\x0c" +
           std::string(
               {'\0', char(type), '\0', '\1', '\0', '\0', '\0', '\x3c', '\0', char(data.size())}) +
           data;
  }

  const int port_;
  const int socket_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

gateway::sip::Request message() {
  return {"MESSAGE",
          "sip:b@contoso.example",
          "sip:a@fabrikam.example",
          "sip:b@contoso.example",
          "",
          {},
          "text/plain",
          "hi"};
}

TEST_CASE("a next hop that is a name is looked up once for many requests", "[sip][next_hop]") {
  SipListener listener;
  const std::string address = listener.address();
  NameServer names(std::stoi(address.substr(address.find(':') + 1)));
  Arrivals<int> answers;
  SipAgent agent(sip_settings({"udp", "tcp"}, "sip:hop.test;transport=tcp"), {},
                 {.name_servers = {names.address}});
  constexpr int kCount = 200;
  agent.in_loop([&] {
    for (int i = 0; i < kCount; ++i)
      agent.agent().send(message(), [&](Response r) { answers.put(r.status); });
  });
  auto peer = listener.accept();
  REQUIRE(peer);
  for (int i = 0; i < kCount; ++i) peer->send(response_to(peer->receive().value(), 200, "OK"));
  for (int i = 0; i < kCount; ++i) REQUIRE(answers.next() == 200);
  CHECK(names.asked <= 4);  // SRV, A, and what is asked beside them
}

TEST_CASE("a next hop whose name does not exist is unreachable", "[sip][next_hop]") {
  NameServer names(9);
  SipAgent agent(sip_settings({"udp"}, "sip:nowhere.test;transport=udp"), {},
                 {.name_servers = {names.address}});
  for (int i = 0; i < 2; ++i) {
    const auto response = agent.send(message());
    REQUIRE(response);
    CHECK(response->status == 503);
    CHECK(response->local);
  }
}

}  // namespace
}  // namespace causeway::test
