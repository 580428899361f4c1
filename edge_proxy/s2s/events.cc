#include "edge_proxy/s2s/events.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_join.h"
#include "common/log/log.h"
#include "common/text/utf8.h"

namespace causeway::edge::s2s {
namespace {

std::string_view words(v1::StreamEvent::Direction direction) {
  return direction == v1::StreamEvent::INBOUND ? "inbound" : "outbound";
}

google::protobuf::Timestamp timestamp(std::chrono::system_clock::time_point time) {
  const auto since_epoch = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  google::protobuf::Timestamp out;
  out.set_seconds(seconds.count());
  out.set_nanos(static_cast<int>(std::chrono::nanoseconds(since_epoch - seconds).count()));
  return out;
}

v1::StreamEvent event_of(v1::StreamEvent::Kind kind, const StreamReport& report) {
  v1::StreamEvent event;
  event.set_kind(kind);
  event.set_direction(report.direction);
  event.set_local_domain(report.local.unicode());
  event.set_remote_domain(report.peer.unicode());
  event.set_peer_address(report.address);
  *event.mutable_time() = timestamp(std::chrono::system_clock::now());
  return event;
}

// The event is the page's front: what is told to the gateways is what the ledger begins with.
ledger::Page open_page(ledger::Ledger& ledger, const v1::StreamEvent& event) {
  v1::LiveStream page;
  page.set_direction(event.direction());
  page.add_local_domains(event.local_domain());
  page.add_remote_domains(event.remote_domain());
  page.set_peer_address(event.peer_address());
  page.set_proof(event.proof());
  page.set_tls_version(event.tls_version());
  page.set_tls_cipher(event.tls_cipher());
  *page.mutable_since() = event.time();
  return ledger.opened(std::move(page));
}

std::string in_one_line(const stream::Steps& steps) {
  return absl::StrJoin(steps.all(), "; ",
                       [](std::string* out, const auto& step) { out->append(step.words); });
}

// Reasons and steps may quote a peer, and are made UTF-8: a message with a string that is none
// cannot be read at all, and the link would break on it.
v1::StreamFailure failure_of(const v1::StreamEvent& event, const FailureReport& report,
                             const stream::Steps& steps) {
  v1::StreamFailure failure;
  failure.set_direction(event.direction());
  failure.set_local_domain(event.local_domain());
  failure.set_remote_domain(event.remote_domain());
  failure.set_peer_address(event.peer_address());
  failure.set_condition(std::string(report.condition));
  failure.set_reason(event.reason());
  *failure.mutable_time() = event.time();
  for (const stream::Steps::Step& step : steps.all()) {
    v1::StreamFailure::Step& shown = *failure.add_steps();
    shown.set_words(text::well_formed(step.words));
    *shown.mutable_time() = timestamp(step.time);
  }
  return failure;
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

ledger::Page report_established(Environment& environment, const StreamReport& report,
                                v1::StreamEvent::Proof proof,
                                const stream::TransportStream& stream) {
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
  ledger::Page page = open_page(environment.ledger, event);
  if (stream.direct_tls()) page.add_feature("direct-tls");
  environment.uplink.report(std::move(event));
  return page;
}

void report_closed(const Environment& environment, const StreamReport& report,
                   const std::string& reason) {
  log::info("stream.closed", "The stream has ended.",
            {{"direction", std::string(words(report.direction))},
             {"local", report.local.unicode()},
             {"peer", report.peer.unicode()},
             {"address", report.address},
             {"reason", reason}});
  v1::StreamEvent event = event_of(v1::StreamEvent::CLOSED, report);
  event.set_reason(text::well_formed(reason));
  environment.uplink.report(std::move(event));
}

void report_failed(Environment& environment, const StreamReport& report,
                   const FailureReport& failure, const stream::Steps& steps) {
  log::warning("stream.failed", "No stream could be established.",
               {{"direction", std::string(words(report.direction))},
                {"local", report.local.unicode()},
                {"peer", report.peer.unicode()},
                {"address", report.address},
                {"reason", failure.reason},
                {"steps", in_one_line(steps)}});
  v1::StreamEvent event = event_of(v1::StreamEvent::FAILED, report);
  event.set_reason(text::well_formed(failure.reason));
  for (const stream::Steps::Step& step : steps.all())
    event.add_steps(text::well_formed(step.words));
  environment.ledger.failed(failure_of(event, failure, steps),
                            environment.directory->partner(report.peer.unicode()) != nullptr);
  environment.uplink.report(std::move(event));
}

std::string report_mistake(const std::exception& error) {
  log::error("s2s.internal_error", "A stream has ended by a mistake of this program.",
             {{"reason", error.what()}});
  return "a mistake of our own";
}

}  // namespace causeway::edge::s2s
