#include "frontend_gateway/sip/tls.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "frontend_gateway/sip/trust.h"
#include "tests/support/certificates/certificates.h"
#include "tests/support/process/temporary_directory.h"
#include "tests/support/sip_agent/sip_agent.h"
#include "tests/support/sip_peer/sip_peer.h"

namespace causeway::test {
namespace {

using gateway::config::Sip;
using gateway::sip::Answer;
using gateway::sip::IncomingRequest;
using gateway::sip::Request;
using gateway::sip::Trust;

Request message() {
  return {"MESSAGE",
          "sip:b@contoso.example",
          "sip:a@fabrikam.example",
          "sip:b@contoso.example",
          "",
          {},
          "text/plain",
          "hi"};
}

// Two authorities, and agents with certificates of theirs.
class Stage {
 public:
  std::string pem(const CertificateFiles& files) {
    const auto path = temporary_.path() / ("sip" + std::to_string(++made_) + ".pem");
    write(path, files);
    return path;
  }
  static void write(const std::filesystem::path& path, const CertificateFiles& files) {
    std::ofstream out(path);
    out << std::ifstream(files.certificate_file).rdbuf()
        << std::ifstream(files.private_key_file).rdbuf();
  }
  Sip settings(const CertificateRequest& certificate, Authority& by) {
    Sip settings = sip_settings({"tls", "udp"}, "sip:127.0.0.1:9");
    settings.certificate = pem(by.issue(certificate));
    settings.certificate_authority = ca.certificate_file();
    return settings;
  }
  std::vector<SipAgent::UserAgent::Method> methods() {
    return {{"MESSAGE", [this](IncomingRequest request, Answer answer) {
               answer.reply(200, "OK");
               arrived.put(std::move(request));
             }}};
  }

 private:
  TemporaryDirectory temporary_;
  int made_ = 0;

