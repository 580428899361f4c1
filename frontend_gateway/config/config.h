#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "causeway/v1/link.pb.h"
#include "common/address/jid.h"
#include "common/log/log.h"
#include "frontend_gateway/config/presence.h"
#include "frontend_gateway/config/session.h"

namespace causeway::gateway::config {

// The gateway's settings. The defaults here are those of deploy/frontend_gateway.example.yaml,
// which documents each; a test compares them.

struct Edge {
  std::string address;  // host:port; load() adds the port 23456 when the file leaves it out
  std::string name;     // the DNS name in its certificate
  friend bool operator==(const Edge&, const Edge&) = default;
};

struct Link {
  std::string name;  // what this gateway calls itself to the edges; empty: the host name
  std::string certificate = "/etc/causeway/gateway/link.crt";
  std::string private_key = "/etc/causeway/gateway/link.key";
  std::string certificate_authority = "/etc/causeway/gateway/ca.crt";
  std::chrono::milliseconds reconnect_least{100};  // back-off between attempts to reach an edge
  std::chrono::milliseconds reconnect_most{10000};
  std::chrono::milliseconds resume_grace{
      2000};                    // how long a lost edge's stanzas wait for its return
  std::uint32_t credit = 8192;  // stanzas an edge may have unsettled here
  friend bool operator==(const Link&, const Link&) = default;
};

// How texts to a SIP domain travel: each as a MESSAGE of its own, in sessions, or in sessions where
// they are taken.
enum class SipMode { page, session, automatic };

// Where requests for one SIP domain go, instead of Sip::next_hop.
struct SipRoute {
  std::string domain;                  // prepared, in A-labels
  std::vector<std::string> next_hops;  // in the order in which to try them
  SipMode mode = SipMode::page;
  std::string realm{}, username{}, password{};  // for its challenges; empty: none are answered
  // What its user agents take beside plain text, as far as they have not shown it themselves.
  bool html = false;                // multipart/alternative with text/html
  bool notifications = false;       // message/cpim with requests for IMDN (RFC 5438)
  bool typing = false;              // isComposing (RFC 3994)
  bool ms_imdn = false;             // late failures as application/ms-imdn+xml, as Lync takes them
  std::size_t largest_request = 0;  // bytes; 0: 1300 if one of next_hops is reached over UDP
  friend bool operator==(const SipRoute&, const SipRoute&) = default;
};

struct Sip {
  std::vector<std::string> listen{"udp:0.0.0.0:5060",
                                  "tcp:0.0.0.0:5060"};  // also "tls:0.0.0.0:5061"
  std::string certificate =
      "/etc/causeway/gateway/sip.pem";  // certificate and key; for tls listeners
  std::string certificate_authority = "/etc/ssl/certs/ca-certificates.crt";
  std::string next_hop;                    // "sip:10.0.0.5:5060;transport=tcp"; required
  SipMode mode = SipMode::page;            // of domains without a route
  std::vector<SipRoute> routes;            // domains of their own way
  std::vector<std::string> trusted_peers;  // addresses, networks, names in certificates; empty: all
  std::chrono::milliseconds health_period{30000};   // between OPTIONS to each next hop; 0: none
  std::chrono::milliseconds health_patience{5000};  // for their answers
  std::chrono::milliseconds failover_after{5000};   // of silence, before the next target is tried
  std::chrono::milliseconds error_wait{
      500};  // how long a MESSAGE waits for an error from XMPP before its 202
  std::chrono::milliseconds patience{
      25000};  // how long a MESSAGE may take to be handed on; below Timer F
  std::size_t message_bytes = 32 << 10;  // largest request answered otherwise than 413
  std::size_t queued_per_pair = 100;     // MESSAGEs waiting for the one that is pending
  std::size_t pending = 20000;           // requests without a final response, each way
  friend bool operator==(const Sip&, const Sip&) = default;
};

// Whom a SIP user may communicate with: XMPP takes both. As Lync names and defaults them.
struct ExternalAccess {
  bool enable_federation_access = false;
  bool enable_xmpp_access = false;
  friend bool operator==(const ExternalAccess&, const ExternalAccess&) = default;
};

// Instead of the global one: of a site, "site:Redmond", or by any other name for users to whom it
// is granted.
struct AccessPolicy {
  std::string identity;
  bool enable_federation_access = false;
  bool enable_xmpp_access = false;
  std::string description{};
  friend bool operator==(const AccessPolicy&, const AccessPolicy&) = default;
};

// A SIP user of whom more is known than that the domain is hosted.
struct User {
  std::string address;   // bare prepared JID, "bob@contoso.example" for sip:bob@contoso.example
  std::string site{};    // empty: none
  std::string policy{};  // granted; empty: none
  bool branch_appliance = false;  // homed on one, and so without XMPP
  friend bool operator==(const User&, const User&) = default;
};

struct Store {
  std::string database =
      "sqlite:/var/lib/causeway/gateway.sqlite";  // or "postgresql://user@host/name"
  std::chrono::milliseconds patience{
      5000};  // how long what needs a durable write waits for a database that is away
  std::size_t waiting_bytes = 64 << 20;  // memory for rows that wait for the database
  friend bool operator==(const Store&, const Store&) = default;
};

// Whom to write to about the hosted domains, each a URI: mailto:, xmpp:, https: and so on
// (XEP-0157).
struct ContactAddresses {
  std::vector<std::string> abuse, admin, feedback, sales, security, status, support;
  friend bool operator==(const ContactAddresses&, const ContactAddresses&) = default;
};

// What the hosted domains say of themselves to XMPP.
struct Service {
  bool answer_version = true;
  ContactAddresses contact_addresses;
  friend bool operator==(const Service&, const Service&) = default;
};

// How texts cross.
struct Messages {
  bool rfc7572_normal = false;           // type normal for what comes from SIP, instead of chat
  std::string correction_prefix = "* ";  // of a text that corrects one (XEP-0308)
  std::chrono::seconds typing_refresh{120};
  std::size_t pending_per_sender = 5000;    // of sip.pending, each way
  std::size_t pending_per_partner = 10000;  // likewise, for an XMPP partner
  friend bool operator==(const Messages&, const Messages&) = default;
};

// Where an operator's questions are answered. Empty: nowhere.
struct Admin {
  std::string socket = "/run/causeway-gateway/frontend_gateway.sock";
  friend bool operator==(const Admin&, const Admin&) = default;
};

struct Metrics {
  std::string listen = "127.0.0.1:9470";  // HTTP; empty: off
  friend bool operator==(const Metrics&, const Metrics&) = default;
};

struct Log {
  log::Level level = log::Level::info;
  log::Format format = log::Format::text;
  friend bool operator==(const Log&, const Log&) = default;
};

// 1000 connections, 20 a partner; 60 s to establish a stream, 600 s idle, 300 s between
// keep-alives.
v1::FederationSettings default_federation();

struct Config {
  std::vector<Edge> edges;  // at least one
  Link link;
  Sip sip;
  std::vector<address::Domain> domains;  // hosted; at least one
  std::vector<v1::Partner> partners;     // domains prepared
  v1::FederationSettings federation = default_federation();
  Store store;
  Metrics metrics;
  ExternalAccess external_access;  // the global policy, until the database has one
  std::vector<AccessPolicy> policies;
  std::vector<User> users;
  Service service;
  Admin admin;
  Session session;
  Presence presence;
  Messages messages;
  Log log;
  std::string file;  // where it was read
  // The lines of what cannot be changed at run time because it stands here, by declared_...().
  std::map<std::string, int> declared;
  // What works but is hardly meant; for the log, once it is configured. As "file:12: ...".
  std::vector<std::string> warnings;
};

// Reads the file. The error's message holds every mistake, one a line: "file:12: sip.next_hop:
// ...".
absl::StatusOr<Config> load(const std::string& path);

// The sections of the file read anew that a running gateway does not take, each as a sentence.
std::vector<std::string> waiting_for_restart(const Config& now, const Config& anew);

// Every setting a file may hold, as "sip.error_wait_ms" and "partners.domain".
std::vector<std::string> keys();

// How Config::declared names them.
std::string declared_partner(const std::string& domain);
std::string declared_policy(const std::string& identity);
std::string declared_user(const std::string& address);
std::string declared_setting(const std::string& name);

// What is wrong with the identity of a policy, or the name of a site, as the end of a sentence.
// Empty: nothing.
std::string must_be_policy(std::string_view identity);
std::string must_be_site(std::string_view site);

// Sets what the file calls federation.<name>, as the file would say it. An error is the end of a
// sentence: "must be a number from 1 to 100000".
absl::Status set_federation(const std::string& name, const std::string& value,
                            v1::FederationSettings& federation);
std::vector<std::string> federation_names();

}  // namespace causeway::gateway::config
