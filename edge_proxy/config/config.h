#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/log/log.h"

namespace causeway::edge::config {

// What the edge must know before the link is up; the rest comes from the gateway. The defaults here
// are those of deploy/edge_proxy.example.yaml, which documents each; a test compares them.

// One more certificate of ours. Files; a section of its own in the list.
struct Certificate {
  std::string certificate;
  std::string private_key;
  std::string ocsp_response;  // empty: none
  friend bool operator==(const Certificate&, const Certificate&) = default;
};

struct Xmpp {
  std::vector<std::string> listen{"0.0.0.0:5269", "[::]:5269"};
  std::vector<std::string> listen_direct_tls;  // empty: only the above
  int io_threads = 0;                          // 0: one a core
  bool bidi = true;                            // XEP-0288, where the peer has it
  bool stream_management = true;               // XEP-0198, the same
  std::string certificate = "/etc/causeway/edge/xmpp.crt";
  std::string private_key = "/etc/causeway/edge/xmpp.key";
  std::string ocsp_response;  // empty: none
  std::vector<Certificate> additional_certificates;
  std::string trust_anchors = "/etc/ssl/certs/ca-certificates.crt";
  std::string revocation_lists;                // empty: none
  std::chrono::seconds certificate_check{60};  // whether these files have changed; 0: never
  friend bool operator==(const Xmpp&, const Xmpp&) = default;
};

struct Link {
  std::string name;  // what this edge calls itself to the gateways; empty: the host name
  std::string listen = "0.0.0.0:23456";
  std::string certificate = "/etc/causeway/edge/link.crt";
  std::string private_key = "/etc/causeway/edge/link.key";
  std::string certificate_authority = "/etc/causeway/edge/ca.crt";
  std::vector<std::string> allowed_gateways;  // DNS names in their certificates; at least one
  std::chrono::seconds patience{30};          // how long a stanza waits for a gateway to settle it
  std::chrono::milliseconds resume_grace{
      2000};                           // how long a lost gateway's stanzas wait for its return
  std::size_t queue_bytes = 64 << 20;  // waiting for gateways, in all; beyond it reading pauses
  std::uint32_t credit = 4096;         // stanzas a gateway may have unsettled here
  friend bool operator==(const Link&, const Link&) = default;
};

struct Dns {
  std::vector<std::string> servers;  // empty: those of /etc/resolv.conf
  std::chrono::milliseconds timeout{3000};
  int tries = 2;
  friend bool operator==(const Dns&, const Dns&) = default;
};

// Every bound on what strangers can cost. deploy/edge_proxy.example.yaml gives the reason for each.
struct Limits {
  std::size_t unauthenticated_streams = 2000;
  std::size_t unauthenticated_streams_per_address = 20;
  std::size_t unauthenticated_streams_per_network = 200;  // IPv4 /24, IPv6 /48
  std::chrono::seconds unauthenticated_patience{1};       // then another may have its place
  std::size_t unauthenticated_stream_bytes = 64 << 10;    // in all, as long as nothing is proved
  std::size_t unauthenticated_stanza_bytes = 8 << 10;
  std::size_t unauthenticated_stanza_elements = 32;
  std::size_t connections_per_second_per_address = 50;
  std::size_t connections_burst_per_address = 200;
  std::size_t handshakes_per_second = 1000;            // TLS, of those who connect to us
  std::chrono::milliseconds handshake_patience{2000};  // how long one may wait for its turn
  std::size_t stanza_bytes = 512 << 10;
  std::size_t stanza_elements = 4096;
  std::size_t stream_stanzas_per_second = 40'000;  // beyond these four reading pauses
  std::size_t stream_bytes_per_second = 32 << 20;
  std::size_t domain_stanzas_per_second = 50'000;
  std::size_t domain_bytes_per_second = 64 << 20;
  std::size_t depth = 64;
  std::size_t attributes = 64;
  std::size_t parser_memory = 4 << 20;
  std::size_t dialback_failures_per_stream = 10;
  std::size_t dialback_verifications = 200;             // under way at once
  std::size_t dialback_verifications_per_domain = 10;   // of keys of one domain, at once
  std::size_t dialback_verifications_per_address = 20;  // for the peers of one address, at once
  std::chrono::seconds dialback_failure_memory{30};     // no second attempt in this time; 0: none
  std::size_t dialback_remembered_failures = 10'000;
  std::size_t queued_stanzas_per_pair = 1000;  // waiting for a stream to be established
  std::size_t queued_bytes = 64 << 20;         // the same, for all pairs
  std::size_t send_buffer_bytes = 1 << 20;     // written to one stream and not yet taken by TCP
  std::chrono::seconds closing{5};             // waiting for the peer's </stream:stream>
  std::chrono::seconds connect{10};            // one TCP connection attempt
  std::size_t connect_targets = 16;            // of a domain's SRV records that are tried
  std::size_t connect_addresses = 32;          // of all these targets
  std::size_t connect_attempts = 8;            // at once, for one stream
  std::chrono::milliseconds connect_attempt_delay{250};    // before the next attempt begins
  std::chrono::milliseconds connect_resolution_delay{50};  // for the better addresses to arrive
  std::size_t dns_cache_entries = 10'000;                  // of each I/O thread
  std::chrono::seconds dns_longest_ttl{3600};              // of records
  std::chrono::seconds dns_longest_negative_ttl{300};      // of "there is none"
  std::chrono::seconds dialback{15};                       // one verification
  std::chrono::seconds quiet{30};         // nothing heard: who can be asked is asked
  std::chrono::seconds answer{30};        // to such a question, or to <r/>
  std::size_t remembered_failures = 10;   // of each partner and direction, for the operator
  std::size_t remembered_partners = 500;  // that have any
  friend bool operator==(const Limits&, const Limits&) = default;
};

struct Log {
  log::Level level = log::Level::info;
  log::Format format = log::Format::text;
  friend bool operator==(const Log&, const Log&) = default;
};

// Where an operator's questions are answered. Empty: nowhere.
struct Admin {
  std::string socket = "/run/causeway/edge_proxy.sock";
  friend bool operator==(const Admin&, const Admin&) = default;
};

struct Metrics {
  std::string listen = "127.0.0.1:9469";  // HTTP; empty: off
  friend bool operator==(const Metrics&, const Metrics&) = default;
};

struct Config {
  Xmpp xmpp;
  Link link;
  Dns dns;
  Limits limits;
  Admin admin;
  Metrics metrics;
  Log log;
  friend bool operator==(const Config&, const Config&) = default;
};

// Reads the file. The error's message holds every mistake, one a line: "file:12: link.listen: ...".
absl::StatusOr<Config> load(const std::string& path);

// Every setting a file may hold, as "link.patience_seconds".
std::vector<std::string> keys();

}  // namespace causeway::edge::config
