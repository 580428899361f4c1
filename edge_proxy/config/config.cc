#include "edge_proxy/config/config.h"

#include "common/config/checks.h"
#include "common/config/load.h"
#include "common/config/log_words.h"

namespace causeway::edge::config {
namespace {

using namespace ::causeway::config;

constexpr std::int64_t kKiB = 1 << 10;
constexpr std::int64_t kMiB = 1 << 20;
constexpr std::int64_t kGiB = 1 << 30;

const Settings<Certificate>& certificate() {
  static const Settings<Certificate> settings = {
      required(text("certificate", &Certificate::certificate, must_not_be_empty)),
      required(text("private_key", &Certificate::private_key, must_not_be_empty)),
      text("ocsp_response", &Certificate::ocsp_response),
  };
  return settings;
}

const Settings<Xmpp>& xmpp() {
  static const Settings<Xmpp> settings = {
      texts("listen", &Xmpp::listen, must_be_listener, 1),
      texts("listen_direct_tls", &Xmpp::listen_direct_tls, must_be_listener),
      number("io_threads", &Xmpp::io_threads, 0, 256),
      flag("bidi", &Xmpp::bidi),
      flag("stream_management", &Xmpp::stream_management),
      text("certificate", &Xmpp::certificate, must_not_be_empty),
      text("private_key", &Xmpp::private_key, must_not_be_empty),
      text("ocsp_response", &Xmpp::ocsp_response),
      sections("additional_certificates", &Xmpp::additional_certificates, certificate()),
      text("trust_anchors", &Xmpp::trust_anchors, must_not_be_empty),
      text("revocation_lists", &Xmpp::revocation_lists),
      number("certificate_check_seconds", &Xmpp::certificate_check, 0, 86'400),
  };
  return settings;
}

const Settings<Link>& link() {
  static const Settings<Link> settings = {
      text("name", &Link::name),
      text("listen", &Link::listen, must_be_listener),
      text("certificate", &Link::certificate, must_not_be_empty),
      text("private_key", &Link::private_key, must_not_be_empty),
      text("certificate_authority", &Link::certificate_authority, must_not_be_empty),
      required(texts("allowed_gateways", &Link::allowed_gateways, must_be_dns_name, 1)),
      number("patience_seconds", &Link::patience, 1, 600),
      number("resume_grace_ms", &Link::resume_grace, 0, 60'000),
      number("queue_bytes", &Link::queue_bytes, kMiB, 64 * kGiB),
      number("credit", &Link::credit, 1, 1 << 20),
  };
  return settings;
}

const Settings<Dns>& dns() {
  static const Settings<Dns> settings = {
      texts("servers", &Dns::servers, must_be_name_server),
      number("timeout_ms", &Dns::timeout, 100, 60'000),
      number("tries", &Dns::tries, 1, 10),
  };
  return settings;
}

// The least values are what RFC 6120 and ordinary streams need; below them nothing would get
// through.
const Settings<Limits>& limits() {
  static const Settings<Limits> settings = {
      number("unauthenticated_streams", &Limits::unauthenticated_streams, 1, 1'000'000),
      number("unauthenticated_streams_per_address", &Limits::unauthenticated_streams_per_address, 1,
             1'000'000),
      number("unauthenticated_streams_per_network", &Limits::unauthenticated_streams_per_network, 1,
             1'000'000),
      number("unauthenticated_patience_seconds", &Limits::unauthenticated_patience, 1, 600),
      number("unauthenticated_stream_bytes", &Limits::unauthenticated_stream_bytes, 16 * kKiB,
             16 * kMiB),
      number("connections_per_second_per_address", &Limits::connections_per_second_per_address, 1,
             1'000'000),
      number("connections_burst_per_address", &Limits::connections_burst_per_address, 1, 1'000'000),
      number("handshakes_per_second", &Limits::handshakes_per_second, 1, 1'000'000),
      number("handshake_patience_ms", &Limits::handshake_patience, 0, 60'000),
      number("unauthenticated_stanza_bytes", &Limits::unauthenticated_stanza_bytes, 4 * kKiB, kMiB),
      number("unauthenticated_stanza_elements", &Limits::unauthenticated_stanza_elements, 8, 4096),
      number("stanza_bytes", &Limits::stanza_bytes, 10'000, 16 * kMiB),  // RFC 6120 section 13.12
      number("stanza_elements", &Limits::stanza_elements, 16, 1'000'000),
      number("stream_stanzas_per_second", &Limits::stream_stanzas_per_second, 1, 1'000'000'000),
      number("stream_bytes_per_second", &Limits::stream_bytes_per_second, kKiB, kGiB),
      number("domain_stanzas_per_second", &Limits::domain_stanzas_per_second, 1, 1'000'000'000),
      number("domain_bytes_per_second", &Limits::domain_bytes_per_second, kKiB, kGiB),
      number("depth", &Limits::depth, 8, 1024),
      number("attributes", &Limits::attributes, 16, 1024),
      number("parser_memory", &Limits::parser_memory, 64 * kKiB, kGiB),
      number("dialback_failures_per_stream", &Limits::dialback_failures_per_stream, 1, 1000),
      number("dialback_verifications", &Limits::dialback_verifications, 1, 100'000),
      number("dialback_verifications_per_domain", &Limits::dialback_verifications_per_domain, 1,
             100'000),
      number("dialback_verifications_per_address", &Limits::dialback_verifications_per_address, 1,
             100'000),
      number("dialback_failure_memory_seconds", &Limits::dialback_failure_memory, 0, 3600),
      number("dialback_remembered_failures", &Limits::dialback_remembered_failures, 1, 1'000'000),
      number("queued_stanzas_per_pair", &Limits::queued_stanzas_per_pair, 1, 1'000'000),
      number("queued_bytes", &Limits::queued_bytes, kMiB, 64 * kGiB),
      number("send_buffer_bytes", &Limits::send_buffer_bytes, 64 * kKiB, kGiB),
      number("closing_seconds", &Limits::closing, 1, 60),
      number("connect_seconds", &Limits::connect, 1, 120),
      number("connect_targets", &Limits::connect_targets, 1, 64),
      number("connect_addresses", &Limits::connect_addresses, 1, 1024),
      number("connect_attempts", &Limits::connect_attempts, 1, 64),
      number("connect_attempt_delay_ms", &Limits::connect_attempt_delay, 10, 10'000),
      number("connect_resolution_delay_ms", &Limits::connect_resolution_delay, 0, 10'000),
      number("dns_cache_entries", &Limits::dns_cache_entries, 0, 10'000'000),
      number("dns_longest_ttl_seconds", &Limits::dns_longest_ttl, 0, 604'800),
      number("dns_longest_negative_ttl_seconds", &Limits::dns_longest_negative_ttl, 0, 10'800),
      number("dialback_seconds", &Limits::dialback, 1, 120),
      number("quiet_seconds", &Limits::quiet, 1, 600),
      number("answer_seconds", &Limits::answer, 1, 600),
      number("remembered_failures", &Limits::remembered_failures, 1, 1000),
      number("remembered_partners", &Limits::remembered_partners, 1, 100'000),
  };
  return settings;
}

constexpr std::size_t kLongestSocketPath = 107;  // sun_path of unix(7), and a zero byte

std::string must_be_socket_path(std::string_view text) {
  if (text.empty()) return "";
  if (text.front() != '/' || text.size() > kLongestSocketPath)
    return "must be an absolute path of at most 107 bytes, like /run/causeway/edge_proxy.sock";
  return "";
}

const Settings<Config>& all() {
  static const Settings<Config> settings = {
      section("xmpp", &Config::xmpp, xmpp()),
      required(section("link", &Config::link, link())),
      section("dns", &Config::dns, dns()),
      section("limits", &Config::limits, limits()),
      section("admin", &Config::admin,
              Settings<Admin>{text("socket", &Admin::socket, must_be_socket_path)}),
      section("metrics", &Config::metrics,
              Settings<Metrics>{text("listen", &Metrics::listen, must_be_listener_or_empty)}),
      section("log", &Config::log,
              Settings<Log>{
                  choice("level", &Log::level, level_words()),
                  choice("format", &Log::format, format_words()),
              }),
  };
  return settings;
}

void rules(Config& config, Report& report) {
  const Limits& l = config.limits;
  if (l.unauthenticated_stanza_bytes > l.stanza_bytes)
    report.mistake("limits.unauthenticated_stanza_bytes", "must not exceed limits.stanza_bytes");
  if (l.unauthenticated_stanza_elements > l.stanza_elements)
    report.mistake("limits.unauthenticated_stanza_elements",
                   "must not exceed limits.stanza_elements");
  if (l.parser_memory < l.stanza_bytes)
    report.mistake("limits.parser_memory", "must not be below limits.stanza_bytes");
  if (l.send_buffer_bytes < l.stanza_bytes)
    report.mistake("limits.send_buffer_bytes", "must not be below limits.stanza_bytes");
}

}  // namespace

absl::StatusOr<Config> load(const std::string& path) {
  return causeway::config::load<Config>(path, all(), rules);
}

std::vector<std::string> keys() { return causeway::config::keys(all()); }

}  // namespace causeway::edge::config
