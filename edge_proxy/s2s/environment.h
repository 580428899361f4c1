#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include "edge_proxy/config/config.h"
#include "edge_proxy/dialback/verifier.h"
#include "edge_proxy/dns/resolver.h"
#include "edge_proxy/ledger/ledger.h"
#include "edge_proxy/s2s/admission.h"
#include "edge_proxy/s2s/directory.h"
#include "edge_proxy/s2s/federation.h"
#include "edge_proxy/s2s/governor.h"
#include "edge_proxy/stream/transport_stream.h"

namespace causeway::edge::s2s {

class Peers;
class Session;

// What the streams of one I/O thread share. Outlives them; used on that thread only.
struct Environment {
  const config::Limits& limits;
  const Federation::Uplink& uplink;
  Admission& admission;
  Governor& governor;
  ledger::Ledger& ledger;                  // of all threads
  ledger::Tally& tally;                    // of this one
  std::atomic<std::size_t>& queued_bytes;  // waiting for streams, on all threads
  const stream::StreamSettings& streams;
  dns::Resolver& resolver;
  dialback::Dialback& dialback;
  std::shared_ptr<const Directory> directory;  // the one in force; another after a new snapshot
  // A domain has proved itself to us, so its server is up: the outbound side need not wait any
  // longer.
  std::function<void(std::string_view)> heard_from;
  const bool bidi;           // by our settings
  const bool management;     // the same
  const std::size_t thread;  // which one this is
  // Which one owns the routes to a partner.
  std::function<std::size_t(const Partner&)> owner;
  // Gives a session to another thread.
  std::function<void(std::size_t thread, std::unique_ptr<Session> session)> hand_over;
  Peers* peers = nullptr;  // of this thread
  // Sends a stanza of the edge's own making to its recipient, over whichever thread owns the pair.
  std::function<void(v1::Stanza)> answer;
};

}  // namespace causeway::edge::s2s
