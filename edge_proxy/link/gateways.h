#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "causeway/v1/link.pb.h"
#include "common/link/delivery.h"
#include "common/link/hub.h"
#include "edge_proxy/config/config.h"

namespace causeway::edge::link {

// The gateways that have attached to this edge: the gRPC server of EdgeLink (architecture: the
// gateway dials, the edge serves), mutual TLS, and for each gateway an outbox of what it has not
// settled.
//
// A stanza handed to submit() is the link's responsibility until a gateway has taken it. It goes to
// the gateway that rendezvous hashing names for the local user, again after a reconnect, to another
// gateway when that one stays away, and back through `returned` when no gateway settles it within
// link.patience. All methods may be called from any thread.
class Gateways {
 public:
  struct Handlers {
    // Stanzas for XMPP, in the order the gateway sent them.
    std::function<void(std::vector<causeway::link::Delivery>)> deliver;
    // A stanza given to submit() that the gateways refused or that none of them settled in time.
    std::function<void(v1::Stanza, v1::StanzaError)> returned;
    // A new configuration; called before any stanza that was sent after it.
    std::function<void(std::shared_ptr<const v1::Snapshot>)> configure;
  };

  Gateways(const config::Link& settings, Handlers handlers);
  ~Gateways();  // stops
  Gateways(const Gateways&) = delete;
  Gateways& operator=(const Gateways&) = delete;

  // Listens. An error names the address or the file that cannot be used.
  absl::Status start();
  // Waits a second for the gateways to settle what they have and says goodbye to each; what is
  // unsettled then goes back through `returned`. No handler is called after it has returned.
  void stop();
  // The one that start() bound, which matters when link.listen says 0.
  int port() const;

  void submit(v1::Stanza stanza);
  // Several from one read of one stream, in their order; takes the link's lock once. A receipt that
  // is owed is taken() when nobody need send the stanza again: a gateway has taken it, or
  // `returned` has been told.
  void submit(std::vector<causeway::link::Delivery> deliveries);
  // True while more is waiting than link.queue_bytes allows: whoever reads from the internet
  // pauses.
  bool congested() const;

  // For the operator.
  std::vector<causeway::link::Hub::Attached> attached() const;
  std::uint64_t snapshot() const;    // the version in force; 0: none yet
  std::size_t queued_bytes() const;  // of link.queue_bytes, which is queue_bytes()
  std::size_t queue_bytes() const;

  // To every attached gateway; forgotten when there is none.
  void report(v1::StreamEvent event);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::edge::link
