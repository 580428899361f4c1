#include "edge_proxy/config/config.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "tests/support/example/example.h"
#include "tests/support/process/temporary_directory.h"

using namespace causeway;
using namespace std::chrono_literals;

namespace {

const std::string kExample = test::example_file("edge_proxy.example.yaml");

std::string mistakes_in(const std::string& text) {
  const test::TemporaryDirectory directory;
  const std::string file = directory.write("edge.yaml", text);
  const auto config = edge::config::load(file);
  if (config.ok()) return "";
  std::string message(config.status().message());
  for (std::size_t at; (at = message.find(file)) != std::string::npos;)
    message.erase(at, file.size() + 1);
  return message;
}

}  // namespace

TEST_CASE("the example file holds the defaults", "[config][edge]") {
  const auto example = edge::config::load(kExample);
  INFO(example.status());
  REQUIRE(example.ok());
  edge::config::Config defaults;
  defaults.link.allowed_gateways = {"gateway.contoso.example"};
  CHECK(*example == defaults);
}

TEST_CASE("the example file holds every setting", "[config][edge]") {
  CHECK(edge::config::keys().size() > 35);
  // The three of a list entry stand there as a comment: an entry would need files of these names.
  CHECK(test::keys_missing_from(kExample, edge::config::keys()) ==
        std::vector<std::string>{"xmpp.additional_certificates.certificate",
                                 "xmpp.additional_certificates.private_key",
                                 "xmpp.additional_certificates.ocsp_response"});
}

TEST_CASE("settings reach their members", "[config][edge]") {
  const test::TemporaryDirectory directory;
  const auto config = edge::config::load(directory.write("edge.yaml", R"(
xmpp: {listen: ["127.0.0.1:0"], listen_direct_tls: ["[::1]:0"], io_threads: 3, ocsp_response: a.ocsp, revocation_lists: a.crl,
       certificate_check_seconds: 0, additional_certificates: [
         {certificate: b.crt, private_key: b.key, ocsp_response: b.ocsp},
         {certificate: c.crt, private_key: c.key}]}
link: {name: e1, listen: "127.0.0.1:0", allowed_gateways: [gw1.example, gw2.example],
       patience_seconds: 7, resume_grace_ms: 50, credit: 8}
dns: {servers: ["127.0.0.1:5353"], timeout_ms: 200, tries: 1}
limits: {unauthenticated_stanza_bytes: 4096, depth: 9, closing_seconds: 1}
admin: {socket: /tmp/edge.sock}
metrics: {listen: ""}
log: {level: debug, format: json}
)"));
  REQUIRE(config.ok());
  edge::config::Config expected;
  expected.xmpp.listen = {"127.0.0.1:0"};
  expected.xmpp.listen_direct_tls = {"[::1]:0"};
  expected.xmpp.io_threads = 3;
  expected.xmpp.ocsp_response = "a.ocsp";
  expected.xmpp.revocation_lists = "a.crl";
  expected.xmpp.certificate_check = 0s;
  expected.xmpp.additional_certificates = {{"b.crt", "b.key", "b.ocsp"}, {"c.crt", "c.key", ""}};
  expected.link.name = "e1";
  expected.link.listen = "127.0.0.1:0";
  expected.link.allowed_gateways = {"gw1.example", "gw2.example"};
  expected.link.patience = 7s;
  expected.link.resume_grace = 50ms;
  expected.link.credit = 8;
  expected.dns = {{"127.0.0.1:5353"}, 200ms, 1};
  expected.limits.unauthenticated_stanza_bytes = 4096;
  expected.limits.depth = 9;
  expected.limits.closing = 1s;
  expected.admin.socket = "/tmp/edge.sock";
  expected.metrics.listen = "";
  expected.log = {log::Level::debug, log::Format::json};
  CHECK(*config == expected);
}

TEST_CASE("an edge needs to know its gateways", "[config][edge]") {
  CHECK(mistakes_in("") == "1: \"link\" is missing");
  CHECK(mistakes_in("link: {}") == "1: link: \"allowed_gateways\" is missing");
  CHECK(mistakes_in("link: {allowed_gateways: []}") ==
        "1: link.allowed_gateways: must not be empty");
  CHECK(mistakes_in("link: {allowed_gateways: [10.0.0.1]}") ==
        "1: link.allowed_gateways[0]: must be a DNS name, like gateway.contoso.example");
}

TEST_CASE("a further certificate has its key", "[config][edge]") {
  CHECK(mistakes_in(R"(link: {allowed_gateways: [gw.example]}
xmpp:
  additional_certificates:
    - {certificate: b.crt}
    - {certificate: "", private_key: c.key, oscp_response: c}
)") == "4: xmpp.additional_certificates[0]: \"private_key\" is missing\n"
       "5: xmpp.additional_certificates[1].oscp_response: is not a setting; did you mean "
       "ocsp_response?\n"
       "5: xmpp.additional_certificates[1].certificate: must not be empty");
}

TEST_CASE("limits must fit each other", "[config][edge]") {
  CHECK(mistakes_in(R"(link: {allowed_gateways: [gw.example]}
limits:
  stanza_bytes: 10000
  unauthenticated_stanza_bytes: 10001
  stanza_elements: 20
  unauthenticated_stanza_elements: 21
)") == "4: limits.unauthenticated_stanza_bytes: must not exceed limits.stanza_bytes\n"
       "6: limits.unauthenticated_stanza_elements: must not exceed limits.stanza_elements");
  CHECK(mistakes_in(R"(link: {allowed_gateways: [gw.example]}
limits:
  parser_memory: 65536
  send_buffer_bytes: 65536
)") == "3: limits.parser_memory: must not be below limits.stanza_bytes\n"
       "4: limits.send_buffer_bytes: must not be below limits.stanza_bytes");
}

TEST_CASE("where the operator asks must be a place", "[config][edge]") {
  CHECK(mistakes_in("link: {allowed_gateways: [gw.example]}\nadmin: {socket: edge.sock}\n"
                    "metrics: {listen: localhost}\n") ==
        "2: admin.socket: must be an absolute path of at most 107 bytes, like "
        "/run/causeway/edge_proxy.sock\n"
        "3: metrics.listen: must be address:port, like 0.0.0.0:5269 or [::]:5269");
  CHECK(mistakes_in("link: {allowed_gateways: [gw.example]}\nadmin: {socket: /" +
                    std::string(107, 'x') + "}\n") != "");
  CHECK(mistakes_in("link: {allowed_gateways: [gw.example]}\nadmin: {socket: \"\"}\n"
                    "metrics: {listen: \"[::1]:9469\"}\n") == "");
}

TEST_CASE("all mistakes of a file are told at once", "[config][edge]") {
  CHECK(mistakes_in(R"(xmpp:
  listen: [localhost]
link:
  allowed_gateways: [gw.example]
  patience: 30
domains: [contoso.example]
log: {level: verbose}
)") == "2: xmpp.listen[0]: must be address:port, like 0.0.0.0:5269 or [::]:5269\n"
       "5: link.patience: is not a setting; did you mean patience_seconds?\n"
       "6: domains: is not a setting\n"
       "7: log.level: must be one of debug, info, warning, error");
}
