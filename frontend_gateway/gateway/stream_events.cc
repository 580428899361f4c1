#include "frontend_gateway/gateway/stream_events.h"

#include <string>

#include "common/log/log.h"

namespace causeway::gateway {
namespace {

const char* proof_name(v1::StreamEvent::Proof proof) {
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

const char* direction_name(v1::StreamEvent::Direction direction) {
  return direction == v1::StreamEvent::INBOUND ? "inbound" : "outbound";
}

std::string joined_steps(const v1::StreamEvent& event) {
  std::string steps;
  for (const std::string& step : event.steps()) steps += (steps.empty() ? "" : "; ") + step;
  return steps;
}

}  // namespace

void log_stream_event(const v1::StreamEvent& event) {
  const std::string direction = direction_name(event.direction());
  switch (event.kind()) {
    case v1::StreamEvent::ESTABLISHED:
      return log::info("stream.established", "The stream is up.",
                       {{"direction", direction},
                        {"local", event.local_domain()},
                        {"peer", event.remote_domain()},
                        {"address", event.peer_address()},
                        {"proof", proof_name(event.proof())},
                        {"tls", event.tls_version()},
                        {"cipher", event.tls_cipher()}});
    case v1::StreamEvent::CLOSED:
      return log::info("stream.closed", "The stream has ended.",
                       {{"direction", direction},
                        {"local", event.local_domain()},
                        {"peer", event.remote_domain()},
                        {"reason", event.reason()}});
    case v1::StreamEvent::FAILED:
      return log::warning("stream.failed", "The stream could not be established.",
                          {{"direction", direction},
                           {"local", event.local_domain()},
                           {"peer", event.remote_domain()},
                           {"reason", event.reason()},
                           {"steps", joined_steps(event)}});
    default:  // of a later version of the schema
      return;
  }
}

}  // namespace causeway::gateway
