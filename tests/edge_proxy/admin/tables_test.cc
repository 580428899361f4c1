#include "edge_proxy/admin/tables.h"

#include <catch2/catch.hpp>
#include <string>

using namespace causeway;
using edge::admin::to_text;
using v1::StreamEvent;

namespace {

constexpr std::int64_t kNoon = 1'793'534'400;  // 2026-11-01 12:00:00Z

v1::LiveStream stream(const std::string& partner) {
  v1::LiveStream out;
  out.set_id(7);
  out.add_local_domains("contoso.example");
  out.add_remote_domains(partner);
  out.set_peer_address("192.0.2.1:5269");
  out.set_proof(StreamEvent::SASL_EXTERNAL);
  out.set_tls_version("TLSv1.3");
  out.set_tls_cipher("TLS_AES_128_GCM_SHA256");
  out.mutable_since()->set_seconds(kNoon);
  out.set_stanzas_in(12);
  return out;
}

}  // namespace

TEST_CASE("streams stand in columns, whatever the length of their names", "[admin][tables]") {
  v1::ListLiveStreamsResponse streams;
  *streams.add_streams() = stream("fabrikam.example");
  *streams.add_streams() = stream("bücher.example");
  streams.mutable_streams(1)->set_proof(StreamEvent::TCP_DIALBACK);
  streams.mutable_streams(1)->clear_tls_version();
  streams.mutable_streams(1)->clear_tls_cipher();
  streams.mutable_streams(1)->set_direction(StreamEvent::OUTBOUND);
  streams.mutable_streams(1)->add_features("bidi");
  CHECK(
      to_text(streams) ==
      "ID  DIRECTION  PARTNER           OURS             ADDRESS         PROOF            TLS"
      "                             SINCE                 STANZAS IN/OUT  BYTES IN/OUT  UNACKED  "
      "FEATURES\n"
      "7   inbound    fabrikam.example  contoso.example  192.0.2.1:5269  external         TLSv1.3 "
      "TLS_AES_128_GCM_SHA256  2026-11-01 12:00:00Z  12/0            0/0           0        -\n"
      "7   outbound   bücher.example    contoso.example  192.0.2.1:5269  dialback, plain  -"
      "                               2026-11-01 12:00:00Z  12/0            0/0           0        "
      "bidi\n");
  CHECK(to_text(v1::ListLiveStreamsResponse()) == "No stream is up.\n");
}

TEST_CASE("a failure reads from its first step to its reason", "[admin][tables]") {
  v1::ListFailuresResponse failures;
  v1::StreamFailure& failure = *failures.add_failures();
  failure.set_direction(StreamEvent::OUTBOUND);
  failure.set_local_domain("contoso.example");
  failure.set_remote_domain("fabrikam.example");
  failure.set_condition("refused");
  failure.set_reason("no server of the domain could be used");
  failure.mutable_time()->set_seconds(kNoon + 2);
  v1::StreamFailure::Step& step = *failure.add_steps();
  step.mutable_time()->set_seconds(kNoon);
  step.mutable_time()->set_nanos(250'000'000);
  step.set_words("192.0.2.1:5269: Connection refused");
  v1::StreamFailure& inbound = *failures.add_failures();
  inbound = failure;
  inbound.set_direction(StreamEvent::INBOUND);
  inbound.set_peer_address("198.51.100.7:40000");
  inbound.clear_local_domain();
  inbound.clear_steps();
  CHECK(to_text(failures) ==
        "2026-11-01 12:00:02Z  outbound  contoso.example -> fabrikam.example  refused\n"
        "    12:00:00.250  192.0.2.1:5269: Connection refused\n"
        "    12:00:02.000  no server of the domain could be used\n"
        "2026-11-01 12:00:02Z  inbound  fabrikam.example -> -  198.51.100.7:40000  refused\n"
        "    12:00:02.000  no server of the domain could be used\n");
  CHECK(to_text(v1::ListFailuresResponse()) == "No failure is remembered.\n");
}

TEST_CASE("what a peer has said does not speak to the terminal", "[admin][tables]") {
  v1::ListFailuresResponse failures;
  v1::StreamFailure& failure = *failures.add_failures();
  failure.add_steps()->set_words("the peer says \x1b[2J\r\n\u009b2J\u202eé\xc3");
  failure.set_reason("\x07");
  const std::string text = to_text(failures);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\r') == std::string::npos);
  CHECK(text.find('\x07') == std::string::npos);
  CHECK_THAT(text, Catch::Contains("the peer says ?[2J???2J?é?\n"));
}

TEST_CASE("the status is read from top to bottom", "[admin][tables]") {
  v1::GetStatusResponse status;
  status.set_software("edge_proxy 0.1.0");
  status.mutable_since()->set_seconds(kNoon);
  status.add_addresses("192.0.2.9:5269");
  v1::Use& use = *status.add_use();
  use.set_name("limits.queued_bytes");
  use.set_used(5);
  use.set_limit(100);
  CHECK(to_text(status) ==
        "software             edge_proxy 0.1.0\n"
        "running since        2026-11-01 12:00:00Z\n"
        "gateways             none is attached\n"
        "configuration        none yet: a gateway brings it\n"
        "streams on           192.0.2.9:5269 (shut)\n"
        "strangers            0 left without a name\n"
        "limits.queued_bytes  5 of 100\n");
  status.set_listening(true);
  status.set_snapshot(4);
  status.add_gateways()->set_name("gw1");
  status.mutable_gateways(0)->set_software("frontend_gateway 0.1.0");
  CHECK_THAT(to_text(status), Catch::Contains("gw1 (frontend_gateway 0.1.0)\n"));
  CHECK_THAT(to_text(status), Catch::Contains("version 4\n"));
  CHECK_THAT(to_text(status), Catch::Contains("192.0.2.9:5269\n"));
}

TEST_CASE("what was done is said in words", "[admin][tables]") {
  v1::CloseStreamsResponse closed;
  CHECK(to_text(closed) == "No stream was up.\n");
  closed.set_closed(1);
  CHECK(to_text(closed) == "1 stream told to close.\n");
  closed.set_closed(2);
  CHECK(to_text(closed) == "2 streams told to close.\n");
  CHECK_THAT(to_text(v1::RetryResponse()), Catch::Contains("tries again"));
  CHECK_THAT(to_text(v1::ReloadResponse()), Catch::Contains("certificates"));
}
