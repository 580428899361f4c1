#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/support/sip_agent/sip_agent.h"
#include "tests/support/sip_peer/sip_peer.h"

namespace causeway::test {
namespace {

using gateway::sip::Answer;
using gateway::sip::IncomingRequest;

// By name, the messages of tests/data/rfc4475.
std::map<std::string, std::string> torture_messages() {
  std::map<std::string, std::string> messages;
  for (const auto& entry : std::filesystem::directory_iterator(CAUSEWAY_TEST_DATA "/rfc4475")) {
    if (entry.path().extension() != ".sip") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    messages[entry.path().stem()] = std::string(std::istreambuf_iterator<char>(file), {});
  }
  return messages;
}

// Answers whatever comes, so that the messages get as deep as they can.
std::vector<SipAgent::UserAgent::Method> all_methods() {
  const auto accept = [](IncomingRequest request, Answer answer) {
    const bool lines = std::ranges::all_of(request.headers, [](const auto& header) {
      return header.value.find_first_of("\r\n") == std::string::npos;
    });
    answer.reply(lines ? 200 : 599, "OK");
  };
  std::vector<SipAgent::UserAgent::Method> all;
  for (const char* name :
       {"INVITE", "MESSAGE", "REGISTER", "NOTIFY", "SUBSCRIBE", "INFO", "UPDATE", "BYE"})
    all.push_back({.name = name, .on_request = accept, .in_dialog = true});
  return all;
}

bool answers_options(SipAgent& agent) {
  SipSocket udp = SipSocket::udp();
  udp.send_to(agent.address("udp"),
              SipRequest{.method = "OPTIONS", .via = "UDP " + udp.address()}.text());
  SipSocket tcp = SipSocket::tcp(agent.address("tcp"));
  tcp.send(SipRequest{.method = "OPTIONS", .via = "TCP " + tcp.address()}.text());
  const auto first = udp.receive();
  const auto second = tcp.receive();
  return first && first->status() == 200 && second && second->status() == 200;
}

// RFC 4475 section 3, over TCP. "-": no answer, for it is a response, or cannot be read or
// answered.
const std::map<std::string, std::string> kOutcomes = {
    {"badaspec", "200"},
    {"badbranch", "200"},
    {"baddate", "200"},
    {"baddn", "-"},     // an unquoted comma
    {"badinv01", "-"},  // commas for semicolons
    {"badvers", "-"},   // SIP/7.0
    {"bcast", "-"},     // a response
    {"bext01", "420"},  // Require
    {"bigcode", "-"},   // a response
    {"clerr", "-"},     // longer than it is: the rest is waited for
    {"cparam01", "200"},
    {"cparam02", "200"},
    {"dblreq", "200"},
    {"esc01", "200"},
    {"esc02", "405"},  // a method of another spelling
    {"escnull", "200"},
    {"escruri", "200"},
    {"insuf", "400"},  // no To
    {"intmeth", "-"},  // control characters in To, which the answer would repeat
    {"inv2543", "-"},  // no branch
    {"invut", "200"},
    {"longreq", "-"},   // no branch
    {"ltgtruri", "-"},  // no branch
    {"lwsdisp", "200"},
    {"lwsruri", "-"},       // a space in the Request-URI
    {"lwsstart", "-"},      // two spaces in the start line
    {"mcl01", "400"},       // two Content-Lengths
    {"mismatch01", "400"},  // CSeq of another method
    {"mismatch02", "400"},  // CSeq of another method
    {"mpart01", "200"},
    {"multi01", "400"},  // two of many
    {"ncl", "400"},      // a negative Content-Length
    {"noreason", "-"},   // a response
    {"novelsc", "416"},  // an unknown scheme
    {"quotbal", "400"},  // an open quote
    {"regaut01", "200"},
    {"regbadct", "200"},
    {"regescrt", "200"},
    {"scalar02", "400"},  // CSeq beyond 2^31
    {"scalarlg", "-"},    // a response
    {"sdp01", "200"},
    {"semiuri", "200"},
    {"test", "-"},  // no version
    {"transports", "200"},
    {"trws", "-"},      // spaces after the version
    {"unkscm", "416"},  // an unknown scheme
    {"unksm2", "-"},    // To is no URI to libre
    {"unreason", "-"},  // a
                        // response
    {"wsinv", "200"},   // in a dialog
    {"zeromf", "200"},  // OPTIONS
};

TEST_CASE("T28: the RFC 4475 messages are answered, or not, and the agent goes on",
          "[sip][torture]") {
  const auto messages = torture_messages();
  REQUIRE(messages.size() == 50);
  SipAgent agent(sip_settings({"udp", "tcp"}, "sip:127.0.0.1:9"), all_methods());
  const bool datagrams = GENERATE(false, true);
  for (const auto& [name, text] : messages) {
    INFO(name);
    if (datagrams) {
      SipSocket::udp().send_to(agent.address("udp"), text);
    } else {
      SipSocket peer = SipSocket::tcp(agent.address("tcp"));
      peer.send(text);
      const std::chrono::milliseconds patience(kOutcomes.at(name) == "-" ? 20 : 5000);
      auto answer = peer.receive(patience);
      if (answer && answer->status() == 100) answer = peer.receive(patience);
      CHECK((answer ? std::to_string(answer->status()) : "-") == kOutcomes.at(name));
    }
    REQUIRE(answers_options(agent));
  }
}

// RFC 5118 section 4: IPv6 where addresses are, over TCP. The last: what it is, answered with it.
TEST_CASE("T28: the IPv6 messages of RFC 5118", "[sip][torture]") {
  struct Row {
    std::string name;
    std::string uri = "sip:[2001:db8::10]";
    std::string via = "[2001:db8::9:1]";
    std::string contact = "<sip:caller@[2001:db8::1]>";
    std::string outcome = "200";
  };
  const auto row = GENERATE(values<Row>({
      {.name = "4.1 a reference"},
      {.name = "4.2 no brackets", .uri = "sip:2001:db8::10", .outcome = "400"},
      {.name = "4.3 a port within the brackets", .uri = "sip:[2001:db8::10:5070]"},
      {.name = "4.4 a port behind them", .uri = "sip:[2001:db8::10]:5070"},
      {.name = "4.5 received in brackets", .via = "[2001:db8::9:1];received=[2001:db8::9:255]"},
      {.name = "4.5 received without", .via = "[2001:db8::9:1];received=2001:db8::9:255"},
      {.name = "4.6 a Contact of IPv4", .contact = "<sip:caller@192.0.2.1>"},
      {.name = "4.8 several addresses",
       .uri = "sip:user@example.com",
       .via = "[2001:db8::9:1]:6050",
       .contact = "Caller <sip:caller@[2001:db8::1]>, <sip:caller@192.0.2.1>"},
      {.name = "4.10 IPv4 mapped", .via = "[::ffff:192.0.2.10]:19823"},
      {.name = "no end of the brackets", .uri = "sip:[2001:db8::10", .outcome = "400"},
      {.name = "more than an address", .via = "[2001:db8::9:1:2:3:4:5:6:7:8]"},
  }));
  INFO(row.name);
  const std::string method = GENERATE("REGISTER", "INVITE", "SUBSCRIBE");
  SipAgent agent(sip_settings({"udp", "tcp"}, "sip:127.0.0.1:9"), all_methods());
  SipSocket peer = SipSocket::tcp(agent.address("tcp"));
  SipRequest request{.method = method, .uri = row.uri, .more = {"Contact: " + row.contact}};
  std::string text = request.text();
  const std::string first = "SIP/2.0/UDP 127.0.0.1:9;rport";
  text.replace(text.find(first), first.size(), "SIP/2.0/TCP " + row.via);
  peer.send(text);
  const std::chrono::milliseconds patience(row.outcome == "-" ? 50 : 5000);
  auto answer = peer.receive(patience);
  if (answer && answer->status() == 100) answer = peer.receive(patience);
  CHECK((answer ? std::to_string(answer->status()) : "-") == row.outcome);
  REQUIRE(answers_options(agent));
}

std::string mutated(std::string text, std::mt19937& random) {
  static const std::vector<std::string> kPieces = {"\r\n",
                                                   "\n",
                                                   "\r",
                                                   std::string(1, '\0'),
                                                   ":",
                                                   ";",
                                                   ",",
                                                   "<",
                                                   ">",
                                                   "\"",
                                                   "\\",
                                                   " ",
                                                   "\t",
                                                   "%00",
                                                   "-1",
                                                   "4294967295",
                                                   "99999999999999999999",
                                                   "SIP/2.0",
                                                   "Content-Length: ",
                                                   "l: 0\r\n",
                                                   "Via: ",
                                                   "\r\n\r\n",
                                                   "sip:",
                                                   "[::1]",
                                                   "\xff\xfe",
                                                   std::string(3000, 'A'),
                                                   std::string(9000, ';')};
  const int changes = 1 + static_cast<int>(random() % 4);
  for (int i = 0; i < changes && !text.empty(); ++i) {
    const std::size_t at = random() % text.size();
    switch (random() % 5) {
      case 0:
        text[at] = static_cast<char>(random());
        break;
      case 1:
        text.erase(at, 1 + random() % 20);
        break;
      case 2:
        text.insert(at, kPieces[random() % kPieces.size()]);
        break;
      case 3:
        text.insert(at, text.substr(random() % text.size(), random() % 60));
        break;
      case 4:
        text.resize(at);
        break;
    }
  }
  return text;
}

TEST_CASE("mutated messages neither crash nor stop the agent", "[sip][torture]") {
  const auto named = torture_messages();
  std::vector<std::string> corpus;
  for (const auto& [name, text] : named) corpus.push_back(text);
  for (int i = 0; i < 20; ++i) corpus.push_back(SipRequest{}.text());
  for (const char* method :
       {"INVITE", "ACK", "BYE", "CANCEL", "INFO", "UPDATE", "SUBSCRIBE", "NOTIFY"}) {
    SipRequest request{.method = method,
                       .branch = "z9hG4bKsame",
                       .more = {"Contact: <sip:a@b>", "Event: presence"}};
    corpus.push_back(request.text());
    request.to += ";tag=some";
    corpus.push_back(request.text());
  }
  std::mt19937 random(20261120);
  SipAgent agent(sip_settings({"udp", "tcp"}, "sip:127.0.0.1:9"), all_methods());
  SipSocket udp = SipSocket::udp();
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 30; ++i)
      udp.send_to(agent.address("udp"), mutated(corpus[random() % corpus.size()], random));
    for (int i = 0; i < 5; ++i) {
      SipSocket tcp = SipSocket::tcp(agent.address("tcp"));
      tcp.send(
          mutated(corpus[random() % corpus.size()] + corpus[random() % corpus.size()], random));
      if (round % 2 == 0) tcp.receive(std::chrono::milliseconds(1));
    }
    INFO("round " << round);
    REQUIRE(answers_options(agent));
  }
}

}  // namespace
}  // namespace causeway::test
