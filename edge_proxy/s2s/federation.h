#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "causeway/v1/link.pb.h"
#include "common/address/domain.h"
#include "common/link/delivery.h"
#include "edge_proxy/config/config.h"
#include "edge_proxy/ledger/ledger.h"
#include "edge_proxy/tls/context.h"

namespace causeway::edge::s2s {

// Every S2S stream of this edge, over N I/O threads. A stream never leaves its thread; what arrives
// from other threads (stanzas from the link, a new snapshot) is posted to them in batches.
//
// Nothing is listened on before the first snapshot: an edge that does not know its domains is not
// there, and peers try the next one that DNS names.
class Federation {
 public:
  // What the streams need from the rest of the edge. Called from the I/O threads.
  struct Uplink {
    // Read from one stream, in order. A receipt that is owed is taken() when a gateway has taken
    // the stanza or its sender has been told that none would (XEP-0198's <a/> stands on it);
    // streams that acknowledge nothing bring none.
    std::function<void(std::vector<causeway::link::Delivery>)> submit;
    std::function<bool()> congested;  // pause reading while true
    std::function<void(v1::StreamEvent)> report;
  };

  Federation(const config::Config& config, Uplink uplink);
  ~Federation();  // stops
  Federation(const Federation&) = delete;
  Federation& operator=(const Federation&) = delete;

  // Loads the certificates, trust anchors and revocation lists again from their files. Streams that
  // are up stay as they are; new ones use what was loaded. When it fails, everything stays as it
  // was. The log says which. Any thread, after start().
  absl::Status reload();
  // The same if a file has changed since, or has become doubtful; cheap otherwise.
  void reload_if_due();

  // Loads certificates and starts the threads. An error names the file or the address.
  absl::Status start();
  // Closes every stream with <system-shutdown/>; refuses what still waits for one.
  void stop();

  // What it listens on once it is configured, after start(): "192.0.2.1:5269".
  std::vector<std::string> addresses() const;

  // The configuration in force from now on. Any thread.
  void configure(std::shared_ptr<const v1::Snapshot> snapshot);
  // Stanzas from the gateways. Any thread; the order of a (from, to) pair is kept.
  void send(std::vector<causeway::link::Delivery> deliveries);
  // The same for a stanza of the edge's own making, such as a bounce; dropped when it cannot be
  // sent.
  void send(v1::Stanza stanza);

  // For the operator; any thread, after start(). What is up and what has failed.
  const ledger::Ledger& ledger() const;
  // What is in use now of what has a limit.
  struct Use {
    std::string_view limit;  // the setting's name, "limits.queued_bytes"
    std::size_t used;
    std::size_t most;
  };
  std::vector<Use> use() const;
  // Streams are accepted: there is a configuration, and its addresses could be listened on.
  bool listening() const;
  bool is_partner(const address::Domain& domain) const;
  // Those that new streams get.
  std::vector<tls::Context::Expiry> certificates() const;
  // Ends every stream with this domain, without an error to either side; how many there were.
  std::size_t close(const address::Domain& domain);
  // Ends the pause after failures: the next stanza for the domain tries again at once.
  void retry(const address::Domain& domain);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::edge::s2s