 public:
  Authority ca{temporary_.path(), "SIP CA"};
  Authority other{temporary_.path(), "Another CA"};
  Arrivals<IncomingRequest> arrived;
};

CertificateRequest named(std::vector<std::string> dns, std::vector<std::string> ips = {},
                         std::string common_name = "gw", std::vector<std::string> extensions = {}) {
  CertificateRequest request;
  request.common_name = std::move(common_name);
  request.dns = std::move(dns);
  request.ips = std::move(ips);
  request.extensions = std::move(extensions);
  return request;
}

TEST_CASE("a TLS next hop must prove the name it was looked up by", "[sip][tls]") {
  struct Row {
    std::string what;
    std::string host;
    CertificateRequest certificate;
    int status;
  };
  const auto row = GENERATE(values<Row>({
      {"its DNS name", "localhost", named({"LocalHost"}), 200},
      {"its address", "127.0.0.1", named({}, {"127.0.0.1"}), 200},
      {"a SIP URI", "localhost", named({}, {}, "gw", {"subjectAltName=URI:sip:localhost"}), 200},
      {"a SIP URI of a user", "localhost",
       named({}, {}, "gw", {"subjectAltName=URI:sip:a@localhost"}), 503},
      {"the common name where nothing else is said", "localhost", named({}, {}, "localhost"), 200},
      {"the common name beside others", "localhost", named({"a.example"}, {}, "localhost"), 503},
      {"another name", "localhost", named({"a.example"}), 503},
      {"another address", "127.0.0.1", named({"localhost"}, {"127.0.0.2"}), 503},
      {"a wildcard", "localhost", named({"*"}), 503},
  }));
  INFO(row.what);
  Stage stage;
  SipAgent receiver(stage.settings(row.certificate, stage.ca), stage.methods());
  const std::string address = receiver.address("tls");
  Sip settings = stage.settings(named({"sender.example"}), stage.ca);
  settings.next_hop = "sip:" + row.host + address.substr(address.find(':')) + ";transport=tls";
  SipAgent sender(settings);
  const auto response = sender.send(message());
  REQUIRE(response);
  CHECK(response->status == row.status);
  CHECK(response->local == (row.status == 503));
}

TEST_CASE("both ends of TLS show a certificate of our authorities", "[sip][tls]") {
  Stage stage;
  const bool client_is_strange = GENERATE(true, false);
  SipAgent receiver(
      stage.settings(named({}, {"127.0.0.1"}), client_is_strange ? stage.ca : stage.other),
      stage.methods());
  Sip settings = stage.settings(named({"a.example"}), client_is_strange ? stage.other : stage.ca);
  settings.next_hop = "sip:" + receiver.address("tls") + ";transport=tls";
  SipAgent sender(settings);
  CHECK(sender.send(message())->status == 503);
  CHECK_FALSE(stage.arrived.next(std::chrono::milliseconds(0)));
}

TEST_CASE("a connection that was opened for one name serves another only if it proves it",
          "[sip][tls]") {
  Stage stage;
  const bool proves = GENERATE(true, false);
  SipAgent receiver(stage.settings(named(proves ? std::vector<std::string>{"localhost"}
                                                : std::vector<std::string>{"a.example"},
                                         {"127.0.0.1"}),
                                   stage.ca),
                    stage.methods());
  const std::string address = receiver.address("tls");
  Sip settings = stage.settings(named({"sender.example"}), stage.ca);
  settings.next_hop = "sip:" + address + ";transport=tls";
  settings.routes = {{"contoso.example",
                      {"sip:localhost" + address.substr(address.find(':')) + ";transport=tls"}}};
  SipAgent sender(settings);
  Request first = message();
  first.request_uri = "sip:b@other.example";
  CHECK(sender.send(first)->status == 200);
  CHECK(sender.send(message())->status == (proves ? 200 : 503));
}

TEST_CASE("trusted peers by the names of their certificates", "[sip][tls]") {
  Stage stage;
  const auto [trusted, status] = GENERATE(table<std::string, int>(
      {{"Sip.Contoso.example", 200}, {"127.0.0.0/8", 200}, {"contoso.example", 403}}));
  INFO(trusted);
  Sip settings = stage.settings(named({}, {"127.0.0.1"}), stage.ca);
  settings.trusted_peers = {"192.0.2.0/24", trusted};
  SipAgent receiver(settings, stage.methods());
  settings = stage.settings(named({"sip.contoso.example"}), stage.ca);
  settings.next_hop = "sip:" + receiver.address("tls") + ";transport=tls";
  SipAgent sender(settings);
  for (int i = 0; i < 2; ++i) CHECK(sender.send(message())->status == status);
  receiver.in_loop([&, expected = status] {
    CHECK(receiver.agent().strangers() == (expected == 200 ? 0U : 2U));
  });
}

TEST_CASE("strangers are refused over every transport", "[sip][tls]") {
  Stage stage;
  Sip settings = sip_settings({"udp", "tcp"}, "sip:127.0.0.1:9");
  settings.trusted_peers = {"192.0.2.0/24", "sip.contoso.example"};
  SipAgent agent(settings, stage.methods());
  SipSocket udp = SipSocket::udp();
  const auto method = GENERATE(as<std::string>{}, "MESSAGE", "OPTIONS", "CANCEL", "PUBLISH");
  udp.send_to(agent.address("udp"),
              SipRequest{.method = method, .via = "UDP " + udp.address()}.text());
  CHECK(udp.receive()->status() == 403);
  SipSocket tcp = SipSocket::tcp(agent.address("tcp"));
  tcp.send(SipRequest{.method = method}.text());
  CHECK(tcp.receive()->status() == 403);
  CHECK_FALSE(stage.arrived.next(std::chrono::milliseconds(0)));
}

TEST_CASE("which addresses are trusted", "[sip][tls]") {
  struct Row {
    std::string peer;
    std::string source;
    bool trusted;
  };
  const auto row = GENERATE(values<Row>({
      {"192.0.2.1", "192.0.2.1", true},
      {"192.0.2.1", "192.0.2.2", false},
      {"192.0.2.0/25", "192.0.2.127", true},
      {"192.0.2.0/25", "192.0.2.128", false},
      {"0.0.0.0/0", "192.0.2.1", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"2001:db8::/33", "2001:db8:7fff::1", true},
      {"2001:db8::/33", "2001:db8:8000::1", false},
      {"2001:db8::1", "2001:db8::1", true},
      {"a.example", "192.0.2.1", false},
  }));
  INFO(row.peer << " " << row.source);
  sa source;
  REQUIRE(sa_set_str(&source, row.source.c_str(), 5060) == 0);
  CHECK(Trust({row.peer}).trusts(source, [] { return std::vector<std::string>(); }) == row.trusted);
}

TEST_CASE("changed certificates are read, useless ones are not", "[sip][tls]") {
  Stage stage;
  const std::string file = stage.pem(stage.ca.issue(named({"localhost"})));
  auto tls = gateway::sip::Tls::open(file, stage.ca.certificate_file());
  REQUIRE(tls.ok());
  SipAgent receiver(stage.settings(named({}, {"127.0.0.1"}), stage.ca), stage.methods());
  CHECK_FALSE(gateway::sip::Tls::open(stage.ca.certificate_file(), file).ok());
  CHECK_FALSE(gateway::sip::Tls::open(file, "/nonexistent").ok());
  std::ofstream(file) << "nonsense";
  (*tls)->reload_if_changed();  // goes on with what it had
  Stage::write(file, stage.ca.issue(named({"a.example"})));
  (*tls)->reload_if_changed();
}

}  // namespace
}  // namespace causeway::test
