#include "frontend_gateway/config/config.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/config/checks.h"
#include "common/config/load.h"
#include "common/config/log_words.h"
#include "frontend_gateway/config/checks.h"
#include "frontend_gateway/config/declared.h"
#include "frontend_gateway/config/partner.h"
#include "frontend_gateway/config/sections.h"
#include "frontend_gateway/config/users.h"

namespace causeway::gateway::config {
namespace {

using namespace ::causeway::config;

constexpr std::uint16_t kLinkPort = 23456;

void read_edge_address(const Value& value, Edge& edge) {
  const auto text = checked_text(value, must_be_host_maybe_port);
  if (!text) return;
  edge.address = parse_endpoint(*text) ? *text : absl::StrCat(*text, ":", kLinkPort);
}

void read_hosted_domains(const Value& value, Config& config) {
  const auto items = value.list();
  if (!items) return;
  if (items->empty()) value.mistake("must not be empty");
  for (const Value& item : *items) {
    // One that is refused stays as an empty one, to keep the places of the others.
    const auto text = checked_text(item, must_be_domain);
    config.domains.push_back(text ? *address::Domain::parse(*text) : address::Domain());
  }
}

const Settings<Edge>& edge() {
  static const Settings<Edge> settings = {
      required(Setting<Edge>{"address", read_edge_address}),
      required(text("name", &Edge::name, must_be_dns_name)),
  };
  return settings;
}

const Settings<Link>& link() {
  static const Settings<Link> settings = {
      text("name", &Link::name),
      text("certificate", &Link::certificate, must_not_be_empty),
      text("private_key", &Link::private_key, must_not_be_empty),
      text("certificate_authority", &Link::certificate_authority, must_not_be_empty),
      number("reconnect_least_ms", &Link::reconnect_least, 10, 60'000),
      number("reconnect_most_ms", &Link::reconnect_most, 100, 600'000),
      number("resume_grace_ms", &Link::resume_grace, 0, 60'000),
      number("credit", &Link::credit, 1, 1 << 20),
  };
  return settings;
}

std::vector<Choice<SipMode>> sip_mode_words() {
  return {{"page", SipMode::page}, {"session", SipMode::session}, {"auto", SipMode::automatic}};
}

// As it stands in URIs.
void read_route_domain(const Value& value, SipRoute& route) {
  const auto text = checked_text(value, must_be_domain);
  if (text) route.domain = address::Domain::parse(*text)->ascii();
}

const Settings<SipRoute>& sip_route() {
  static const Settings<SipRoute> settings = {
      required(Setting<SipRoute>{"domain", read_route_domain}),
      required(texts("next_hops", &SipRoute::next_hops, must_be_next_hop, 1)),
      choice("mode", &SipRoute::mode, sip_mode_words()),
      text("realm", &SipRoute::realm),
      text("username", &SipRoute::username),
      text("password", &SipRoute::password),
      flag("html", &SipRoute::html),
      flag("notifications", &SipRoute::notifications),
      flag("typing", &SipRoute::typing),
      flag("ms_imdn", &SipRoute::ms_imdn),
      number("largest_request", &SipRoute::largest_request, 0, 60 << 10),
  };
  return settings;
}

const Settings<Sip>& sip() {
  static const Settings<Sip> settings = {
      texts("listen", &Sip::listen, must_be_sip_listener, 1),
      text("certificate", &Sip::certificate, must_not_be_empty),
      text("certificate_authority", &Sip::certificate_authority, must_not_be_empty),
      required(text("next_hop", &Sip::next_hop, must_be_next_hop)),
      choice("mode", &Sip::mode, sip_mode_words()),
      sections("routes", &Sip::routes, sip_route(), SipRoute()),
      texts("trusted_peers", &Sip::trusted_peers, must_be_sip_peer),
      number("health_period_ms", &Sip::health_period, 0, 3'600'000),
      number("health_patience_ms", &Sip::health_patience, 100, 31'000),
      number("failover_after_ms", &Sip::failover_after, 500, 31'000),
      number("error_wait_ms", &Sip::error_wait, 0, 10'000),
      number("patience_ms", &Sip::patience, 1'000, 31'000),
      number("message_bytes", &Sip::message_bytes, 1'300, 16 << 20),
      number("queued_per_pair", &Sip::queued_per_pair, 1, 100'000),
      number("pending", &Sip::pending, 1, 1'000'000),
  };
  return settings;
}

const Settings<ContactAddresses>& contact_addresses() {
  static const Settings<ContactAddresses> settings = {
      texts("abuse", &ContactAddresses::abuse, must_be_contact),
      texts("admin", &ContactAddresses::admin, must_be_contact),
      texts("feedback", &ContactAddresses::feedback, must_be_contact),
      texts("sales", &ContactAddresses::sales, must_be_contact),
      texts("security", &ContactAddresses::security, must_be_contact),
      texts("status", &ContactAddresses::status, must_be_contact),
      texts("support", &ContactAddresses::support, must_be_contact),
  };
  return settings;
}

const Settings<Messages>& messages() {
  static const Settings<Messages> settings = {
      flag("rfc7572_normal", &Messages::rfc7572_normal),
      text("correction_prefix", &Messages::correction_prefix),
      number("typing_refresh_seconds", &Messages::typing_refresh, 60, 3600),
      number("pending_per_sender", &Messages::pending_per_sender, 1, 1'000'000),
      number("pending_per_partner", &Messages::pending_per_partner, 1, 1'000'000),
  };
  return settings;
}

const Settings<v1::FederationSettings>& federation() {
  using Federation = v1::FederationSettings;
  constexpr std::int64_t kDay = 86'400;
  static const Settings<Federation> settings = {
      number("connection_limit", &Federation::set_connection_limit, 1, 100'000),
      number("partner_connection_limit", &Federation::set_partner_connection_limit, 1, 100'000),
      number("stream_establishment_timeout_seconds", &Federation::set_stream_establishment_timeout,
             5, 600),
      number("stream_inactivity_timeout_seconds", &Federation::set_stream_inactivity_timeout, 10,
             kDay),
      number("keep_alive_interval_seconds", &Federation::set_keep_alive_interval, 10, kDay),
      {"dialback_passphrase",
       [](const Value& value, Federation& federation) {
         if (const auto text = value.text()) federation.set_dialback_passphrase(*text);
       }},
      flag("enable_logging_all_message_bodies", &Federation::set_log_message_bodies),
  };
  return settings;
}

const Settings<Store>& store() {
  static const Settings<Store> settings = {
      text("database", &Store::database, must_be_database),
      number("patience_ms", &Store::patience, 100, 20'000),
      number("waiting_bytes", &Store::waiting_bytes, 1 << 20, std::int64_t{1} << 40),
  };
  return settings;
}

const Settings<Config>& all() {
  static const Settings<Config> settings = {
      required(sections("edges", &Config::edges, edge(), Edge(), 1)),
      section("link", &Config::link, link()),
      required(section("sip", &Config::sip, sip())),
      required(Setting<Config>{"domains", read_hosted_domains}),
      sections("partners", &Config::partners, partner_settings(), default_partner()),
      section("federation", &Config::federation, federation()),
      section("external_access", &Config::external_access, external_access_settings()),
      sections("policies", &Config::policies, policy_settings()),
      sections("users", &Config::users, user_settings()),
      section("service", &Config::service,
              Settings<Service>{
                  flag("answer_version", &Service::answer_version),
                  section("contact_addresses", &Service::contact_addresses, contact_addresses())}),
      section("session", &Config::session, session_settings()),
      section("presence", &Config::presence, presence_settings()),
      section("store", &Config::store, store()),
      section("admin", &Config::admin, Settings<Admin>{text("socket", &Admin::socket)}),
      section("messages", &Config::messages, messages()),
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

void check_edges(const Config& config, Report& report) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < config.edges.size(); ++i)
    if (const std::string& address = config.edges[i].address;
        !address.empty() && !seen.insert(address).second)
      report.mistake(absl::StrCat("edges[", i, "].address"), "is that of another edge too");
}

void check_routes(const Config& config, Report& report) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < config.sip.routes.size(); ++i) {
    const SipRoute& route = config.sip.routes[i];
    const std::string path = absl::StrCat("sip.routes[", i, "]");
    if (!route.domain.empty() && !seen.insert(route.domain).second)
      report.mistake(path + ".domain", "has a route already");
    if (route.username.empty() != route.password.empty())
      report.mistake(path + ".username",
                     "must have a password beside it, and a password a username");
    if (route.realm.empty() != route.username.empty())
      report.mistake(path + ".realm",
                     "must have username and password beside it, and a username its realm");
  }
}

// Beyond sip.pending the edges' stanzas are refused, when a smaller credit would have made them
// wait.
void check_credit(Config& config, Report& report) {
  const std::uint64_t most = std::uint64_t{config.link.credit} * config.edges.size();
  if (most <= config.sip.pending) return;
  config.warnings.push_back(report.line(
      "sip", absl::StrCat("sip.pending, ", config.sip.pending,
                          ", is less than link.credit for each edge, ", most,
                          " in all: when SIP is slow, stanzas are refused instead of waiting")));
}

void rules(Config& config, Report& report) {
  check_edges(config, report);
  check_partners(config, report);
  check_users(config, report);
  declare(config, report);
  check_credit(config, report);
  check_routes(config, report);
  if (config.link.reconnect_least > config.link.reconnect_most)
    report.mistake("link.reconnect_least_ms", "must not exceed link.reconnect_most_ms");
  // RFC 3261 section 17.1.2.2: after Timer F, 32 s, the sender has given up and may try again.
  if (config.sip.patience + config.sip.error_wait > std::chrono::seconds(31))
    report.mistake("sip.patience_ms", "together with sip.error_wait_ms must not exceed 31000");
  if (config.presence.subscription_least > config.presence.subscription_most)
    report.mistake("presence.subscription_least_seconds",
                   "must not exceed presence.subscription_most_seconds");
  if (config.federation.partner_connection_limit() > config.federation.connection_limit())
    report.mistake("federation.partner_connection_limit",
                   "must not exceed federation.connection_limit");
}

}  // namespace

v1::FederationSettings default_federation() {
  v1::FederationSettings federation;
  federation.set_connection_limit(1000);
  federation.set_partner_connection_limit(20);
  federation.set_stream_establishment_timeout(60);
  federation.set_stream_inactivity_timeout(600);
  federation.set_keep_alive_interval(300);
  return federation;
}

absl::StatusOr<Config> load(const std::string& path) {
  absl::StatusOr<Config> config = causeway::config::load<Config>(path, all(), rules);
  if (config.ok()) config->file = path;
  return config;
}

std::vector<std::string> keys() { return causeway::config::keys(all()); }

absl::Status set_federation(const std::string& name, const std::string& value,
                            v1::FederationSettings& federation) {
  YAML::Node node;
  node[name] = value;
  Report report("");
  read(Value::root(node, report), config::federation(), federation);
  return report.first();
}

std::vector<std::string> federation_names() { return causeway::config::keys(federation()); }

}  // namespace causeway::gateway::config
