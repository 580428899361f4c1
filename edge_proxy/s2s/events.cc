#include "edge_proxy/s2s/events.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_join.h"
#include "common/log/log.h"

namespace causeway::edge::s2s {
namespace {

std::string_view words(v1::StreamEvent::Direction direction) {
  return direction == v1::StreamEvent::INBOUND ? "inbound" : "outbound";
}

v1::StreamEvent event_of(v1::StreamEvent::Kind kind, const StreamReport& report) {
  v1::StreamEvent event;
  event.set_kind(kind);
  event.set_direction(report.direction);
  event.set_local_domain(report.local.unicode());
  event.set_remote_domain(report.peer.unicode());
  event.set_peer_address(report.address);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  event.mutable_time()->set_seconds(std::chrono::floor<std::chrono::seconds>(now).count());
  event.mutable_time()->set_nanos(static_cast<int>(
      std::chrono::nanoseconds(now - std::chrono::floor<std::chrono::seconds>(now)).count()));
  return event;
}

}  // namespace

std::string_view words(v1::StreamEvent::Proof proof) {
  switch (proof) {
    case v1::StreamEvent::SASL_EXTERNAL:
      return "SASL EXTERNAL";
    case v1::StreamEvent::TLS_DIALBACK:
      return "dialback over TLS";
    case v1::StreamEvent::TCP_DIALBACK:
      return "dialback over TCP";
    default:
      return "none";
  }
}

void report_established(const Federation::Uplink& uplink, const StreamReport& report,
                        v1::StreamEvent::Proof proof, const stream::TransportStream& stream) {
  log::info("stream.established", "The stream is up.",
            {{"direction", std::string(words(report.direction))},
             {"local", report.local.unicode()},
             {"peer", report.peer.unicode()},
             {"address", report.address},
             {"proof", std::string(words(proof))},
             {"tls", stream.tls_version()},
             {"cipher", stream.tls_cipher()}});
  v1::StreamEvent event = event_of(v1::StreamEvent::ESTABLISHED, report);
  event.set_proof(proof);
  event.set_tls_version(stream.tls_version());
  event.set_tls_cipher(stream.tls_cipher());
  uplink.report(std::move(event));
}

void report_closed(const Federation::Uplink& uplink, const StreamReport& report,
                   const std::string& reason) {
  log::info("stream.closed", "The stream has ended.",
            {{"direction", std::string(words(report.direction))},
             {"local", report.local.unicode()},
             {"peer", report.peer.unicode()},
             {"address", report.address},
             {"reason", reason}});
  v1::StreamEvent event = event_of(v1::StreamEvent::CLOSED, report);
  event.set_reason(reason);
  uplink.report(std::move(event));
}

void report_failed(const Federation::Uplink& uplink, const StreamReport& report,
                   const std::string& reason, const std::vector<std::string>& steps) {
  log::warning("stream.failed", "No stream could be established.",
               {{"direction", std::string(words(report.direction))},
                {"local", report.local.unicode()},
                {"peer", report.peer.unicode()},
                {"address", report.address},
                {"reason", reason},
                {"steps", absl::StrJoin(steps, "; ")}});
  v1::StreamEvent event = event_of(v1::StreamEvent::FAILED, report);
  event.set_reason(reason);
  for (const std::string& step : steps) event.add_steps(step);
  uplink.report(std::move(event));
}

}  // namespace causeway::edge::s2s
