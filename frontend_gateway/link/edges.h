#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "causeway/v1/link.pb.h"
#include "common/link/delivery.h"
#include "frontend_gateway/config/config.h"

namespace causeway::gateway::link {

// The edges this gateway dials: one Attach stream each, mutual TLS, reconnect with back-off and
// jitter, resend of what was not settled, the snapshot first.
//
// submit() may be called from any thread. Handlers and Settled run on the executor given, in order,
// many at a time; the gateway gives the SIP loop's.
class Edges {
 public:
  // What became of a submitted stanza; nothing: the edge has handed it on.
  using Settled = absl::AnyInvocable<void(std::optional<v1::StanzaError>)>;
  using Executor = std::function<void(std::function<void()>)>;
  struct Handlers {
    std::function<void(std::vector<causeway::link::Delivery>)> deliver;  // stanzas from XMPP
    std::function<void(const v1::StreamEvent&)> stream_event;
  };

  Edges(const config::Config& config, Executor executor, Handlers handlers);
  ~Edges();  // stops
  Edges(const Edges&) = delete;
  Edges& operator=(const Edges&) = delete;

  // This life of ours, as the edges know it.
  const std::string& instance() const;

  void start();
  // Waits a second for the edges to settle what they have and says goodbye to each; what is
  // unsettled then is refused. Nothing is given to the executor after it has returned.
  void stop();

  // Goes to the edge that rendezvous hashing names for the (local, remote) domain pair among those
  // that are attached, to another if that one is lost before settling it, and is refused with
  // remote-server-timeout when none settles it within the stanza's patience.
  void submit(v1::Stanza stanza, Settled settled);

  // The whole configuration, sent to every edge now and at each attach.
  void configure(v1::Snapshot snapshot);

  std::size_t attached() const;  // any thread
  // Why the edges that are not attached are not, as configured: name, reason.
  std::vector<std::pair<std::string, std::string>> failures() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::gateway::link
